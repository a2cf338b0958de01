// Package servers makes, changes, moves and destroys instances. How one is read off its machine is package machine's.
package servers

import (
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

type ref = types.ManagedObjectReference

// Servers are the instances of one datacenter, to be made and changed.
type Servers struct {
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
	owner      vmspec.Owner

	made     sync.Map // instance UUIDs that this process chose
	plugging sync.Map // the *socket of each instance whose interfaces this process looks after, by its UUID
}

// Rooms are what instances are made with.
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
}

// New prepares for instances to be made, with owner noted on each, without asking for anything.
func New(with Rooms, owner vmspec.Owner) *Servers {
	return &Servers{wire: with.Wire, inventory: with.Inventory, networks: with.Networks, records: with.Records, images: with.Images,
		labels: with.Labels, names: with.Names, machines: with.Machines, rules: with.Rules, groups: with.Groups,
		aggregates: with.Aggregates, owner: owner}
}
