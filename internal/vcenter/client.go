// SPDX-License-Identifier: MPL-2.0

// Package vcenter joins the packages that speak to a vCenter. Its Client has one field for each, named by OpenStack's nouns.
package vcenter

import (
	"context"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/acts"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/attachments"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/blocks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/esx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/rescue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/shelving"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/snapshots"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Client is one provider process's access to one vCenter. It logs in when first used. All methods of all its fields may be called
// concurrently.
type Client struct {
	Config  Config
	Planned *planned.Memory

	Records   *records.Stores      // objects that vCenter has no place for
	Inventory *inventory.Inventory // where things are, and where instances may go
	Networks  *network.Networks    // networks, switch ports and routers
	Nodes     *esx.Nodes           // ESX hosts and clusters, as compute nodes

	Images   *image.Images       // VM templates and content library items
	Flavors  *catalogue.Flavors  // records of the catalogue
	Labels   *catalogue.Labels   // tags of flavors on VMs
	KeyPairs *catalogue.KeyPairs // records of the catalogue
	Names    *catalogue.Names    // which names are taken

	Machines *machine.Machines // instances as read off their VMs
	Servers  *servers.Servers  // instances to make, change, move and destroy
	Volumes  *volumes.Volumes  // first class disks

	Acts      *acts.Acts           // what is done to instances and compute nodes and leaves their configuration
	Rescue    *rescue.Rescue       // instances that start from an image's disk for a while
	Snapshots *snapshots.Snapshots // of instances
	Shelving  *shelving.Shelving   // puts instances away, and brings them back

	Attachments *attachments.Attachments // volumes on machines
	Blocks      *blocks.Blocks           // volumes of instances' block_device blocks

	Rules        *affinity.Rules        // DRS rules of clusters
	ServerGroups *affinity.ServerGroups // which instances run together or apart
	Aggregates   *affinity.Aggregates   // groups of hosts that flavors choose by

	wire *wire.Conn
}

// New returns a client without calling the network.
func New(cfg Config) *Client {
	if cfg.APITimeout == 0 {
		cfg.APITimeout = 5 * time.Minute
	}
	if cfg.Planned == nil {
		cfg.Planned = planned.New()
	}
	c := &Client{Config: cfg, Planned: cfg.Planned}
	c.wire = wire.New(cfg.connection(), func() { c.Inventory.NodesChanged(); c.Volumes.Changed() })
	c.Inventory = inventory.New(cfg.inventory(), c.wire, switches{c}, cfg.Planned)
	c.Records = records.New(c.wire, c.Inventory.Places, cfg.by(), cfg.Version)
	c.Networks = network.New(c.wire, c.Inventory, c.Records, cfg.Cloud, cfg.Switch)
	c.Nodes = esx.New(c.wire, c.Inventory, c.Networks, c.Records, cfg.Planned)
	c.Images = image.New(c.wire, c.Inventory, c.Records, cfg.Cloud)
	c.Flavors = catalogue.NewFlavors(c.wire, c.Records, cfg.Cloud, cfg.Planned)
	c.Labels = catalogue.NewLabels(c.Flavors)
	c.KeyPairs = catalogue.NewKeyPairs(c.Records, cfg.Cloud, cfg.Planned)
	c.Machines = machine.New(c.wire, c.Inventory, c.Records, c.Flavors, c.Networks)
	c.Records.Catalogue.Sweep = func(all records.Set) { c.Machines.Sweep(all); c.Images.Sweep(all) }
	c.Volumes = volumes.New(c.wire, c.Inventory, c.Records, c.Images)
	c.Attachments = attachments.New(c.wire, c.Machines, c.Volumes)
	c.Blocks = blocks.New(c.wire, c.Inventory, c.Volumes, c.Attachments)
	c.Rules = affinity.NewRules(c.wire, c.Inventory, c.Records, c.Machines)
	c.ServerGroups = affinity.NewServerGroups(c.Rules, cfg.Planned)
	c.Aggregates = affinity.NewAggregates(c.Rules, cfg.Planned)
	c.Names = catalogue.NewNames(c.wire, c.Inventory, c.Records, cfg.Planned, c.KeyPairs, map[string]catalogue.Holder{
		planned.NamedServerGroup: c.ServerGroups.Holding, planned.NamedAggregate: affinity.AggregateNamed})
	c.Servers = servers.New(servers.Rooms{Wire: c.wire, Inventory: c.Inventory, Networks: c.Networks, Records: c.Records, Images: c.Images,
		Labels: c.Labels, Names: c.Names, Machines: c.Machines, Rules: c.Rules, Groups: c.ServerGroups, Aggregates: c.Aggregates,
		Blocks: c.Blocks}, cfg.owner())
	c.Acts = acts.New(c.wire, c.Inventory, c.Machines, c.Servers, c.Nodes)
	c.Rescue = rescue.New(c.wire, c.Inventory, c.Machines, c.Images)
	c.Snapshots = snapshots.New(c.wire, c.Machines)
	c.Shelving = shelving.New(c.wire, c.Machines)
	return c
}

// Home returns the vCenter's own UUID, learned at login. It identifies the vCenter in a state, since address and certificate may change.
func (c *Client) Home(ctx context.Context) (string, error) {
	return c.wire.ID(ctx)
}

// Datacenter returns the managed object id of the datacenter, which is looked up once.
func (c *Client) Datacenter(ctx context.Context) (moref string, err error) {
	dc, err := c.Inventory.Places.Datacenter(ctx)
	return dc.Self.Value, err
}

// Address returns the vCenter's address as configured.
func (c *Client) Address() string { return c.Config.Server }

// Patience returns how long one call may stay unanswered.
func (c *Client) Patience() time.Duration { return c.Config.APITimeout }

// Former returns the UUID of the vCenter that this one replaces; empty: none.
func (c *Client) Former() string { return strings.ToLower(c.Config.Former) }

// Close ends the sessions that were opened. It gives up with the context.
func (c *Client) Close(ctx context.Context) error { return c.wire.Close(ctx) }

// switches gives package inventory the datacenter's distributed switches.
type switches struct{ c *Client }

// Known returns the switches that were listed before. It calls nothing.
func (s switches) Known() []mo.DistributedVirtualSwitch { return s.c.Networks.KnownSwitches() }

// Find returns the switch with a name or UUID; empty: the one to make networks on.
func (s switches) Find(ctx context.Context, name string) (mo.DistributedVirtualSwitch, error) {
	return s.c.Networks.FindSwitch(ctx, name)
}
