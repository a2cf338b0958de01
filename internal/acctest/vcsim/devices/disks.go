// SPDX-License-Identifier: MPL-2.0

package devices

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

const largestDisk = 62 * base.TiB

// checkDisk settles the size of a disk and where its file lies.
func (b changeCheck) checkDisk(ctx *simulator.Context, change *types.VirtualDeviceConfigSpec, d *types.VirtualDisk,
	old types.BaseVirtualDevice) types.BaseMethodFault {
	backing, ok := d.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return base.InvalidBacking("fileName")
	}
	create := change.FileOperation == types.VirtualDeviceConfigSpecFileOperationCreate
	if old != nil {
		keepFile(backing, old)
		before := old.(*types.VirtualDisk)
		if fault := resize(d, before); fault != nil {
			return fault
		}
		if isChild(before) && capacity(d) != capacity(before) {
			return new(types.InvalidDeviceOperation) // a child is as large as its parent
		}
	} else if fault := b.checkSlot(d); fault != nil {
		return fault
	}
	size := capacity(d)
	if create && size <= 0 || size > largestDisk {
		return base.InvalidDevice("capacityInBytes")
	}
	store, fault := b.store(ctx, backing.GetVirtualDeviceFileBackingInfo())
	if store == nil {
		store = b.home
	}
	if fault != nil || store == nil || old != nil {
		return fault
	}
	flat, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	var free int64
	ctx.WithLock(store, func() { free = store.Summary.FreeSpace })
	if ok && create && !base.IsTrue(flat.ThinProvisioned) && size > free {
		return &types.NoDiskSpace{FileFault: types.FileFault{File: flat.FileName}, Datastore: store.Name}
	}
	return nil
}

// keepFile leaves an edited disk on its file when the edit does not name one.
func keepFile(edit types.BaseVirtualDeviceFileBackingInfo, old types.BaseVirtualDevice) {
	file := edit.GetVirtualDeviceFileBackingInfo()
	if before, ok := old.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo); ok && file.FileName == "" {
		*file = *before.GetVirtualDeviceFileBackingInfo()
	}
}

// capacity is the size in bytes, whichever of the two fields says it.
func capacity(d *types.VirtualDisk) int64 {
	if d.CapacityInBytes != 0 {
		return d.CapacityInBytes
	}
	return d.CapacityInKB * 1024
}

// isChild reports whether a disk is that of a linked clone.
func isChild(d *types.VirtualDisk) bool {
	b, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && b.Parent != nil
}

// resize works out the size an edit asks for: of the two fields the one that was changed counts. Both are then set,
// since the simulator takes the unset one for a size of nothing.
func resize(d, old *types.VirtualDisk) types.BaseMethodFault {
	before, size := capacity(old), capacity(old)
	switch {
	case d.CapacityInBytes != 0 && d.CapacityInBytes != before:
		size = d.CapacityInBytes
	case d.CapacityInKB != 0 && d.CapacityInKB != before/1024:
		size = d.CapacityInKB * 1024
	}
	if size < before {
		return new(types.InvalidDeviceOperation)
	}
	d.CapacityInBytes, d.CapacityInKB = size, size/1024
	return nil
}

// checkSlot sees that a new disk has a controller, and a place on it that is not the controller's own.
func (b changeCheck) checkSlot(d *types.VirtualDisk) types.BaseMethodFault {
	controller := b.controller(d.ControllerKey)
	if controller == nil {
		return &types.InvalidController{
			InvalidDeviceSpec: types.InvalidDeviceSpec{InvalidVmConfig: types.InvalidVmConfig{Property: "deviceChange.device.controllerKey"}},
			ControllerKey:     d.ControllerKey,
		}
	}
	if _, scsi := controller.(types.BaseVirtualSCSIController); scsi && d.UnitNumber != nil && *d.UnitNumber == 7 {
		return base.InvalidDevice("unitNumber")
	}
	return nil
}

func (b changeCheck) controller(key int32) types.BaseVirtualDevice {
	all := slices.Clone(b.have)
	for _, c := range b.adding {
		if device := c.GetVirtualDeviceConfigSpec().Device; device != nil {
			all = append(all, device)
		}
	}
	for _, d := range all {
		if _, ok := d.(types.BaseVirtualController); ok && d.GetVirtualDevice().Key == key {
			return d
		}
	}
	if key == 200 || key == 201 { // every machine has two IDE controllers
		return &types.VirtualIDEController{}
	}
	return nil
}

// store finds the datastore of a file among those the host has mounted. A path that names none goes where the
// reference says, or else with the machine.
func (b changeCheck) store(ctx *simulator.Context, file *types.VirtualDeviceFileBackingInfo) (*simulator.Datastore, types.BaseMethodFault) {
	if file.FileName == "" && file.Datastore != nil {
		store, ok := ctx.Map.Get(*file.Datastore).(*simulator.Datastore)
		if !ok {
			return nil, base.InvalidBacking("datastore")
		}
		file.FileName = fmt.Sprintf("[%s]", store.Name)
	}
	if file.FileName == "" || file.FileName == "[]" {
		file.FileName = ""
		return nil, nil
	}
	return base.StoreOfPath(ctx, file.FileName, b.host.Datastore)
}
