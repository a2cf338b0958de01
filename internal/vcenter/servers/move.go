// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// moved moves a VM where the update asks for it, and returns it as read afterwards.
func (c *Servers) moved(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, want Update) (mo.VirtualMachine,
	openstack.Server, error) {
	if !want.Move {
		return vm, have, nil
	}
	went, err := c.relocate(ctx, vm, have, want)
	if err != nil || !went {
		return vm, have, err
	}
	if vm, err = c.machines.VM(ctx, machine.Key{ID: have.ID, MoRef: vm.Self.Value}, machine.WholePaths); err != nil {
		return vm, have, err
	}
	now, err := c.machines.InstanceOf(ctx, vm)
	return vm, now, err
}

// relocate brings a VM to its wanted place with one call and reports whether it had to. What is in place already stays, so that a
// repetition after a lost answer only does the rest. A running VM keeps running. A rule that would hold it back is loosened before, and
// restored where the VM does not leave its host; the caller writes the rules of the new place.
func (c *Servers) relocate(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, want Update) (moved bool, err error) {
	to, err := c.inventory.Target(ctx, want.Zone, want.Hypervisor)
	if err != nil {
		return false, err
	}
	spec, err := c.relocation(ctx, vm, have, want.Flavor, to)
	if err != nil || spec == nil {
		return false, err
	}
	bound := c.boundBy(ctx, have)
	loose := loosened(bound, spec, slices.Contains(to.Cluster.Host, property.Deref(vm.Runtime.Host)))
	if bound.Text() != loose.Text() {
		if err := c.rules.WriteAffinity(ctx, vm, bound, loose); err != nil {
			return false, c.restoreAffinity(ctx, vm, bound, loose, err)
		}
	}
	anew := func() (*types.VirtualMachineRelocateSpec, error) {
		now, err := c.machines.VM(ctx, machine.Key{ID: have.ID, MoRef: vm.Self.Value}, machine.WholePaths)
		if err != nil {
			return nil, err
		}
		is, err := c.machines.InstanceOf(ctx, now)
		if err != nil {
			return nil, err
		}
		return c.relocation(ctx, now, is, want.Flavor, to)
	}
	logMove(ctx, vm, to, spec)
	if err = c.send(ctx, vm.Self, have.Name, to, spec, anew); err != nil && bound.Text() != loose.Text() {
		err = c.restoreAffinity(ctx, vm, bound, loose, err)
	}
	return true, err
}

// Migrate moves an instance to a compute node of its zone, and reports whether it had to. What is recorded of the instance stays.
func (c *Servers) Migrate(ctx context.Context, vm mo.VirtualMachine, have openstack.Server, node string) (moved bool, err error) {
	return c.relocate(ctx, vm, have, Update{ServerSpec: openstack.ServerSpec{Zone: have.Zone, Hypervisor: node, Flavor: have.Flavor}})
}

// boundBy returns what binds an instance by its record, since an earlier attempt to move it may have loosened its rules. A host that is
// gone binds nothing.
func (c *Servers) boundBy(ctx context.Context, s openstack.Server) machine.Affinity {
	t := machine.AffinityOf(s)
	if machine.Unbound(s) != "" {
		t.Pin, _ = c.inventory.PinOf(ctx, s.Zone)
	}
	return t
}

// loosened returns an affinity without what a relocation would break: the hosts that it leaves and, where it leaves the cluster, the
// aggregates.
func loosened(t machine.Affinity, spec *types.VirtualMachineRelocateSpec, inCluster bool) machine.Affinity {
	if !inCluster {
		t.Pin, t.Aggregates = openstack.Pin{}, nil
	} else if spec.Host != nil && !slices.Contains(t.Pin.Hosts, spec.Host.Value) {
		t.Pin = openstack.Pin{}
	}
	return t
}

// restoreAffinity binds a VM again that was loosened for a move and is still on its host, and returns why joined with its own error.
// Where the outcome of the move is unknown it changes nothing: the next read finds out.
func (c *Servers) restoreAffinity(ctx context.Context, vm mo.VirtualMachine, bound, loose machine.Affinity, why error) error {
	if faults.OutcomeUnknown(why) {
		return why
	}
	ctx = context.WithoutCancel(ctx)
	now, err := c.machines.VM(ctx, machine.Key{ID: strings.ToLower(vm.Config.InstanceUuid), MoRef: vm.Self.Value}, machine.WholePaths)
	if err == nil && property.Deref(now.Runtime.Host) == property.Deref(vm.Runtime.Host) {
		err = c.rules.WriteAffinity(ctx, now, loose, bound)
	}
	return errors.Join(why, err)
}

// send relocates a VM. A task that holds the VM may be this very move, whose answer was lost: anew computes what is still to be done
// after that task.
func (c *Servers) send(ctx context.Context, vm ref, name string, to inventory.Target, spec *types.VirtualMachineRelocateSpec,
	anew func() (*types.VirtualMachineRelocateSpec, error)) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	first := true
	err = c.wire.RetryWhileHeld(ctx, &vm, func() (err error) {
		if !first {
			if spec, err = anew(); err != nil || spec == nil {
				return err
			}
		}
		first = false
		_, err = c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
			res, err := methods.RelocateVM_Task(ctx, vim, &types.RelocateVM_Task{This: vm, Spec: *spec,
				Priority: types.VirtualMachineMovePriorityDefaultPriority})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
		return err
	})
	return faults.Explain("moving "+name+" to "+to.Name(), err)
}
