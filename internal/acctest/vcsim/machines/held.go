// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"maps"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
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
	// stepped makes the task, and carries it out when it has told its figures: see InSteps.
	stepped
)

// Hold has somebody else's task, the making of a snapshot, hold a machine until it is released. Released, it gives how many changes were
// refused meanwhile, by method.
func (m *Machines) Hold(ctx *simulator.Context, vm types.ManagedObjectReference, how Holding) (release func() map[string]int) {
	ctx = base.Apart(ctx)
	object := base.Get[*simulator.VirtualMachine](ctx, vm)
	h := &hold{how: how, done: make(chan struct{}), refused: map[string]int{}}
	h.task = m.Cancellable(ctx, object, "createSnapshot", func(t *simulator.Task) (types.AnyType, types.BaseMethodFault) {
		for {
			select {
			case <-h.done:
				return nil, nil
			case <-m.Stopped():
				return nil, new(types.RequestCanceled)
			case <-time.After(base.Patience):
			}
			if base.Cancelled(ctx, t) {
				m.Holds.end(vm, h)
				return nil, new(types.RequestCanceled)
			}
		}
	})
	listRecent(ctx, object, h.task)
	m.Holds.begin(vm, h)
	return func() map[string]int {
		m.Holds.end(vm, h)
		h.once.Do(func() { close(h.done) })
		_, _ = base.Wait(base.Apart(ctx), h.task)
		return m.Holds.counted(h)
	}
}

// hold is one task that holds a machine.
type hold struct {
	how     Holding
	task    types.ManagedObjectReference
	done    chan struct{}
	once    sync.Once
	refused map[string]int
	shared  bool // it lets every second change pass, which then waits for the machine
	passed  bool // the last one was let through

	figures []int32            // that a task tells of its progress
	shown   chan struct{}      // closed once the first shows
	next    chan chan struct{} // has it go on to the next, and close what it is given once that shows
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
	if before := s.of[vm]; before != nil {
		h.passed = before.passed
	}
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
	"ShutdownGuest": true, "Destroy_Task": true, "Rename_Task": true, "UpgradeVM_Task": true, "ApplyEvcModeVM_Task": true,
	"RelocateVM_Task": true, "AttachDisk_Task": true, "DetachDisk_Task": true, "CreateSnapshot_Task": true}

// Refuse is what a held machine answers to a method, and whether its task is to wait, or to fail.
func (s *holds) Refuse(m *simulator.Method) (fault types.BaseMethodFault, late bool) {
	h := s.on(m.This)
	if h == nil || !changing[m.Name] {
		return nil, false
	}
	if h.how == Queued || h.how == stepped {
		return nil, m.Name != "ShutdownGuest" // which is the guest's to do
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.passed = h.shared && !h.passed; h.passed {
		return nil, false
	}
	h.refused[m.Name]++
	switch {
	case h.how == Busy:
		return &types.TaskInProgress{Task: h.task}, false
	case m.Name == "ReconfigVM_Task":
		return nil, true
	}
	return new(types.InvalidState), false
}
