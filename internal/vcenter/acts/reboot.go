// SPDX-License-Identifier: MPL-2.0

package acts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Reboot is how an instance is to be restarted.
type Reboot struct {
	ID       string
	Hard     bool
	Graceful time.Duration // after which a guest that has not begun to restart is reset; 0: it is only asked
}

// Reboot restarts a running instance as Nova's driver does: hard by a reset, soft by its guest, and also by a reset where VMware Tools do
// not run. What Nova has not: with a graceful limit it waits for the guest, and resets one that does nothing.
func (c *Acts) Reboot(ctx context.Context, r Reboot, tell machine.Telling) error {
	ctx, end := c.underway(ctx)
	defer end()
	vm, s, err := c.machines.Actable(ctx, r.ID)
	if err != nil {
		return err
	}
	switch {
	case s.PowerState != openstack.Active:
		return notRunning(s.Name, s.PowerState)
	case r.Hard:
		tell("%s is reset", s.Name)
		return c.reset(ctx, vm)
	case !machine.ToolsRun(vm):
		tell("%s is reset: VMware Tools do not run in its guest, so it cannot be asked", s.Name)
		return c.reset(ctx, vm)
	}
	err = c.askToReboot(ctx, vm)
	if faults.Is[*types.ToolsUnavailable](err) {
		tell("%s is reset: VMware Tools have stopped in its guest, so it cannot be asked", s.Name)
		return c.reset(ctx, vm)
	}
	if err != nil {
		return err
	}
	if r.Graceful <= 0 {
		tell("the guest of %s was asked to restart, and does so in its own time", s.Name)
		return nil
	}
	tell("the guest of %s was asked to restart, and is reset if it has not begun to within %s", s.Name, r.Graceful)
	return c.awaitReboot(ctx, vm, r.Graceful, tell)
}

func notRunning(name, state string) error {
	return openstack.AttributeErrorf("instance_id", "%s is %s, and only a running instance can be rebooted: start it instead", name, state)
}

// reset restarts a VM as its reset button does. It is sent once: after a lost answer it may have been done.
func (c *Acts) reset(ctx context.Context, vm mo.VirtualMachine) error {
	logging.VCenter.Info(ctx, "a machine is reset", "name", vm.Name, "object", vm.Self.Value)
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = c.wire.RunTaskWith(ctx, &wire.TaskRun{On: vm.Self, Kind: "ResetVM_Task"}, func(ctx context.Context) (ref, error) {
		res, err := methods.ResetVM_Task(ctx, vim, &types.ResetVM_Task{This: vm.Self})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if faults.OutcomeUnknown(err) {
		return faults.NotKnown(vm.Name+" was reset", "look at its console, and invoke the action again if it was not", err)
	}
	return explainReboot("resetting "+vm.Name, vm.Name, err)
}

// explainReboot explains why a VM was not restarted. One that has stopped since it was read is not restarted.
func explainReboot(act, name string, err error) error {
	var state *types.InvalidPowerState
	if faults.As(err, &state) {
		return notRunning(name, machine.PowerState(state.ExistingState))
	}
	return faults.Explain(act, err)
}

// askToReboot asks the guest, once: after a lost answer it may be restarting.
func (c *Acts) askToReboot(ctx context.Context, vm mo.VirtualMachine) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	logging.VCenter.Info(ctx, "a guest is asked to restart", "name", vm.Name, "object", vm.Self.Value)
	err = c.wire.RetryWhileHeld(ctx, &vm.Self, func() error {
		if err := openstack.Begin(ctx); err != nil {
			return err
		}
		_, err := methods.RebootGuest(context.WithoutCancel(ctx), vim, &types.RebootGuest{This: vm.Self})
		return err
	})
	switch {
	case faults.OutcomeUnknown(err):
		return faults.NotKnown("the guest of "+vm.Name+" was asked to restart", "look at its console, and invoke the action again if it "+
			"does not", err)
	case faults.Is[*types.InvalidPowerState](err):
		return explainReboot("", vm.Name, err)
	case faults.Is[*types.ToolsUnavailable](err):
		return err
	}
	return faults.Explain("asking the guest of "+vm.Name+" to restart", err)
}

// awaitReboot waits until a guest that was asked has gone down, and then until VMware Tools run again. A guest that shows no sign of going
// down within the limit is reset. One that went down is never reset, for it may be starting: how long that takes, nobody knows.
func (c *Acts) awaitReboot(ctx context.Context, vm mo.VirtualMachine, within time.Duration, tell machine.Telling) error {
	ctx, stop := openstack.Breakable(ctx)
	defer stop()
	patience, done := context.WithTimeout(ctx, within)
	defer done()
	err := c.guestIs(patience, vm, false)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		tell("the guest of %s has not begun to restart within %s: it is reset", vm.Name, within)
		return c.reset(ctx, vm)
	}
	if err == nil {
		tell("the guest of %s goes down, and VMware Tools are waited for", vm.Name)
		err = c.guestIs(ctx, vm, true)
	}
	switch {
	case err == nil:
		tell("VMware Tools run again in the guest of %s", vm.Name)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the guest of %s was asked to restart and went down, and VMware Tools have not come back in time. Nothing was "+
			"forced: look at its console, or reboot it hard", vm.Name)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted: the guest of %s was asked to restart, and does so in its own time", vm.Name)
	}
	return err
}

// guestIs waits until a guest runs, or until it does not, as VMware Tools tell.
func (c *Acts) guestIs(ctx context.Context, vm mo.VirtualMachine, up bool) error {
	return c.wire.Until(ctx, vm.Self, []string{"name", "guest.toolsRunningStatus", "guest.guestState", "runtime.powerState"},
		func(content types.ObjectContent, found bool) (bool, error) {
			var now mo.VirtualMachine
			if !found {
				return true, openstack.NotFound("%s went away", vm.Name)
			}
			if err := property.Load(content, &now); err != nil {
				return true, err
			}
			if now.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
				return true, fmt.Errorf("the guest of %s was asked to restart, and is %s now: start it, if nobody else has stopped it", vm.Name,
					machine.PowerState(now.Runtime.PowerState))
			}
			runs := machine.ToolsRun(now) && now.Guest.GuestState == string(types.VirtualMachineGuestStateRunning)
			return runs == up, nil
		})
}
