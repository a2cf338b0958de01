// SPDX-License-Identifier: MPL-2.0

// Package machine reads instances off their VMs, and changes a VM guarded by what was read: its records, what is pending for it in the
// catalogue, its power.
package machine

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Machines reads the instances of one datacenter off their VMs.
type Machines struct {
	// ClonesPatience is how long to wait for the clone of an instance whose creation was killed. Other clones may run all the time, and a
	// task does not tell what it makes: if the clone takes longer, the name that it has taken is met later.
	ClonesPatience time.Duration

	wire       *wire.Conn
	inventory  *inventory.Inventory
	records    *records.Stores
	flavors    *catalogue.Flavors
	networks   Networks
	rootFolder string // VM folder, path below the datacenter's; parent of the projects
	project    string // folder below it; empty: none

	attending   attendance
	novaFlavors wire.Lookup[[]openstack.Flavor] // for VMs that Nova made, read once
	sought      sync.Map                        // hints for which the catalogue was read again, as UUID/token
	refusing    atomic.Bool                     // the vCenter was seen to refuse extraConfig of a running VM
}

// attendance is what this process knows of instances and their VMs do not show: which are being made or destroyed, or are gone for good.
type attendance struct{ making, going, gone, awaited sync.Map } // by the instances' UUIDs

// New returns the Machines of a datacenter without reading any.
func New(conn *wire.Conn, at *inventory.Inventory, stores *records.Stores, flavors *catalogue.Flavors, networks Networks) *Machines {
	return &Machines{ClonesPatience: time.Minute, wire: conn, inventory: at, records: stores, flavors: flavors, networks: networks,
		rootFolder: at.Config.Folder, project: at.Config.Project}
}

// Telling takes lines about what an action is doing.
type Telling = func(format string, args ...any)
