// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Read reads an instance. It returns ErrNotFound if no VM has its UUID.
func (c *Machines) Read(ctx context.Context, key Key) (openstack.Server, error) {
	vm, err := c.VM(wire.MarkPlanRead(ctx), key, PlanPaths)
	if err != nil {
		return openstack.Server{}, err
	}
	return c.located(ctx, vm)
}

// Instance builds an instance from its VM's properties and finds its compute node.
func (c *Machines) Instance(ctx context.Context, vm mo.VirtualMachine) (openstack.Server, error) {
	vm, err := c.Effective(ctx, vm)
	if err != nil {
		return openstack.Server{}, err
	}
	return c.located(ctx, vm)
}

// located is Instance for a VM that Effective was applied to.
func (c *Machines) located(ctx context.Context, vm mo.VirtualMachine) (openstack.Server, error) {
	s, err := c.InstanceOf(ctx, vm)
	if err == nil {
		at := c.inventory.Hosts.Home(ctx, vm.Runtime.Host)
		s.Hypervisor, s.Host = at.Node, at.Host
		s.ActualZone = cmp.Or(c.inventory.ActualZone(ctx, s.Zone, s.Hypervisor), Unbound(s))
		c.match(ctx, &s)
	}
	return s, err
}

// VM reads the VM with the key's UUID. The managed object id saves the search; a VM that was registered again has another one.
func (c *Machines) VM(ctx context.Context, key Key, paths []string) (mo.VirtualMachine, error) {
	act := "reading the instance " + cmp.Or(key.ID, key.MoRef)
	if key.MoRef != "" {
		vm, err := c.shown(ctx, ref{Type: "VirtualMachine", Value: key.MoRef}, paths)
		switch {
		case err == nil && (key.ID == "" || strings.EqualFold(vm.Config.InstanceUuid, key.ID)):
			return c.Effective(ctx, vm)
		case err != nil && (!errors.Is(err, openstack.ErrNotFound) || key.ID == ""):
			return vm, faults.Explain(act, err)
		}
	}
	found, err := c.FindUUID(ctx, key.ID)
	if err != nil {
		return mo.VirtualMachine{}, faults.Explain(act, err)
	}
	vm, err := c.shown(ctx, found, paths)
	if err != nil {
		return vm, faults.Explain(act, err)
	}
	return c.Effective(ctx, vm)
}

// shown reads a VM and fails if vCenter does not show its configuration, as it does not while the host is disconnected.
func (c *Machines) shown(ctx context.Context, vm ref, paths []string) (mo.VirtualMachine, error) {
	machine, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, paths)
	if err == nil && machine.Config == nil {
		err = unshown(machine)
	}
	return machine, err
}

// unshown explains why a VM has no configuration. If its host is connected, it is still being made.
func unshown(vm mo.VirtualMachine) error {
	remedy := "bring its host back, then try again"
	if vm.Runtime.ConnectionState == types.VirtualMachineConnectionStateConnected {
		remedy = "it is still being cloned or registered; try again once that task has ended"
	}
	return fmt.Errorf("vCenter does not show the configuration of VM %s (connection state %s): %s", vm.Name, vm.Runtime.ConnectionState,
		remedy)
}

// FindUUID finds the VM with an instance UUID. It returns ErrNotFound if there is none.
func (c *Machines) FindUUID(ctx context.Context, id string) (ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return ref{}, err
	}
	res, err := methods.FindByUuid(ctx, vim, &types.FindByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
		InstanceUuid: types.NewBool(true)})
	if err != nil {
		return ref{}, err
	}
	if res.Returnval == nil {
		return ref{}, openstack.NotFound("no VM has the instance UUID %s", id)
	}
	return *res.Returnval, nil
}
