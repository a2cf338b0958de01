// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/devices"
)

// snapshotRules are those of VirtualMachineSnapshot.
type snapshotRules struct {
	base.Receiver
	*Machines
}

// RevertToSnapshotTask takes a machine back to a snapshot, unless one of its first class disks has a younger snapshot of its own.
func (s *snapshotRules) RevertToSnapshotTask(ctx *simulator.Context, req *types.RevertToSnapshot_Task) soap.HasFault {
	to := base.Get[*simulator.VirtualMachineSnapshot](ctx, req.This)
	vm := base.Get[*simulator.VirtualMachine](ctx, to.Vm)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if fault := s.revertFault(vm, to.Self); fault != nil {
		return &methods.RevertToSnapshot_TaskBody{Res: &types.RevertToSnapshot_TaskResponse{
			Returnval: base.Failed(ctx, vm, "revertToSnapshot", fault),
		}}
	}
	task := simulator.CreateTask(vm, "revertToSnapshot", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, s.revert(ctx, vm, to, base.IsTrue(req.SuppressPowerOn))
	})
	return &methods.RevertToSnapshot_TaskBody{Res: &types.RevertToSnapshot_TaskResponse{Returnval: task.Run(ctx)}}
}

// revert has a machine be what it was when a snapshot was taken, but for its name: its devices, its parameters, and its power state, which
// is off where the snapshot has no memory. The simulator changes nothing of that.
func (m *Machines) revert(ctx *simulator.Context, vm *simulator.VirtualMachine, to *simulator.VirtualMachineSnapshot,
	off bool) types.BaseMethodFault {
	node := findSnapshot(vm.Snapshot.RootSnapshotList, to.Self)
	if node == nil {
		return &types.ManagedObjectNotFound{Obj: to.Self}
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		if _, fault := base.Wait(ctx, base.TaskOf(vm.PowerOffVMTask(ctx, &types.PowerOffVM_Task{This: vm.Self}))); fault != nil {
			return fault
		}
	}
	config := to.Config
	config.Hardware.Device = devices.CopyAll(config.Hardware.Device)
	config.ExtraConfig = slices.Clone(config.ExtraConfig)
	config.Name, config.ChangeVersion, config.Modified = vm.Config.Name, ChangeVersion(), time.Now()
	*vm.Config = config
	vm.Summary.Config.NumCpu, vm.Summary.Config.MemorySizeMB = config.Hardware.NumCPU, config.Hardware.MemoryMB
	ctx.Update(vm, []types.PropertyChange{
		{Name: "config.hardware.device", Val: config.Hardware.Device},
		{Name: "snapshot.currentSnapshot", Val: &to.Self},
	})
	m.disks.Settle(ctx, vm)
	if off || node.State != types.VirtualMachinePowerStatePoweredOn {
		return nil
	}
	_, fault := base.Wait(ctx, base.TaskOf(vm.PowerOnVMTask(ctx, &types.PowerOnVM_Task{This: vm.Self})))
	return fault
}

// RevertToCurrentSnapshotTask is the same for the last snapshot.
func (m *machineRules) RevertToCurrentSnapshotTask(ctx *simulator.Context, req *types.RevertToCurrentSnapshot_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if vm.Snapshot != nil && vm.Snapshot.CurrentSnapshot != nil {
		if fault := m.revertFault(vm, *vm.Snapshot.CurrentSnapshot); fault != nil {
			return &methods.RevertToCurrentSnapshot_TaskBody{Res: &types.RevertToCurrentSnapshot_TaskResponse{
				Returnval: base.Failed(ctx, vm, "revertSnapshot", fault),
			}}
		}
		to := base.Get[*simulator.VirtualMachineSnapshot](ctx, *vm.Snapshot.CurrentSnapshot)
		task := simulator.CreateTask(vm, "revertSnapshot", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
			return nil, m.revert(ctx, vm, to, base.IsTrue(req.SuppressPowerOn))
		})
		return &methods.RevertToCurrentSnapshot_TaskBody{Res: &types.RevertToCurrentSnapshot_TaskResponse{Returnval: task.Run(ctx)}}
	}
	return vm.RevertToCurrentSnapshotTask(ctx, req)
}

func (m *Machines) revertFault(vm *simulator.VirtualMachine, to types.ManagedObjectReference) types.BaseMethodFault {
	if vm.Snapshot == nil {
		return nil
	}
	node := findSnapshot(vm.Snapshot.RootSnapshotList, to)
	if node == nil {
		return nil
	}
	return m.disks.RevertFault(vm, node.CreateTime)
}

// findSnapshot is the node of a snapshot in some trees; nil where it is in none.
func findSnapshot(trees []types.VirtualMachineSnapshotTree, ref types.ManagedObjectReference) *types.VirtualMachineSnapshotTree {
	for i := range trees {
		if trees[i].Snapshot == ref {
			return &trees[i]
		}
		if found := findSnapshot(trees[i].ChildSnapshotList, ref); found != nil {
			return found
		}
	}
	return nil
}
