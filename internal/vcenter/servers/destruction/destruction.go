// SPDX-License-Identifier: MPL-2.0

// Package destruction destroys instances, with what is their own and nothing else.
package destruction

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/blocks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Destruction destroys the instances of one datacenter.
type Destruction struct {
	wire      *wire.Conn
	inventory *inventory.Inventory
	machines  *machine.Machines
	rules     *affinity.Rules
	blocks    *blocks.Blocks
}

// New returns a Destruction. It calls nothing.
func New(conn *wire.Conn, at *inventory.Inventory, machines *machine.Machines, rules *affinity.Rules, disks *blocks.Blocks) *Destruction {
	return &Destruction{wire: conn, inventory: at, machines: machines, rules: rules, blocks: disks}
}
