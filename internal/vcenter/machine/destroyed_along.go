// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// besides names what vCenter deletes along with a VM and no configuration describes: disks in its folder that were added by hand, and
// snapshots. recorded are the instance's own disks beside its root disk.
func besides(vm mo.VirtualMachine, recorded []openstack.Disk) (out []string) {
	devices := vm.Config.Hardware.Device
	known := []*types.VirtualDisk{hardware.RootDisk(devices)}
	for _, disk := range recorded {
		known = append(known, hardware.DiskAt(devices, disk.Place))
	}
	for _, disk := range DisksOf(vm) {
		if slices.Contains(known, disk) || !Owned(vm, disk) {
			continue
		}
		label := "a disk"
		if rescue, _ := RescueDisk(vm); rescue == disk {
			label = "the disk that it is rescued with"
		} else if info := disk.DeviceInfo; info != nil {
			label = info.GetDescription().Label
		}
		out = append(out, fmt.Sprintf("%s (%s, %s)", label, DiskFile(disk), size(disk.CapacityInKB)))
	}
	if vm.Snapshot != nil {
		out = append(out, snapshots(vm.Snapshot.RootSnapshotList)...)
	}
	return out
}

func size(kib int64) string {
	if kib%(1<<20) == 0 {
		return fmt.Sprintf("%d GiB", kib>>20)
	}
	return fmt.Sprintf("%d MiB", kib>>10)
}

// snapshots describes all snapshots of a tree.
func snapshots(tree []types.VirtualMachineSnapshotTree) (out []string) {
	for _, one := range tree {
		out = append(out, fmt.Sprintf("the snapshot %q of %s", one.Name, one.CreateTime.UTC().Format("2006-01-02 15:04")))
		out = append(out, snapshots(one.ChildSnapshotList)...)
	}
	return out
}
