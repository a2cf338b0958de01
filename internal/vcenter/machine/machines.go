// Package machine reads instances off their virtual machines, and changes a machine as it was read: what is recorded on it, what waits for
// it in the catalogue, its power.
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

// Machines are the instances of one datacenter, as their VMs show them.
type Machines struct {
	// ClonesPatience is how long the clone of an instance is waited for whose creation was killed. Others may clone all the time, and a
	// task does not say what it makes: where it is longer under way, the name that it has taken is met later.
	ClonesPatience time.Duration

	wire       *wire.Conn
	inventory  *inventory.Inventory
	records    *records.Stores
	flavors    *catalogue.Flavors
	rootFolder string // VM folder, path below the datacenter's; parent of the projects
	project    string // folder below it; empty: none

	attending   attendance
	novaFlavors wire.Lookup[[]openstack.Flavor] // for machines that Nova made, as found once
	sought      sync.Map                        // what machines told of and the catalogue was read anew for, by their UUIDs and its token
	refusing    atomic.Bool                     // the vCenter was seen to refuse advanced parameters of a machine that runs
}

// attendance is what this process knows of instances that their machines do not show: which are being made, destroyed, or gone for good.
type attendance struct{ making, going, gone, awaited sync.Map } // by the instances' UUIDs

// New prepares the instances of a datacenter without reading any.
func New(conn *wire.Conn, at *inventory.Inventory, stores *records.Stores, flavors *catalogue.Flavors) *Machines {
	return &Machines{ClonesPatience: time.Minute, wire: conn, inventory: at, records: stores, flavors: flavors,
		rootFolder: at.Config.Folder, project: at.Config.Project}
}
