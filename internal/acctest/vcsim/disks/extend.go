// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ExtendDiskTask grows a disk, and the device of the machine that has it. A disk under a snapshot does not grow, whether the snapshot is
// its own or the machine's (vsphere-csi-driver #2311), nor does one that several running machines may write to (Broadcom KB 326781).
func (m *managerRules) ExtendDiskTask(ctx *simulator.Context, req *types.ExtendDisk_Task) soap.HasFault {
	task := m.begin(ctx, "extendDisk", func() (types.AnyType, types.BaseMethodFault) {
		machines, unlock, fault := m.lockMachines(ctx, req.Id, req.Datastore)
		if fault != nil {
			return nil, fault
		}
		defer unlock()
		m.mu.Lock()
		defer m.mu.Unlock()
		d, fault := m.find(req.Id, req.Datastore)
		if fault != nil {
			return nil, fault
		}
		if fault := m.extensionFault(ctx, d, machines, req.NewCapacityInMB); fault != nil {
			return nil, fault
		}
		return nil, m.extend(ctx, d, machines, req.NewCapacityInMB)
	})
	return &methods.ExtendDisk_TaskBody{Res: &types.ExtendDisk_TaskResponse{Returnval: task}}
}

// lockMachines locks the machines that have a disk. Their lock comes before that of the catalogue, so that both are taken anew.
func (d *Disks) lockMachines(ctx *simulator.Context, id types.ID, store types.ManagedObjectReference) (machines []*simulator.VirtualMachine,
	unlock func(), fault types.BaseMethodFault) {
	d.mu.Lock()
	found, fault := d.find(id, store)
	var places []place
	if fault == nil {
		places = append(places, found.places...)
	}
	d.mu.Unlock()
	var unlocks []func()
	own := base.Apart(ctx)
	for _, p := range places {
		if vm := base.Get[*simulator.VirtualMachine](ctx, p.machine); vm != nil {
			unlocks = append(unlocks, own.Map.AcquireLock(own, vm))
			machines = append(machines, vm)
		}
	}
	return machines, func() {
		for _, u := range unlocks {
			u()
		}
	}, fault
}

// extensionFault is why a disk cannot grow to a size.
func (d *Disks) extensionFault(ctx *simulator.Context, grown *disk, machines []*simulator.VirtualMachine,
	megabytes int64) types.BaseMethodFault {
	if megabytes < grown.megabytes || megabytes > largest {
		return &types.InvalidArgument{InvalidProperty: "newCapacityInMB"}
	}
	if len(grown.snapshots) > 0 {
		return new(types.InvalidState)
	}
	for _, vm := range machines {
		running := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		device := deviceOf(vm, grown.id)
		switch {
		case heldBySnapshot(ctx, vm, grown.id):
			return &types.GenericVmConfigFault{Reason: "The disk is part of a snapshot"}
		case running && (d.knobs.ExtendOffOnly || device != nil && isShared(device)):
			return new(types.InvalidState)
		}
	}
	more := *grown
	more.megabytes = megabytes - grown.megabytes
	_, fault := more.placeOn(ctx)
	return fault
}

// extend grows the file and the devices.
func (d *Disks) extend(ctx *simulator.Context, grown *disk, machines []*simulator.VirtualMachine, megabytes int64) types.BaseMethodFault {
	store := base.Get[*simulator.Datastore](ctx, grown.store)
	if fault := sizeFile(local(store, grown.path), grown.id, megabytes); fault != nil {
		return fault
	}
	grown.megabytes = megabytes
	grown.settleSpace(ctx, grown.store, grown.needs())
	for _, vm := range machines {
		resizeDevice(base.Apart(ctx), vm, grown.id, megabytes)
	}
	return nil
}
