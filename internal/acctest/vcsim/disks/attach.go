// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Attach is the change of devices by which a machine gets a disk. Its caller holds the machine's lock.
func (d *Disks) Attach(ctx *simulator.Context, vm *simulator.VirtualMachine, req *types.AttachDisk_Task) (*types.VirtualDeviceConfigSpec,
	types.BaseMethodFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wanted, fault := d.readable(ctx, req.DiskId, req.Datastore)
	if fault != nil {
		return nil, fault
	}
	if len(wanted.places) > 0 {
		if d.knobs.AttachedInUse {
			return nil, &types.ResourceInUse{Type: "VStorageObject", Name: wanted.id}
		}
		return nil, new(types.InvalidState)
	}
	host := base.Get[*simulator.HostSystem](ctx, *vm.Runtime.Host)
	if !slices.Contains(host.Datastore, req.Datastore) {
		return nil, &types.InvalidDatastore{Datastore: &req.Datastore}
	}
	controller, unit, fault := slotFor(vm, req.ControllerKey, req.UnitNumber)
	if fault != nil {
		return nil, fault
	}
	backing := &types.VirtualDiskFlatVer2BackingInfo{
		DiskMode: string(types.VirtualDiskModePersistent), ThinProvisioned: types.NewBool(wanted.provisioning == "thin"),
		EagerlyScrub: types.NewBool(wanted.provisioning == "eagerZeroedThick"),
	}
	backing.FileName, backing.Datastore = wanted.path, &wanted.store
	device := &types.VirtualDisk{VDiskId: &types.ID{Id: wanted.id}, CapacityInKB: wanted.megabytes * 1024,
		CapacityInBytes: wanted.megabytes * base.MiB}
	device.Key, device.ControllerKey, device.UnitNumber, device.Backing = -1, controller, &unit, backing
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}, nil
}

// Detach is the change of devices by which a machine loses a disk, which stays. Its caller holds the machine's lock.
func (d *Disks) Detach(ctx *simulator.Context, vm *simulator.VirtualMachine, id types.ID) (*types.VirtualDeviceConfigSpec,
	types.BaseMethodFault) {
	device := deviceOf(vm, id.Id)
	if device == nil {
		return nil, new(types.NotFound)
	}
	change := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: device}
	return change, d.Check(ctx, nil, vm, []types.BaseVirtualDeviceConfigSpec{change})
}
