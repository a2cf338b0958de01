// SPDX-License-Identifier: MPL-2.0

// Package servers makes, changes, moves and destroys instances. Package machine reads them off their VMs.
package servers

import (
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/blocks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers/destruction"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

type ref = types.ManagedObjectReference

// Servers makes and changes the instances of one datacenter.
type Servers struct {
	*destruction.Destruction

	wire       *wire.Conn
	inventory  *inventory.Inventory
	networks   *network.Networks
	records    *records.Stores
	images     *image.Images
	labels     *catalogue.Labels
	names      *catalogue.Names
	machines   *machine.Machines
	rules      *affinity.Rules
	groups     *affinity.ServerGroups
	aggregates *affinity.Aggregates
	blocks     *blocks.Blocks
	owner      vmspec.Owner

	made     sync.Map // instance UUIDs that this process chose
	plugging sync.Map // the *socket of each instance whose interfaces this process changes, by its UUID
}

// Rooms are the services that Servers uses.
type Rooms struct {
	Wire       *wire.Conn
	Inventory  *inventory.Inventory
	Networks   *network.Networks
	Records    *records.Stores
	Images     *image.Images
	Labels     *catalogue.Labels
	Names      *catalogue.Names
	Machines   *machine.Machines
	Rules      *affinity.Rules
	Groups     *affinity.ServerGroups
	Aggregates *affinity.Aggregates
	Blocks     *blocks.Blocks
}

// New returns Servers that note owner on each instance. It calls nothing.
func New(with Rooms, owner vmspec.Owner) *Servers {
	return &Servers{Destruction: destruction.New(with.Wire, with.Inventory, with.Machines, with.Rules, with.Blocks),
		wire: with.Wire, inventory: with.Inventory, networks: with.Networks, records: with.Records, images: with.Images,
		labels: with.Labels, names: with.Names, machines: with.Machines, rules: with.Rules, groups: with.Groups,
		aggregates: with.Aggregates, blocks: with.Blocks, owner: owner}
}
