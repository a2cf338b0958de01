// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ordinaryHeld is the device that a machine has under a key, where it is a disk that a snapshot of the machine holds and is not independent
// of; nil else.
func ordinaryHeld(ctx *simulator.Context, vm *simulator.VirtualMachine, key int32) *types.VirtualDisk {
	if vm == nil || vm.Snapshot == nil {
		return nil
	}
	have, ok := object.VirtualDeviceList(vm.Config.Hardware.Device).FindByKey(key).(*types.VirtualDisk)
	if !ok || isIndependent(have) {
		return nil
	}
	held := slices.ContainsFunc(trees(vm.Snapshot.RootSnapshotList), func(ref types.ManagedObjectReference) bool {
		s := base.Get[*simulator.VirtualMachineSnapshot](ctx, ref)
		if s == nil {
			return false
		}
		then, ok := object.VirtualDeviceList(s.Config.Hardware.Device).FindByKey(key).(*types.VirtualDisk)
		return ok && fileOf(then) == fileOf(have)
	})
	if !held {
		return nil
	}
	return have
}

func fileOf(disk *types.VirtualDisk) string {
	if b, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return b.GetVirtualDeviceFileBackingInfo().FileName
	}
	return ""
}

// growthFault refuses to grow a disk under a snapshot of its machine, as a real server does.
func growthFault(ctx *simulator.Context, vm *simulator.VirtualMachine, edit *types.VirtualDisk) types.BaseMethodFault {
	have := ordinaryHeld(ctx, vm, edit.Key)
	if have != nil && max(edit.CapacityInBytes, edit.CapacityInKB*1024) > have.CapacityInKB*1024 {
		return new(types.InvalidDeviceOperation)
	}
	return nil
}

// keepUnderSnapshot leaves the file of a disk that is taken off where a snapshot of its machine holds it.
func keepUnderSnapshot(ctx *simulator.Context, vm *simulator.VirtualMachine, change *types.VirtualDeviceConfigSpec) {
	if ordinaryHeld(ctx, vm, change.Device.GetVirtualDevice().Key) != nil {
		change.FileOperation = ""
	}
}
