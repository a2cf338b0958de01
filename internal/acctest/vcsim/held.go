package vcsim

import (
	"maps"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Holding is what a vCenter answers to whoever changes a machine that another task holds. Servers were seen to do each: govmomi #953 and
// vmware/vic #1896 tell of TaskInProgress, vmware/vic #5647 of InvalidState, terraform-provider-vsphere #493 of tasks that are queued.
type Holding int

const (
	// Busy refuses a change with TaskInProgress, which names the task.
	Busy Holding = iota
	// Unfit refuses it with InvalidState, which names nothing. A reconfigure's task is made, and fails.
	Unfit
	// Queued makes the task, and carries it out when the other is done.
	Queued
)

// hold has somebody else's task, the making of a snapshot, hold a machine until it is released. Released, it gives how many changes were
// refused meanwhile, by method.
func (m *machines) hold(ctx *simulator.Context, vm types.ManagedObjectReference, how Holding) (release func() map[string]int) {
	ctx = apart(ctx)
	object := get[*simulator.VirtualMachine](ctx, vm)
	h := &hold{how: how, done: make(chan struct{}), refused: map[string]int{}}
	h.task = m.cancellable(ctx, object, "createSnapshot", func(t *simulator.Task) (types.AnyType, types.BaseMethodFault) {
		for {
			select {
			case <-h.done:
				return nil, nil
			case <-m.stopped():
				return nil, new(types.RequestCanceled)
			case <-time.After(patience):
			}
			if cancelled(ctx, t) {
				m.holds.end(vm, h)
				return nil, new(types.RequestCanceled)
			}
		}
	})
	recent(ctx, object, h.task)
	m.holds.begin(vm, h)
	return func() map[string]int {
		m.holds.end(vm, h)
		h.once.Do(func() { close(h.done) })
		_, _ = wait(apart(ctx), h.task)
		return m.holds.counted(h)
	}
}

// recent lists a task with those of its machine.
func recent(ctx *simulator.Context, vm *simulator.VirtualMachine, task types.ManagedObjectReference) {
	own := apart(ctx)
	own.WithLock(vm, func() {
		tasks := append(append([]types.ManagedObjectReference(nil), vm.RecentTask...), task)
		own.Update(vm, []types.PropertyChange{{Name: "recentTask", Val: tasks}})
	})
}

// hold is one task that holds a machine.
type hold struct {
	how     Holding
	task    types.ManagedObjectReference
	done    chan struct{}
	once    sync.Once
	refused map[string]int
}

// holds are the machines that are held.
type holds struct {
	mu sync.Mutex
	of map[types.ManagedObjectReference]*hold
}

func newHolds() *holds { return &holds{of: map[types.ManagedObjectReference]*hold{}} }

func (s *holds) begin(vm types.ManagedObjectReference, h *hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[vm] = h
}

func (s *holds) end(vm types.ManagedObjectReference, h *hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[vm] == h {
		delete(s.of, vm)
	}
}

func (s *holds) counted(h *hold) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(h.refused)
}

// on is the task that holds a machine, nil for none.
func (s *holds) on(vm types.ManagedObjectReference) *hold {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[vm]
}

// changing are the methods that a task which holds a machine does not let through.
var changing = map[string]bool{"ReconfigVM_Task": true, "PowerOnVM_Task": true, "PowerOffVM_Task": true, "SuspendVM_Task": true,
	"ShutdownGuest": true,
	"Destroy_Task":  true, "Rename_Task": true, "UpgradeVM_Task": true, "ApplyEvcModeVM_Task": true, "RelocateVM_Task": true}

// refuse is what a held machine answers to a method, and whether its task is to wait, or to fail.
func (s *holds) refuse(m *simulator.Method) (fault types.BaseMethodFault, late bool) {
	h := s.on(m.This)
	if h == nil || !changing[m.Name] {
		return nil, false
	}
	if h.how == Queued {
		return nil, m.Name != "ShutdownGuest" // which is the guest's to do
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h.refused[m.Name]++
	switch {
	case h.how == Busy:
		return &types.TaskInProgress{Task: h.task}, false
	case m.Name == "ReconfigVM_Task":
		return nil, true
	}
	return new(types.InvalidState), false
}

// lateRules take what waits until another task is done, or fails for it as a task.
type lateRules struct {
	receiver
	*machines
	machine *machineRules
}

// later is a task about a machine that is queued behind the one that holds it.
func (l *lateRules) later(ctx *simulator.Context, ref types.ManagedObjectReference, name string,
	do func(*simulator.Context) soap.HasFault) types.ManagedObjectReference {
	vm, h := get[*simulator.VirtualMachine](ctx, ref), l.holds.on(ref)
	own := apart(ctx)
	task := l.cancellable(own, vm, name, func(t *simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if h != nil && h.how == Unfit {
			return nil, new(types.InvalidState)
		}
		own.Map.AtomicUpdate(own, t, []types.PropertyChange{{Name: "info.state", Val: types.TaskInfoStateQueued}})
		for held := h != nil; held && !cancelled(own, t); {
			select {
			case <-h.done:
				held = false
			case <-l.stopped():
				return nil, new(types.RequestCanceled)
			case <-time.After(patience):
			}
		}
		if cancelled(own, t) {
			return nil, new(types.RequestCanceled)
		}
		return outcomeOf(own, do(own))
	})
	recent(ctx, vm, task)
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
func (l *lateRules) ReconfigVMTask(ctx *simulator.Context, req *types.ReconfigVM_Task) soap.HasFault {
	task := l.later(ctx, req.This, "reconfigVm", func(ctx *simulator.Context) soap.HasFault { return l.machine.ReconfigVMTask(ctx, req) })
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task}}
}

// PowerOnVMTask waits.
func (l *lateRules) PowerOnVMTask(ctx *simulator.Context, req *types.PowerOnVM_Task) soap.HasFault {
	task := l.later(ctx, req.This, "powerOn", func(ctx *simulator.Context) soap.HasFault { return l.machine.PowerOnVMTask(ctx, req) })
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{Returnval: task}}
}

// PowerOffVMTask waits.
func (l *lateRules) PowerOffVMTask(ctx *simulator.Context, req *types.PowerOffVM_Task) soap.HasFault {
	vm := get[*simulator.VirtualMachine](ctx, req.This)
	task := l.later(ctx, req.This, "powerOff", locked(vm, vm.PowerOffVMTask, req))
	return &methods.PowerOffVM_TaskBody{Res: &types.PowerOffVM_TaskResponse{Returnval: task}}
}

// SuspendVMTask waits.
func (l *lateRules) SuspendVMTask(ctx *simulator.Context, req *types.SuspendVM_Task) soap.HasFault {
	vm := get[*simulator.VirtualMachine](ctx, req.This)
	task := l.later(ctx, req.This, "suspend", locked(vm, vm.SuspendVMTask, req))
	return &methods.SuspendVM_TaskBody{Res: &types.SuspendVM_TaskResponse{Returnval: task}}
}

// UpgradeVMTask waits.
func (l *lateRules) UpgradeVMTask(ctx *simulator.Context, req *types.UpgradeVM_Task) soap.HasFault {
	vm := get[*simulator.VirtualMachine](ctx, req.This)
	task := l.later(ctx, req.This, "upgradeVm", locked(vm, vm.UpgradeVMTask, req))
	return &methods.UpgradeVM_TaskBody{Res: &types.UpgradeVM_TaskResponse{Returnval: task}}
}

// ApplyEvcModeVMTask waits.
func (l *lateRules) ApplyEvcModeVMTask(ctx *simulator.Context, req *types.ApplyEvcModeVM_Task) soap.HasFault {
	task := l.later(ctx, req.This, "applyEvcMode", func(ctx *simulator.Context) soap.HasFault {
		return l.machine.ApplyEvcModeVMTask(ctx,
			req)
	})
	return &methods.ApplyEvcModeVM_TaskBody{Res: &types.ApplyEvcModeVM_TaskResponse{Returnval: task}}
}

// DestroyTask waits.
func (l *lateRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	task := l.later(ctx, req.This, "destroy", func(ctx *simulator.Context) soap.HasFault { return l.machine.DestroyTask(ctx, req) })
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}

// RenameTask waits.
func (l *lateRules) RenameTask(ctx *simulator.Context, req *types.Rename_Task) soap.HasFault {
	task := l.later(ctx, req.This, "rename", func(ctx *simulator.Context) soap.HasFault { return l.machine.RenameTask(ctx, req) })
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task}}
}

// RelocateVMTask waits.
func (l *lateRules) RelocateVMTask(ctx *simulator.Context, req *types.RelocateVM_Task) soap.HasFault {
	task := l.later(ctx, req.This, "relocate", func(ctx *simulator.Context) soap.HasFault { return l.machine.RelocateVMTask(ctx, req) })
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: task}}
}
