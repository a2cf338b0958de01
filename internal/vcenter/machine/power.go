// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// PowerState returns a VM's power state in OpenStack's words.
func PowerState(p types.VirtualMachinePowerState) string {
	return map[types.VirtualMachinePowerState]string{
		types.VirtualMachinePowerStatePoweredOn: openstack.Active, types.VirtualMachinePowerStatePoweredOff: openstack.Shutoff,
		types.VirtualMachinePowerStateSuspended: openstack.Suspended,
	}[p]
}

// Off reports whether a VM in a power state does not run and holds no memory.
func Off(state string) bool { return state == openstack.Shutoff || state == openstack.Shelved }

// shutdownPatience is how long a guest may take to shut itself down before it is powered off.
const shutdownPatience = 60 * time.Second

// Power brings a VM from one power state to another.
func (c *Machines) Power(ctx context.Context, vm mo.VirtualMachine, from, to string) error {
	switch {
	case from == to || to == "":
		return nil
	case to == openstack.Active:
		return c.PowerOn(ctx, vm)
	case Off(from) && Off(to):
		return nil
	case to == openstack.Suspended && from == openstack.Active:
		return c.powerTask(ctx, &wire.TaskRun{On: vm.Self, Kind: "SuspendVM_Task"}, "suspending "+vm.Name,
			func(ctx context.Context, vim *vim25.Client) (ref, error) {
				res, err := methods.SuspendVM_Task(ctx, vim, &types.SuspendVM_Task{This: vm.Self})
				if err != nil {
					return ref{}, err
				}
				return res.Returnval, nil
			})
	case to == openstack.Suspended:
		return openstack.AttributeErrorf("power_state", "%s is shut off, and only a running instance can be suspended: set power_state = "+
			"\"active\" first",
			vm.Name)
	}
	_, err := c.Stop(ctx, vm, true)
	return err
}

// PowerOn starts a VM. It is no error if it runs already.
func (c *Machines) PowerOn(ctx context.Context, vm mo.VirtualMachine) error {
	return c.PowerOnAlong(ctx, &wire.TaskRun{Kind: "PowerOnVM_Task"}, vm)
}

// PowerOnAlong is PowerOn as a task that e describes.
func (c *Machines) PowerOnAlong(ctx context.Context, e *wire.TaskRun, vm mo.VirtualMachine) error {
	e.On = vm.Self
	logging.VCenter.Info(ctx, "a machine is started", "name", vm.Name, "object", vm.Self.Value)
	return c.powerTask(ctx, e, "powering on "+vm.Name, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.PowerOnVM_Task(ctx, vim, &types.PowerOnVM_Task{This: vm.Self})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// powerOff powers a VM off and returns it as it then is; nil where that was not read along.
func (c *Machines) powerOff(ctx context.Context, vm mo.VirtualMachine) (*mo.VirtualMachine, error) {
	e := &wire.TaskRun{On: vm.Self, Kind: "PowerOffVM_Task", Along: &property.Query{Object: vm.Self, Paths: WholePaths}}
	err := c.powerTask(ctx, e, "powering off "+vm.Name, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.PowerOffVM_Task(ctx, vim, &types.PowerOffVM_Task{This: vm.Self})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return e.Machine(IsOff), err
}

// IsOff reports whether a VM is powered off; a suspended one is not.
func IsOff(vm mo.VirtualMachine) bool {
	return vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
}

// powerTask runs a power operation. It is no error if the VM is in that state already, as with Nova.
func (c *Machines) powerTask(ctx context.Context, e *wire.TaskRun, act string,
	start func(context.Context, *vim25.Client) (ref, error)) error {
	err := c.wire.RunIdempotentWith(ctx, e, start)
	var state *types.InvalidPowerState
	if faults.As(err, &state) && state.ExistingState == state.RequestedState {
		return nil
	}
	return faults.Explain(act, err)
}

// Stop turns a VM off: gently by its guest where VMware Tools run, and by force where that takes too long. It returns the VM as it then
// is, or nil where it must be read.
func (c *Machines) Stop(ctx context.Context, vm mo.VirtualMachine, gently bool) (*mo.VirtualMachine, error) {
	if gently {
		return c.StopWithin(ctx, vm, shutdownPatience)
	}
	return c.StopWithin(ctx, vm, 0)
}

// ToolsRun reports whether VMware Tools run in a VM's guest, so that it can be asked to shut down or to restart.
func ToolsRun(vm mo.VirtualMachine) bool {
	return vm.Guest != nil && vm.Guest.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
}

// StopWithin is Stop with the time that the guest may take to shut itself down; 0: it is not asked.
func (c *Machines) StopWithin(ctx context.Context, vm mo.VirtualMachine, within time.Duration) (*mo.VirtualMachine, error) {
	if IsOff(vm) {
		return nil, nil
	}
	logging.VCenter.Info(ctx, "a machine is stopped", "name", vm.Name, "object", vm.Self.Value, "gently", within > 0)
	if within <= 0 || !ToolsRun(vm) || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return c.powerOff(ctx, vm)
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w (%w)", openstack.ErrNotBegun, ctx.Err())
	}
	asked := false // it may be going down already, and its VMware Tools with it
	err = c.wire.RetryWhileHeld(ctx, &vm.Self, func() error {
		return retry.Once(func() error {
			_, err := methods.ShutdownGuest(context.WithoutCancel(ctx), vim, &types.ShutdownGuest{This: vm.Self})
			asked = asked || faults.OutcomeUnknown(err)
			return err
		})
	})
	if wire.HeldThroughout(err) { // a guest held by another task, such as a backup, is not powered off for it
		return nil, faults.Explain("shutting down "+vm.Name, err)
	}
	if err != nil && !asked {
		return c.powerOff(ctx, vm)
	}
	end, release := openstack.Uninterrupted(ctx) // the guest stops, even if Terraform is interrupted
	defer release()
	patience, done := context.WithTimeout(end, within)
	defer done()
	now, err := c.ShutDown(patience, vm)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		if now, err = c.powerOff(ctx, vm); err != nil {
			err = &StillStoppingError{wire.MarkBegun(err)}
		}
		return now, err
	}
	if err != nil {
		err = &StillStoppingError{faults.Explain("shutting down "+vm.Name, err)}
	}
	return now, err
}

// StillStoppingError is returned where the wait for a guest that was asked to shut down ended early. The guest may still do so.
type StillStoppingError struct{ error }

// Unwrap returns the cause.
func (e *StillStoppingError) Unwrap() error { return e.error }

// ShutDown waits until a guest has stopped. It returns the VM as it then is, if the first look shows that: later ones, of which a slow
// guest takes many, only read the power state.
func (c *Machines) ShutDown(ctx context.Context, vm mo.VirtualMachine) (now *mo.VirtualMachine, err error) {
	p := &wire.Poll{Kind: "ShutdownGuest", Asks: []property.Query{{Object: vm.Self, Paths: WholePaths}}}
	p.Seen = func(found []wire.Sight) (bool, error) {
		var is mo.VirtualMachine
		if !found[0].Found {
			return true, openstack.NotFound("%s went away", vm.Name)
		}
		if err := property.Load(found[0].Content, &is); err != nil || !IsOff(is) {
			p.Asks = []property.Query{{Object: vm.Self, Paths: []string{"runtime.powerState"}}}
			return false, err
		}
		if is.Config != nil {
			now = &is
		}
		return true, nil
	}
	err = c.wire.Watch(ctx, p)
	return now, err
}
