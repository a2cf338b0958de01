// Package inventory knows where in a vCenter things are, and where they may go: datacenter, folders, the availability zones with their
// clusters, pools, datastores and policies, the hosts in them, and what of all this is free.
package inventory

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Config is where in a vCenter things are made. Empty optional fields mean: find it.
type Config struct {
	Server string // the vCenter's host or host:port

	Datacenter     string // name; empty: the only one
	Cluster        string // name; empty: the only one
	ResourcePool   string // name or path below the cluster; empty: the cluster's root pool
	Datastore      string // name; empty: by DatastoreRegex, most free space first
	DatastoreRegex string // matched at the start of the name, as Nova does
	Switch         string // name of the distributed switch that networks are made on; empty: the only one
	Folder         string // VM folder, path below the datacenter's; parent of the projects
	Project        string // folder below Folder; empty: none
	Zones          []Zone // availability zones beside nova, which the fields above describe
}

// Switches are the datacenter's distributed switches.
type Switches interface {
	// Known are those that have been listed, without asking for them.
	Known() []mo.DistributedVirtualSwitch
	// Find gives one by its name or UUID, or the one to make networks on.
	Find(ctx context.Context, name string) (mo.DistributedVirtualSwitch, error)
}

// Inventory is one datacenter. What it finds it finds once.
type ref = types.ManagedObjectReference

type Inventory struct {
	Config  Config
	Planned *planned.Memory

	wire     *wire.Conn
	switches Switches

	Places   *Places
	Hosts    *Hosts
	Nodes    *Nodes
	Policies *Policies
}

// New prepares an inventory without asking for anything.
func New(cfg Config, conn *wire.Conn, switches Switches, memory *planned.Memory) *Inventory {
	c := &Inventory{Config: cfg, Planned: memory, wire: conn, switches: switches}
	c.Places = newPlaces(c)
	c.Hosts = &Hosts{c: c}
	c.Nodes = &Nodes{c: c}
	c.Policies = &Policies{c: c}
	return c
}

// NodesChanged has compute nodes read anew: a task was carried out, which may have started or moved something.
func (c *Inventory) NodesChanged() { c.Nodes.Invalidate() }
