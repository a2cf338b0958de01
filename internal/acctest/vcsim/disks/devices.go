// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// deviceOf is the device of a machine that is a first class disk; nil where the machine has not got the disk.
func deviceOf(vm *simulator.VirtualMachine, id string) *types.VirtualDisk {
	return among(vm.Config.Hardware.Device, id)
}

func among(devices []types.BaseVirtualDevice, id string) *types.VirtualDisk {
	for _, d := range devices {
		if disk, ok := d.(*types.VirtualDisk); ok && disk.VDiskId != nil && disk.VDiskId.Id == id {
			return disk
		}
	}
	return nil
}

// isShared reports whether other machines may write to a disk at the same time.
func isShared(d *types.VirtualDisk) bool {
	b, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && b.Sharing == string(types.VirtualDiskSharingSharingMultiWriter)
}

// heldBySnapshot reports whether a snapshot of a machine holds a disk. One that is independent of snapshots is in none.
func heldBySnapshot(ctx *simulator.Context, vm *simulator.VirtualMachine, id string) bool {
	if vm.Snapshot == nil {
		return false
	}
	return slices.ContainsFunc(trees(vm.Snapshot.RootSnapshotList), func(ref types.ManagedObjectReference) bool {
		s := base.Get[*simulator.VirtualMachineSnapshot](ctx, ref)
		held := s != nil
		if held {
			d := among(s.Config.Hardware.Device, id)
			held = d != nil && !isIndependent(d)
		}
		return held
	})
}

func isIndependent(d *types.VirtualDisk) bool {
	b, ok := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && (b.DiskMode == string(types.VirtualDiskModeIndependent_persistent) ||
		b.DiskMode == string(types.VirtualDiskModeIndependent_nonpersistent))
}

// trees are the snapshots of some trees.
func trees(list []types.VirtualMachineSnapshotTree) (out []types.ManagedObjectReference) {
	for _, t := range list {
		out = append(append(out, t.Snapshot), trees(t.ChildSnapshotList)...)
	}
	return out
}

// resizeDevice notes the size of a disk that has grown on the device of a machine, whose lock the caller holds.
func resizeDevice(ctx *simulator.Context, vm *simulator.VirtualMachine, id string, megabytes int64) {
	devices := slices.Clone(vm.Config.Hardware.Device)
	for i, d := range devices {
		if disk, ok := d.(*types.VirtualDisk); ok && disk.VDiskId != nil && disk.VDiskId.Id == id {
			grown := *disk
			grown.CapacityInBytes, grown.CapacityInKB = megabytes*base.MiB, megabytes*1024
			devices[i] = &grown
		}
	}
	ctx.Map.Update(ctx, vm, []types.PropertyChange{{Name: "config.hardware.device", Val: devices}})
}
