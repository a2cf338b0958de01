// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"slices"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// entering are the hosts that are on their way into maintenance: nothing starts on them any more.
type entering struct {
	mu    sync.Mutex
	tasks map[types.ManagedObjectReference]types.ManagedObjectReference // by host
}

func newEntering() *entering {
	return &entering{tasks: map[types.ManagedObjectReference]types.ManagedObjectReference{}}
}

// holds reports whether a host is on its way into maintenance.
func (s *entering) holds(host types.ManagedObjectReference) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, leaves := s.tasks[host]
	return leaves
}

// begin lets a call's task send the host there, unless another one does. Who calls first goes first, whichever task runs first.
func (s *entering) begin(host types.ManagedObjectReference,
	run func(types.BaseMethodFault) types.ManagedObjectReference) types.ManagedObjectReference {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, leaves := s.tasks[host]; leaves {
		return run(&types.TaskInProgress{Task: other})
	}
	s.tasks[host] = run(nil)
	return s.tasks[host]
}

func (s *entering) end(host types.ManagedObjectReference) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tasks, host)
}

// EnterMaintenanceModeTask waits until no machine runs on the host: DRS moves them away where it is fully automated and the rules let
// it; all others somebody has to move or stop. After the timeout the task ends with Timedout; without one it waits until it is
// cancelled. The simulator says at once that the host is in maintenance, and leaves the machines running on it.
func (h *hostRules) EnterMaintenanceModeTask(ctx *simulator.Context, req *types.EnterMaintenanceMode_Task) soap.HasFault {
	host := base.Get[*simulator.HostSystem](ctx, req.This)
	task := h.entering.begin(host.Self, func(refused types.BaseMethodFault) types.ManagedObjectReference {
		return h.Cancellable(ctx, host, "enterMaintenanceMode", func(t *simulator.Task) (types.AnyType, types.BaseMethodFault) {
			if refused != nil {
				return nil, refused
			}
			defer h.entering.end(host.Self)
			return nil, h.enterMaintenance(ctx, host, req, t)
		})
	})
	return &methods.EnterMaintenanceMode_TaskBody{Res: &types.EnterMaintenanceMode_TaskResponse{Returnval: task}}
}

// enterMaintenance empties a host and puts it into maintenance.
func (h *hostRules) enterMaintenance(ctx *simulator.Context, host *simulator.HostSystem, req *types.EnterMaintenanceMode_Task,
	task *simulator.Task) types.BaseMethodFault {
	var fault types.BaseMethodFault
	ctx.WithLock(host, func() {
		switch {
		case host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected:
			fault = new(types.HostNotConnected)
		case host.Runtime.InMaintenanceMode:
			fault = new(types.InvalidState)
		}
	})
	if fault != nil {
		return fault
	}
	var late <-chan time.Time
	if req.Timeout > 0 {
		late = time.After(time.Duration(req.Timeout) * time.Second)
	}
	for h.evacuate(ctx, host, base.IsTrue(req.EvacuatePoweredOffVms)) > 0 {
		select {
		case <-h.Stopped():
			return new(types.RequestCanceled)
		case <-late:
			return new(types.Timedout)
		case <-time.After(base.Patience):
		}
		if base.Cancelled(ctx, task) {
			return new(types.RequestCanceled)
		}
	}
	ctx.WithLock(host, func() {
		ctx.Update(host, []types.PropertyChange{{Name: "runtime.inMaintenanceMode", Val: true}})
	})
	h.Usage.Outdate()
	return nil
}

// evacuate moves what DRS can move, and gives the number of machines that the host waits for: those that run, and where DRS is off
// and they are to go too, those that do not.
func (h *hostRules) evacuate(ctx *simulator.Context, host *simulator.HostSystem, all bool) (waits int) {
	var vms []types.ManagedObjectReference
	ctx.WithLock(host, func() { vms = slices.Clone(host.Vm) })
	d := h.drsOf(ctx, host.Self)
	for _, ref := range vms {
		vm, ok := ctx.Map.Get(ref).(*simulator.VirtualMachine)
		if !ok {
			continue
		}
		ctx.WithLock(vm, func() {
			runs := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
			if vm.Runtime.Host == nil || *vm.Runtime.Host != host.Self || !runs && !all {
				return
			}
			to, fault := types.ManagedObjectReference{}, types.BaseMethodFault(new(types.NoCompatibleHost))
			if d.mayMove(ref, false) {
				to, fault = d.place(vm, runs, false)
			}
			switch {
			case fault == nil:
				moveTo(ctx, vm, to)
			case runs || !d.on:
				waits++
			}
		})
	}
	return waits
}

// ExitMaintenanceModeTask needs a host in maintenance.
func (h *hostRules) ExitMaintenanceModeTask(ctx *simulator.Context, req *types.ExitMaintenanceMode_Task) soap.HasFault {
	host := base.Get[*simulator.HostSystem](ctx, req.This)
	task := h.Unlocked(ctx, host, "exitMaintenanceMode", func() (_ types.AnyType, fault types.BaseMethodFault) {
		ctx.WithLock(host, func() {
			switch {
			case host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected:
				fault = new(types.HostNotConnected)
			case !host.Runtime.InMaintenanceMode:
				fault = new(types.InvalidState)
			default:
				ctx.Update(host, []types.PropertyChange{{Name: "runtime.inMaintenanceMode", Val: false}})
			}
		})
		h.Usage.Outdate()
		return nil, fault
	})
	return &methods.ExitMaintenanceMode_TaskBody{Res: &types.ExitMaintenanceMode_TaskResponse{Returnval: task}}
}
