// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"slices"
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Check refuses a change of a machine's devices that its first class disks do not allow, and completes the others: a disk that is
// added by its file gets its id, and one that is added by its id gets its file. The machine is nil where there is none yet, and home is the
// datastore that it lies on. Its caller holds the machine's lock, and calls Settle and NotePolicies afterwards.
func (d *Disks) Check(ctx *simulator.Context, home *simulator.Datastore, vm *simulator.VirtualMachine,
	changes []types.BaseVirtualDeviceConfigSpec) types.BaseMethodFault {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range changes {
		change := c.GetVirtualDeviceConfigSpec()
		device, ok := change.Device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		fault := d.checkOrdinary(ctx, home, vm, change)
		if fault != nil {
			return fault
		}
		switch change.Operation {
		case types.VirtualDeviceConfigSpecOperationAdd:
			if change.FileOperation == "" {
				fault = d.checkAdded(vm, device)
			}
		case types.VirtualDeviceConfigSpecOperationRemove:
			fault = d.checkRemoved(ctx, vm, change)
			keepUnderSnapshot(ctx, vm, change)
		case types.VirtualDeviceConfigSpecOperationEdit:
			if fault = growthFault(ctx, vm, device); fault == nil {
				fault = d.checkEdited(vm, change)
			}
		}
		if fault != nil {
			return fault
		}
	}
	return nil
}

// checkAdded looks at a disk that is added with the file it has.
func (d *Disks) checkAdded(vm *simulator.VirtualMachine, device *types.VirtualDisk) types.BaseMethodFault {
	backing, ok := device.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return nil // which another rule refuses
	}
	file := backing.GetVirtualDeviceFileBackingInfo()
	added := d.byFile(file.FileName)
	if device.VDiskId != nil {
		if added = d.all[device.VDiskId.Id]; added == nil {
			return base.InvalidDevice("vDiskId")
		}
		if file.FileName != "" && file.FileName != added.path {
			return base.InvalidBacking("fileName")
		}
	}
	if added == nil {
		return nil
	}
	for _, p := range added.places {
		other, ok := d.Registry.Get(p.machine).(*simulator.VirtualMachine)
		if ok && (other == vm || !isShared(device) || !p.shared) {
			return &types.FileLocked{FileFault: types.FileFault{File: added.path}}
		}
	}
	file.FileName = added.path
	device.VDiskId = &types.ID{Id: added.id}
	device.CapacityInKB, device.CapacityInBytes = added.megabytes*1024, added.megabytes*base.MiB
	return nil
}

// checkEdited looks at the policy that an edit gives a disk.
func (d *Disks) checkEdited(vm *simulator.VirtualMachine, change *types.VirtualDeviceConfigSpec) (fault types.BaseMethodFault) {
	if vm == nil {
		return nil
	}
	edited := d.byPlace(vm.Self.Value, strconv.Itoa(int(change.Device.GetVirtualDevice().Key)))
	if edited != nil && len(change.Profile) > 0 {
		edited.next, fault = d.policiesOf(change.Profile, edited.store)
	}
	return fault
}

// byPlace is the disk that is a device of a machine; nil where it is none.
func (d *Disks) byPlace(machine, key string) *disk {
	for _, each := range d.all {
		if slices.ContainsFunc(each.places, func(p place) bool { return p.machine.Value == machine && strconv.Itoa(int(p.key)) == key }) {
			return each
		}
	}
	return nil
}

// byFile is the disk whose file it is; nil where it is none's.
func (d *Disks) byFile(path string) *disk {
	for _, each := range d.all {
		if path != "" && each.path == path {
			return each
		}
	}
	return nil
}

// checkRemoved looks at a disk that is taken off. One that a snapshot of the machine holds stays (vsphere-csi-driver #478). With its file
// it goes only if it does not outlive its machine.
func (d *Disks) checkRemoved(ctx *simulator.Context, vm *simulator.VirtualMachine,
	change *types.VirtualDeviceConfigSpec) types.BaseMethodFault {
	if vm == nil {
		return nil // which another rule refuses
	}
	key := change.Device.GetVirtualDevice().Key
	i := slices.IndexFunc(vm.Config.Hardware.Device, func(device types.BaseVirtualDevice) bool {
		return device.GetVirtualDevice().Key == key
	})
	if i < 0 {
		return nil
	}
	have, ok := vm.Config.Hardware.Device[i].(*types.VirtualDisk)
	if !ok || have.VDiskId == nil || d.all[have.VDiskId.Id] == nil {
		return nil
	}
	if heldBySnapshot(ctx, vm, have.VDiskId.Id) {
		return base.InvalidDevice("backing")
	}
	removed := d.all[have.VDiskId.Id]
	if change.FileOperation == types.VirtualDeviceConfigSpecFileOperationDestroy {
		removed.doomed = !base.IsTrue(removed.keep)
		change.FileOperation = ""
	}
	return nil
}
