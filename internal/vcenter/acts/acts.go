// SPDX-License-Identifier: MPL-2.0

// Package acts does to an instance or a compute node what leaves its configuration as it is: reboots, power, migrations, evacuations, and
// reading what the guest has written to its serial port.
package acts

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/esx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Acts acts on the instances and compute nodes of one datacenter.
type Acts struct {
	wire      *wire.Conn
	inventory *inventory.Inventory
	machines  *machine.Machines
	servers   *servers.Servers
	nodes     *esx.Nodes
}

// New returns Acts. It calls nothing.
func New(conn *wire.Conn, at *inventory.Inventory, machines *machine.Machines, all *servers.Servers, nodes *esx.Nodes) *Acts {
	return &Acts{wire: conn, inventory: at, machines: machines, servers: all, nodes: nodes}
}

// CheckInstance refuses an id that is no instance's, and an instance on which nothing can be done. Whether it runs may change before the
// action is invoked, so that is not looked at.
func (c *Acts) CheckInstance(ctx context.Context, id string) error {
	_, _, err := c.instance(ctx, id)
	return err
}

// instance reads the instance that an action is for, in whatever folder it lies. A VM that is nobody's instance is refused: an id that was
// copied from somewhere else must not stop a machine of others.
func (c *Acts) instance(ctx context.Context, id string) (mo.VirtualMachine, openstack.Server, error) {
	if _, err := uuid.Parse(id); err != nil {
		return mo.VirtualMachine{}, openstack.Server{}, openstack.AttributeErrorf("instance_id", "%w", machine.NotAnID(id))
	}
	vm, err := c.machines.VM(ctx, machine.Key{ID: strings.ToLower(id)}, machine.WholePaths)
	if errors.Is(err, openstack.ErrNotFound) {
		err = openstack.AttributeErrorf("instance_id", "%w", err)
	}
	if err != nil {
		return vm, openstack.Server{}, err
	}
	s, err := c.machines.InstanceOf(ctx, vm)
	if err == nil {
		err = able(vm, s)
	}
	return vm, s, err
}

// able returns why nothing can be done on a VM; nil if it can.
func able(vm mo.VirtualMachine, s openstack.Server) error {
	switch {
	case s.Stuck != "":
		return openstack.AttributeErrorf("instance_id", "%s %s", vm.Name, s.Stuck)
	case s.CopyOf != "":
		return openstack.AttributeErrorf("instance_id", "the VM %s is a copy of the instance %s and bears its record: an action is only done "+
			"to an instance. Import it, and let its resource record it by a change, or act on it in vCenter", vm.Name, s.CopyOf)
	case !machine.Recognised(vm):
		return openstack.AttributeErrorf("instance_id", "neither this provider nor Nova has recorded an instance on the VM %s, and an action "+
			"is only done to an instance. Import it, and let its resource record it by a change, or act on it in vCenter", vm.Name)
	case s.Unfinished:
		return openstack.AttributeErrorf("instance_id", "the creation of %s was interrupted before its first start: apply its resource first, "+
			"which completes it", s.Name)
	}
	return nil
}

// underway counts an action on a VM among the operations whose reads are batched.
func (c *Acts) underway(ctx context.Context) (context.Context, func()) {
	return c.wire.BeginOperation(ctx)
}
