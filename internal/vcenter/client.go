// Package vcenter joins the rooms that speak to a vCenter. Its Client is their table of contents: one field a room, in OpenStack's nouns.
package vcenter

import (
	"context"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/esx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Client is one provider process's access to one vCenter, by its rooms. It logs in when first used.
// All methods of all rooms may be called concurrently.
type Client struct {
	Config  Config
	Planned *planned.Memory

	Records   *records.Stores      // what this vCenter has no place for
	Inventory *inventory.Inventory // where things are, and where they may go
	Networks  *network.Networks    // networks, switch ports and routers
	Nodes     *esx.Nodes           // ESX hosts and clusters, which others call compute nodes

	Images   *image.Images       // VM templates and content library items
	Flavors  *catalogue.Flavors  // records of the catalogue
	Labels   *catalogue.Labels   // tags of flavors on VMs
	KeyPairs *catalogue.KeyPairs // records of the catalogue
	Names    *catalogue.Names    // which names are taken

	Machines *machine.Machines // instances, as their VMs show them
	Servers  *servers.Servers  // instances made, changed, moved and destroyed
	Volumes  *volumes.Volumes  // first class disks

	Rules        *affinity.Rules        // DRS rules of clusters
	ServerGroups *affinity.ServerGroups // which instances run together or apart
	Aggregates   *affinity.Aggregates   // groups of hosts that flavors choose by

	wire *wire.Conn
}

// New prepares a client without asking the network anything.
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
	c.Machines = machine.New(c.wire, c.Inventory, c.Records, c.Flavors)
	c.Records.Catalogue.Sweep = c.Machines.Sweep
	c.Volumes = volumes.New(c.wire, c.Inventory, c.Records)
	c.Rules = affinity.NewRules(c.wire, c.Inventory, c.Records, c.Machines)
	c.ServerGroups = affinity.NewServerGroups(c.Rules, cfg.Planned)
	c.Aggregates = affinity.NewAggregates(c.Rules, cfg.Planned)
	c.Names = catalogue.NewNames(c.wire, c.Inventory, c.Records, cfg.Planned, c.KeyPairs, map[string]catalogue.Holder{
		planned.NamedServerGroup: c.ServerGroups.Holding, planned.NamedAggregate: affinity.AggregateNamed})
	c.Servers = servers.New(servers.Rooms{Wire: c.wire, Inventory: c.Inventory, Networks: c.Networks, Records: c.Records, Images: c.Images,
		Labels: c.Labels, Names: c.Names, Machines: c.Machines, Rules: c.Rules, Groups: c.ServerGroups, Aggregates: c.Aggregates}, cfg.owner())
	return c
}

// Home is the vCenter's own UUID, by which a state knows it again: its address and its certificate may change. It is learned at login.
func (c *Client) Home(ctx context.Context) (string, error) {
	return c.wire.ID(ctx)
}

// Address is how the vCenter is reached.
func (c *Client) Address() string { return c.Config.Server }

// Patience is how long one call may stay unanswered.
func (c *Client) Patience() time.Duration { return c.Config.APITimeout }

// Former is the UUID of the vCenter in whose place this one is.
func (c *Client) Former() string { return strings.ToLower(c.Config.Former) }

// Close ends the sessions that were opened. It gives up with the context.
func (c *Client) Close(ctx context.Context) error { return c.wire.Close(ctx) }

// switches are the datacenter's distributed switches, for those who place machines.
type switches struct{ c *Client }

// Known are those that have been listed, without asking for them.
func (s switches) Known() []mo.DistributedVirtualSwitch { return s.c.Networks.KnownSwitches() }

// Find gives one by its name or UUID, or the one to make networks on.
func (s switches) Find(ctx context.Context, name string) (mo.DistributedVirtualSwitch, error) {
	return s.c.Networks.FindSwitch(ctx, name)
}
