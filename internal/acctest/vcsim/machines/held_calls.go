// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// listRecent lists a task with those of its machine.
func listRecent(ctx *simulator.Context, vm *simulator.VirtualMachine, task types.ManagedObjectReference) {
	own := base.Apart(ctx)
	own.WithLock(vm, func() {
		tasks := append(append([]types.ManagedObjectReference(nil), vm.RecentTask...), task)
		own.Update(vm, []types.PropertyChange{{Name: "recentTask", Val: tasks}})
	})
}

// queuedRules take what waits until another task is done, or fails for it as a task.
type queuedRules struct {
	base.Receiver
	*Machines
	machine *machineRules
}

// queue makes a task about a machine that waits behind the one that holds it.
func (l *queuedRules) queue(ctx *simulator.Context, ref types.ManagedObjectReference, name string,
	do func(*simulator.Context) soap.HasFault) types.ManagedObjectReference {
	vm, h := base.Get[*simulator.VirtualMachine](ctx, ref), l.Holds.on(ref)
	own := base.Apart(ctx)
	task := l.Cancellable(own, vm, name, func(t *simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if h != nil && h.how == Unfit {
			return nil, new(types.InvalidState)
		}
		if h != nil && h.how == stepped {
			l.Holds.end(ref, h)
			if l.tell(own, t, h); base.Cancelled(own, t) {
				return nil, new(types.RequestCanceled)
			}
			return outcomeOf(own, do(own))
		}
		own.Map.AtomicUpdate(own, t, []types.PropertyChange{{Name: "info.state", Val: types.TaskInfoStateQueued}})
		for held := h != nil; held && !base.Cancelled(own, t); {
			select {
			case <-h.done:
				held = false
			case <-l.Stopped():
				return nil, new(types.RequestCanceled)
			case <-time.After(base.Patience):
			}
		}
		if base.Cancelled(own, t) {
			return nil, new(types.RequestCanceled)
		}
		return outcomeOf(own, do(own))
	})
	listRecent(ctx, vm, task)
	if h != nil && h.how == stepped {
		select {
		case <-h.shown:
		case <-l.Stopped():
		}
	}
	return task
}

// locked calls a method of the machine itself as the simulator does, which holds its lock.
func locked[R any](vm *simulator.VirtualMachine, call func(*simulator.Context, *R) soap.HasFault,
	req *R) func(*simulator.Context) soap.HasFault {
	return func(ctx *simulator.Context) (body soap.HasFault) {
		ctx.WithLock(vm, func() { body = call(ctx, req) })
		return body
	}
}

// ReconfigVMTask waits.
func (l *queuedRules) ReconfigVMTask(ctx *simulator.Context, req *types.ReconfigVM_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "reconfigVm", func(ctx *simulator.Context) soap.HasFault { return l.machine.ReconfigVMTask(ctx, req) })
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task}}
}

// PowerOnVMTask waits.
func (l *queuedRules) PowerOnVMTask(ctx *simulator.Context, req *types.PowerOnVM_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "powerOn", func(ctx *simulator.Context) soap.HasFault { return l.machine.PowerOnVMTask(ctx, req) })
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{Returnval: task}}
}

// PowerOffVMTask waits.
func (l *queuedRules) PowerOffVMTask(ctx *simulator.Context, req *types.PowerOffVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	task := l.queue(ctx, req.This, "powerOff", locked(vm, vm.PowerOffVMTask, req))
	return &methods.PowerOffVM_TaskBody{Res: &types.PowerOffVM_TaskResponse{Returnval: task}}
}

// SuspendVMTask waits.
func (l *queuedRules) SuspendVMTask(ctx *simulator.Context, req *types.SuspendVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	task := l.queue(ctx, req.This, "suspend", locked(vm, vm.SuspendVMTask, req))
	return &methods.SuspendVM_TaskBody{Res: &types.SuspendVM_TaskResponse{Returnval: task}}
}

// UpgradeVMTask waits.
func (l *queuedRules) UpgradeVMTask(ctx *simulator.Context, req *types.UpgradeVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	task := l.queue(ctx, req.This, "upgradeVm", locked(vm, vm.UpgradeVMTask, req))
	return &methods.UpgradeVM_TaskBody{Res: &types.UpgradeVM_TaskResponse{Returnval: task}}
}

// ApplyEvcModeVMTask waits.
func (l *queuedRules) ApplyEvcModeVMTask(ctx *simulator.Context, req *types.ApplyEvcModeVM_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "applyEvcMode", func(ctx *simulator.Context) soap.HasFault {
		return l.machine.ApplyEvcModeVMTask(ctx, req)
	})
	return &methods.ApplyEvcModeVM_TaskBody{Res: &types.ApplyEvcModeVM_TaskResponse{Returnval: task}}
}

// DestroyTask waits.
func (l *queuedRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "destroy", func(ctx *simulator.Context) soap.HasFault { return l.machine.DestroyTask(ctx, req) })
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}

// RenameTask waits.
func (l *queuedRules) RenameTask(ctx *simulator.Context, req *types.Rename_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "rename", func(ctx *simulator.Context) soap.HasFault { return l.machine.RenameTask(ctx, req) })
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task}}
}

// RelocateVMTask waits.
func (l *queuedRules) RelocateVMTask(ctx *simulator.Context, req *types.RelocateVM_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "relocate", func(ctx *simulator.Context) soap.HasFault { return l.machine.RelocateVMTask(ctx, req) })
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: task}}
}

// CreateSnapshotTask waits.
func (l *queuedRules) CreateSnapshotTask(ctx *simulator.Context, req *types.CreateSnapshot_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "createSnapshot", func(ctx *simulator.Context) soap.HasFault {
		return l.machine.CreateSnapshotTask(ctx, req)
	})
	return &methods.CreateSnapshot_TaskBody{Res: &types.CreateSnapshot_TaskResponse{Returnval: task}}
}

// AttachDiskTask waits.
func (l *queuedRules) AttachDiskTask(ctx *simulator.Context, req *types.AttachDisk_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "attachDisk", func(ctx *simulator.Context) soap.HasFault { return l.machine.AttachDiskTask(ctx, req) })
	return &methods.AttachDisk_TaskBody{Res: &types.AttachDisk_TaskResponse{Returnval: task}}
}

// DetachDiskTask waits.
func (l *queuedRules) DetachDiskTask(ctx *simulator.Context, req *types.DetachDisk_Task) soap.HasFault {
	task := l.queue(ctx, req.This, "detachDisk", func(ctx *simulator.Context) soap.HasFault { return l.machine.DetachDiskTask(ctx, req) })
	return &methods.DetachDisk_TaskBody{Res: &types.DetachDisk_TaskResponse{Returnval: task}}
}

// outcomeOf waits for what a method has begun.
func outcomeOf(ctx *simulator.Context, body soap.HasFault) (types.AnyType, types.BaseMethodFault) {
	if fault := body.Fault(); fault != nil {
		if f, ok := fault.VimFault().(types.BaseMethodFault); ok {
			return nil, f
		}
		return nil, new(types.InvalidState)
	}
	return base.Wait(ctx, base.TaskOf(body))
}
