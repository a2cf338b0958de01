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

// ShutdownTime is how long a guest takes to stop.
const ShutdownTime = 30 * time.Millisecond

// ShutdownGuest asks the guest, which needs VMware Tools for it, and returns before it has stopped. The simulator
// needs no tools.
func (m *machineRules) ShutdownGuest(ctx *simulator.Context, req *types.ShutdownGuest) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	body := new(methods.ShutdownGuestBody)
	if body.Fault_ = guestFault(ctx, vm); body.Fault_ != nil {
		return body
	}
	own := base.Apart(ctx)
	m.guests.Go(func() {
		select {
		case <-m.Stopped():
		case <-time.After(ShutdownTime):
			m.stopGuest(own, vm)
		}
	})
	body.Res = new(types.ShutdownGuestResponse)
	return body
}

// stopGuest switches the machine off, unless somebody has done so in the meantime.
func (m *machineRules) stopGuest(ctx *simulator.Context, vm *simulator.VirtualMachine) {
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if ctx.Map.Get(vm.Self) != nil && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		vm.PowerOffVMTask(ctx, &types.PowerOffVM_Task{This: vm.Self})
	}
}

// RebootGuest lets the guest read its metadata again, as cloud-init does at every boot: at once, unless a test says how it restarts.
func (m *machineRules) RebootGuest(ctx *simulator.Context, req *types.RebootGuest) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	body := new(methods.RebootGuestBody)
	if body.Fault_ = guestFault(ctx, vm); body.Fault_ != nil {
		return body
	}
	switch let, atOnce := m.guests.Restarts(vm.Self); {
	case atOnce:
		ctx.WithLock(vm, func() { m.guests.Reboot(ctx, &vm.VirtualMachine) })
	case let != nil:
		ctx.WithLock(vm, func() { m.guests.GoDown(ctx, &vm.VirtualMachine) })
		own := base.Apart(ctx)
		m.guests.Go(func() {
			select {
			case <-m.Stopped():
			case <-let:
				m.restartGuest(own, vm)
			}
		})
	}
	body.Res = new(types.RebootGuestResponse)
	return body
}

// restartGuest starts the guest again, unless somebody has switched the machine off in the meantime.
func (m *machineRules) restartGuest(ctx *simulator.Context, vm *simulator.VirtualMachine) {
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if ctx.Map.Get(vm.Self) != nil && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		m.guests.Reboot(ctx, &vm.VirtualMachine)
	}
}

// StandbyGuest needs the guest too.
func (m *machineRules) StandbyGuest(ctx *simulator.Context, req *types.StandbyGuest) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	if fault := guestFault(ctx, vm); fault != nil {
		return &methods.StandbyGuestBody{Fault_: fault}
	}
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	return vm.StandbyGuest(ctx, req)
}

// guestFault refuses to ask a guest anything: its machine is off, or VMware Tools do not run.
func guestFault(ctx *simulator.Context, vm *simulator.VirtualMachine) (fault *soap.Fault) {
	ctx.WithLock(vm, func() {
		switch {
		case vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn:
			fault = simulator.Fault("", &types.InvalidPowerState{
				RequestedState: types.VirtualMachinePowerStatePoweredOn, ExistingState: vm.Runtime.PowerState,
			})
		case vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning):
			fault = simulator.Fault("", new(types.ToolsUnavailable))
		}
	})
	return fault
}

// PowerOnVMTask lets DRS choose the host that a machine starts on, as the rules say.
func (m *machineRules) PowerOnVMTask(ctx *simulator.Context, req *types.PowerOnVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if vm.Config.Template || vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		return vm.PowerOnVMTask(ctx, req)
	}
	task := simulator.CreateTask(vm, "powerOn", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if fault := m.clusters.PlaceForStart(ctx, vm); fault != nil {
			return nil, fault
		}
		result, fault := base.Wait(ctx, base.TaskOf(vm.PowerOnVMTask(ctx, req)))
		if fault != nil {
			m.clusters.Usage.NoteMachine(&vm.VirtualMachine)
		}
		return result, fault
	})
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{Returnval: task.Run(ctx)}}
}
