// SPDX-License-Identifier: MPL-2.0

// Package network handles the networks of a datacenter as its switches have them: portgroups, the ports of distributed switches, and the
// records of routers.
package network

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Networks are the networks of one datacenter.
type Networks struct {
	Inventory *inventory.Inventory
	Records   *records.Stores

	wire          *wire.Conn
	cloud         openstack.Cloud // nil: none
	defaultSwitch string          // the switch that networks are made on; empty: the only one
	networks      *networkCache

	segmentPatience time.Duration // how long vCenter may take to show what NSX has done to a segment

	bookings  sync.Map     // the *wire.Batch of each network whose ports are booked, by its id
	portsSeen sync.Map     // each a seenPort as last read, by the switch's UUID and the port's key
	portsTurn atomic.Int64 // how often this process has changed ports: an earlier seenPort is out of date
	portReads sync.Map     // the *wire.Batch of each switch whose ports are read, by its UUID
	absent    sync.Map     // the keys of portgroups for which the networks were listed again
	vlans     sync.Map     // the *switchVLANs of each switch, by its UUID
}

// New returns the Networks of a datacenter without reading any.
func New(conn *wire.Conn, at *inventory.Inventory, kept *records.Stores, cloud openstack.Cloud, defaultSwitch string) *Networks {
	c := &Networks{Inventory: at, Records: kept, wire: conn, cloud: cloud, defaultSwitch: defaultSwitch}
	c.segmentPatience = segmentPatience
	c.networks = &networkCache{c: c, changed: map[string]int{}}
	return c
}

// KnownSwitches returns the distributed switches that were listed before. It calls nothing.
func (c *Networks) KnownSwitches() []mo.DistributedVirtualSwitch { return c.networks.known() }

// NoteMembership notes that a host has become a member of a switch, or has left it.
func (c *Networks) NoteMembership(switchUUID string, host ref, member bool) {
	c.networks.joined(switchUUID, host, member)
}
