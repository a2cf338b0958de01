// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// rescueSuffix ends the file of a disk that an instance is rescued with, as Nova's driver names it: "<image's id>-rescue.vmdk" in the
// folder of the VM (nova/virt/vmwareapi/vmops.py).
const rescueSuffix = "-rescue.vmdk"

// RescueFile returns the file of the disk that a VM is rescued with from an image.
func RescueFile(vm mo.VirtualMachine, imageID string) string {
	return path.Dir(vm.Config.Files.VmPathName) + "/" + imageID + rescueSuffix
}

// RescueDisk returns the disk that a VM is rescued with, and the id of its image; nil where it is not rescued. A snapshot that somebody
// has taken since hides the file behind others.
func RescueDisk(vm mo.VirtualMachine) (disk *types.VirtualDisk, imageID string) {
	for _, disk := range DisksOf(vm) {
		if !Owned(vm, disk) {
			continue
		}
		for _, file := range slices.Concat([]string{DiskFile(disk)}, hardware.Parents(disk)) {
			if id, ok := strings.CutSuffix(path.Base(file), rescueSuffix); ok && FolderOf(file) == FolderOf(vm.Config.Files.VmPathName) {
				return disk, id
			}
		}
	}
	return nil, ""
}

// rescued says why a rescued instance is not changed; empty: it is not rescued.
func rescued(s openstack.Server) string {
	if s.Rescued == "" {
		return ""
	}
	return "is rescued: it runs from a disk of the image " + s.Rescued + ", and is not changed before the action " +
		"novasphere_compute_instance_unrescue has ended that"
}

// CheckRescued refuses to change a rescued instance, as Nova does.
func CheckRescued(s openstack.Server) error {
	if why := rescued(s); why != "" {
		return fmt.Errorf("%s %s", s.Name, why)
	}
	return nil
}

// SnapshotsOf names the snapshots of a VM.
func SnapshotsOf(vm mo.VirtualMachine) (names []string) {
	if vm.Snapshot == nil {
		return nil
	}
	for _, tree := range FlatSnapshots(vm.Snapshot.RootSnapshotList) {
		names = append(names, tree.Name)
	}
	return names
}

// SnapshotsWithFile names the snapshots of a VM that hold a disk with a file.
func (c *Machines) SnapshotsWithFile(ctx context.Context, vm mo.VirtualMachine, file string) ([]string, error) {
	if vm.Snapshot == nil {
		return nil, nil
	}
	return SnapshotsWith(ctx, c.wire, vm.Snapshot.RootSnapshotList, func(disk *types.VirtualDisk) bool {
		return DiskFile(disk) == file || slices.Contains(hardware.Parents(disk), file)
	})
}

// CheckGrowth refuses a change in which a disk of a VM with snapshots grows: vSphere grows no disk under a snapshot, and would say so only
// once the guest was stopped.
func CheckGrowth(vm mo.VirtualMachine, spec types.VirtualMachineConfigSpec) error {
	if vm.Snapshot == nil {
		return nil
	}
	size := map[int32]int64{}
	for _, disk := range DisksOf(vm) {
		size[disk.Key] = disk.CapacityInKB
	}
	for _, change := range spec.DeviceChange {
		c := change.GetVirtualDeviceConfigSpec()
		disk, ok := c.Device.(*types.VirtualDisk)
		if ok && c.Operation == types.VirtualDeviceConfigSpecOperationEdit && disk.CapacityInKB > size[disk.Key] {
			return fmt.Errorf("%s has snapshots, and a disk under a snapshot cannot grow: delete them first: %s", vm.Name,
				faults.Quoted(SnapshotsOf(vm)))
		}
	}
	return nil
}
