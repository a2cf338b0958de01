// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Grow has the files of a machine's ordinary disks tell the sizes that a change has given them, as linked clones read them there. The
// simulator changes the devices alone.
func (d *Disks) Grow(ctx *simulator.Context, vm *simulator.VirtualMachine, changes []types.BaseVirtualDeviceConfigSpec) {
	for _, c := range changes {
		change := c.GetVirtualDeviceConfigSpec()
		disk, ok := change.Device.(*types.VirtualDisk)
		if !ok || change.Operation != types.VirtualDeviceConfigSpecOperationEdit || disk.VDiskId != nil {
			continue
		}
		backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if !ok || backing.Parent != nil {
			continue
		}
		store, fault := base.StoreOfPath(ctx, backing.FileName, base.DatacenterOf(ctx, vm).Datastore)
		if fault != nil {
			continue
		}
		file := local(store, backing.FileName)
		id, megabytes, err := readFile(file)
		if wanted := disk.CapacityInKB / 1024; err == nil && megabytes < wanted {
			_ = sizeFile(file, id, wanted)
		}
	}
}
