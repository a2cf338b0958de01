package vcenter

import (
	"context"
	"errors"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// shutdownPatience is how long a guest may take to shut itself down before it is powered off.
const shutdownPatience = 60 * time.Second

// power brings a machine from one power state to another.
func (c *Client) power(ctx context.Context, vm mo.VirtualMachine, from, to string) error {
	switch {
	case from == to || to == "":
		return nil
	case to == openstack.Active:
		return c.powerOn(ctx, vm)
	case off(from) && off(to):
		return nil
	case to == openstack.Suspended && from == openstack.Active:
		return c.powerTask(ctx, "suspending "+vm.Name, func(ctx context.Context, vim *vim25.Client) (ref, error) {
			res, err := methods.SuspendVM_Task(ctx, vim, &types.SuspendVM_Task{This: vm.Self})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
	case to == openstack.Suspended:
		return openstack.Wrong("power_state", "%s is shut off, and only a running instance can be suspended: set power_state = \"active\" first", vm.Name)
	}
	return c.stop(ctx, vm, true)
}

func (c *Client) powerOn(ctx context.Context, vm mo.VirtualMachine) error {
	return c.powerTask(ctx, "powering on "+vm.Name, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.PowerOnVM_Task(ctx, vim, &types.PowerOnVM_Task{This: vm.Self})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

func (c *Client) powerOff(ctx context.Context, vm mo.VirtualMachine) error {
	return c.powerTask(ctx, "powering off "+vm.Name, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.PowerOffVM_Task(ctx, vim, &types.PowerOffVM_Task{This: vm.Self})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// powerTask is content when the machine is there already, as Nova is.
func (c *Client) powerTask(ctx context.Context, act string, start func(context.Context, *vim25.Client) (ref, error)) error {
	err := c.do(ctx, start)
	var state *types.InvalidPowerState
	if as(err, &state) && state.ExistingState == state.RequestedState {
		return nil
	}
	return explain(act, err)
}

// stop turns a machine off: gently by its guest where that has its tools running, and by force when that takes too long.
func (c *Client) stop(ctx context.Context, vm mo.VirtualMachine, gently bool) error {
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		return nil
	}
	running := vm.Guest != nil && vm.Guest.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
	if !gently || !running || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return c.powerOff(ctx, vm)
	}
	vim, err := c.session.vim(ctx)
	if err != nil {
		return err
	}
	err = again(func() error {
		_, err := methods.ShutdownGuest(context.WithoutCancel(ctx), vim, &types.ShutdownGuest{This: vm.Self})
		return err
	})
	if err != nil && !lost(err) {
		return c.powerOff(ctx, vm)
	}
	end, release := uninterrupted(ctx) // the guest stops, whoever goes away
	defer release()
	patience, done := context.WithTimeout(end, shutdownPatience)
	defer done()
	err = c.waiter.until(patience, vm.Self, []string{"runtime.powerState"}, func(content types.ObjectContent, found bool) (bool, error) {
		var now mo.VirtualMachine
		if !found {
			return true, openstack.NotFound("%s went away", vm.Name)
		}
		err := mo.LoadObjectContent([]types.ObjectContent{content}, &now)
		return now.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff, err
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return c.powerOff(ctx, vm)
	}
	return explain("shutting down "+vm.Name, err)
}
