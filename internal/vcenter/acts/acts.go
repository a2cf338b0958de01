// SPDX-License-Identifier: MPL-2.0

// Package acts does to an instance or a compute node what leaves its configuration as it is: reboots, power, migrations, evacuations, and
// reading what the guest has written to its serial port.
package acts

import (
	"context"

	"github.com/vmware/govmomi/vim25/types"

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
	_, _, err := c.machines.Actable(ctx, id)
	return err
}

// underway counts an action on a VM among the operations whose reads are batched.
func (c *Acts) underway(ctx context.Context) (context.Context, func()) {
	return c.wire.BeginOperation(ctx)
}
