// SPDX-License-Identifier: MPL-2.0

// Package inventory finds things in a vCenter and places for new ones: the datacenter, folders, availability zones with their clusters,
// pools, datastores and policies, the hosts in them, and what is free of all this.
package inventory

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Config is where in a vCenter things are made. An empty optional field means that the object is searched for.
type Config struct {
	Server string // the vCenter's host or host:port

	Datacenter     string // name; empty: the only one
	Cluster        string // name; empty: the only one
	ResourcePool   string // name or path below the cluster; empty: the cluster's root pool
	Datastore      string // name; empty: by DatastoreRegex, most free space first
	DatastoreRegex string // matched at the start of the name, as in Nova
	Switch         string // name of the distributed switch that networks are made on; empty: the only one
	Folder         string // VM folder, path below the datacenter's; parent of the projects
	Project        string // folder below Folder; empty: none
	Zones          []Zone // availability zones besides nova, which the fields above describe
}

// Switches gives access to the datacenter's distributed switches.
type Switches interface {
	// Known returns the switches that have been listed, without a call.
	Known() []mo.DistributedVirtualSwitch
	// Find returns a switch by name or UUID, or for an empty name the one on which networks are made.
	Find(ctx context.Context, name string) (mo.DistributedVirtualSwitch, error)
}

type ref = types.ManagedObjectReference

// Inventory finds the objects of one datacenter. It looks up each once.
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

// New prepares an inventory without making a call.
func New(cfg Config, conn *wire.Conn, switches Switches, memory *planned.Memory) *Inventory {
	c := &Inventory{Config: cfg, Planned: memory, wire: conn, switches: switches}
	c.Places = newPlaces(c)
	c.Hosts = &Hosts{c: c}
	c.Nodes = &Nodes{c: c}
	c.Policies = &Policies{c: c}
	return c
}

// NodesChanged drops the cached compute nodes, after a task that may have started or moved something.
func (c *Inventory) NodesChanged() { c.Nodes.Invalidate() }
