// SPDX-License-Identifier: MPL-2.0

package acts

import (
	"context"
	"time"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// Power is a power state that an instance is to have.
type Power struct {
	ID       string
	State    string        // openstack.Active, Shutoff or Suspended
	Graceful time.Duration // how long a guest with VMware Tools may take to shut itself down; 0: it is not asked
}

// Power brings an instance to a power state, as Nova's verbs start, stop, suspend and resume do. Where it has that state already nothing is
// done, so no guest is stopped twice.
func (c *Acts) Power(ctx context.Context, p Power, tell machine.Telling) error {
	ctx, end := c.underway(ctx)
	defer end()
	vm, s, err := c.machines.Actable(ctx, p.ID)
	if err != nil {
		return err
	}
	switch from := s.PowerState; {
	case from == p.State:
		tell("%s is %s already", s.Name, from)
		return nil
	case p.State == openstack.Active:
		return c.start(ctx, vm, s, tell)
	case p.State == openstack.Suspended && from != openstack.Active:
		return openstack.AttributeErrorf("state", "%s is %s, and only a running instance can be suspended: start it first", s.Name, from)
	case p.State == openstack.Suspended:
		tell("%s is suspended: its memory is written to its datastore", s.Name)
		return c.machines.Power(ctx, vm, from, p.State)
	case from == openstack.Shelved:
		tell("%s is shelved, so it is off already", s.Name)
		return nil
	}
	return c.stop(ctx, vm, s, p.Graceful, tell)
}

// start starts or resumes an instance. What its guest is told is written first, where it waits for the VM to be off.
func (c *Acts) start(ctx context.Context, vm mo.VirtualMachine, s openstack.Server, tell machine.Telling) error {
	switch s.PowerState {
	case openstack.Shelved:
		return openstack.AttributeErrorf("state", "%s is shelved: unshelve it, because only that takes the mark of it away", s.Name)
	case openstack.Suspended:
		tell("%s is resumed", s.Name)
	default:
		tell("%s is started", s.Name)
		if err := c.machines.RefreshGuestNetwork(ctx, vm); err != nil {
			return faults.Explain("telling the guest of "+s.Name+" anew before it is started", err)
		}
	}
	return c.machines.PowerOn(ctx, vm)
}

// stop turns an instance off: by its guest, or by force.
func (c *Acts) stop(ctx context.Context, vm mo.VirtualMachine, s openstack.Server, within time.Duration, tell machine.Telling) error {
	switch {
	case s.PowerState == openstack.Suspended:
		tell("%s is suspended and has no guest to ask: it is powered off, and its memory is given up", s.Name)
	case within <= 0:
		tell("%s is powered off without asking its guest", s.Name)
	case !machine.ToolsRun(vm):
		tell("%s is powered off: VMware Tools do not run in its guest, so it cannot be asked", s.Name)
	default:
		tell("%s is asked to shut itself down, and is powered off after %s", s.Name, within)
	}
	_, err := c.machines.StopWithin(ctx, vm, within)
	return err
}
