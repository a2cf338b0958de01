// SPDX-License-Identifier: MPL-2.0

// Package esx makes, changes and removes ESX hosts and their clusters.
package esx

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Nodes manages the ESX hosts and clusters of one datacenter.
type Nodes struct {
	Planned   *planned.Memory
	Records   *records.Stores
	Inventory *inventory.Inventory
	Networks  *network.Networks

	wire     *wire.Conn
	nodeBook *nodeBook
}

// New prepares the hosts and clusters of a datacenter without making a call.
func New(conn *wire.Conn, at *inventory.Inventory, networks *network.Networks, kept *records.Stores, memory *planned.Memory) *Nodes {
	return &Nodes{Planned: memory, Records: kept, Inventory: at, Networks: networks, wire: conn, nodeBook: newNodeBook()}
}
