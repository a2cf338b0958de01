package vcenter

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// shutdownPatience is how long a guest may take to shut itself down before it is powered off.
const shutdownPatience = 60 * time.Second

// UpdateServer makes an instance what want says: name, description, metadata, tags, flavor and power state, with one
// reconfigure at the most. The zero flavor keeps the one it has. A running machine is shut down first where vCenter demands
// it, and started again.
func (c *Client) UpdateServer(ctx context.Context, key ServerKey, want openstack.Server) (now openstack.Server, err error) {
	err = again(func() error {
		now, err = c.updateServer(ctx, key, &want)
		return err
	})
	return now, err
}

func (c *Client) updateServer(ctx context.Context, key ServerKey, want *openstack.Server) (openstack.Server, error) {
	vm, err := c.machine(ctx, key, wholePaths)
	if err != nil {
		return openstack.Server{}, err
	}
	have, err := observe(vm)
	if err != nil {
		return openstack.Server{}, err
	}
	if want.Flavor.ID == "" {
		want.Flavor = have.Flavor
	}
	if want.PowerState == "" {
		want.PowerState = have.PowerState // it is kept, through a second look too
	}
	spec, err := c.change(vm, have, *want)
	if err != nil {
		return have, err
	}
	if !vmspec.Empty(spec) {
		if have.PowerState != openstack.Shutoff && (want.PowerState == openstack.Shutoff || vmspec.NeedsPowerOff(*vm.Config, spec) != "") {
			if err := c.stop(ctx, vm, true); err != nil {
				return have, err
			}
			have.PowerState = openstack.Shutoff
		}
		err := c.reconfigure(ctx, vm.Self, have.Name, spec)
		if unanswered(err) {
			return have, err
		}
		if err != nil {
			return have, errors.Join(err, c.power(ctx, vm, have.PowerState, powerState(vm.Runtime.PowerState)))
		}
	}
	if err := c.power(ctx, vm, have.PowerState, want.PowerState); err != nil {
		return have, err
	}
	return c.ReadServer(context.WithoutCancel(ctx), ServerKey{ID: have.ID, MoRef: vm.Self.Value})
}

// change is what must be sent. The flavor's side of it is only looked at when the flavor changes: an instance keeps what it
// was made with.
func (c *Client) change(vm mo.VirtualMachine, have, want openstack.Server) (types.VirtualMachineConfigSpec, error) {
	next := have
	next.Name, next.Description, next.Metadata, next.Tags, next.Flavor = want.Name, want.Description, want.Metadata, want.Tags, want.Flavor
	if have.ImageID == "" && have.ImageName == "" { // a machine that somebody else made is recorded as it is described
		next.ImageID, next.ImageName, next.KeyPair, next.UserData = want.ImageID, want.ImageName, want.KeyPair, want.UserData
	}
	extra, err := changedRecords(extraConfig(vm.Config.ExtraConfig), have, next)
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	spec, _, err := vmspec.Desired(vmspec.Wish{ID: have.ID, Name: next.Name, Flavor: next.Flavor, ImageID: next.ImageID, Properties: have.Properties, Owner: c.owner(), Extra: extra})
	if err != nil {
		return spec, err
	}
	if resized := next.Flavor.ID != "" && (!have.Flavor.Same(next.Flavor) || have.VCPUs != next.Flavor.VCPUs || have.RAM != next.Flavor.RAM); !resized {
		spec = types.VirtualMachineConfigSpec{InstanceUuid: have.ID, Annotation: spec.Annotation, ExtraConfig: spec.ExtraConfig}
	}
	if have.Mark == nil {
		spec.Annotation = "" // an imported machine's notes are its owner's
	}
	d := vmspec.Delta(*vm.Config, spec)
	if next.Name != have.Name {
		d.Name = escapeName(next.Name)
	}
	return d, nil
}

// changedRecords are the extraConfig keys that follow from what is recorded of an instance.
func changedRecords(keys map[string]string, have, next openstack.Server) (map[string]string, error) {
	extra := map[string]string{}
	if !maps.Equal(have.Metadata, next.Metadata) {
		guest, err := vmspec.WithMetadata(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"], next.Metadata)
		if err != nil {
			return nil, err
		}
		extra = guest
	}
	if text := keepUpdated(keys[serverKey], recordOf(next)); text != "" {
		extra[serverKey] = text
	}
	return extra, nil
}

// keepUpdated gives the record's new text, or nothing where only its time would differ.
func keepUpdated(old string, next serverRecord) string {
	var had serverRecord
	if json.Unmarshal([]byte(old), &had) == nil {
		next.UserDataSum = had.UserDataSum // the user data cannot change, and a guest may have blanked it
		next.Updated = had.Updated
		if next.text() == old {
			return ""
		}
	}
	next.Updated = time.Now().UTC().Truncate(time.Second)
	return next.text()
}

// power brings a machine from one power state to another.
func (c *Client) power(ctx context.Context, vm mo.VirtualMachine, from, to string) error {
	switch {
	case from == to || to == "":
		return nil
	case to == openstack.Active:
		return c.powerOn(ctx, vm)
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
	patience, done := context.WithTimeout(ctx, shutdownPatience)
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
