// Package records keeps what a vCenter has no place for (flavors, key pairs, subnets, ports and others) as records: JSON values in the
// extraConfig of small VMs that are never powered on. It knows no noun; how a record looks is the business of whoever keeps it.
package records

import (
	"context"
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Stores are all records of one datacenter: those of the catalogue, and those of each network.
type Stores struct {
	Catalogue *Store

	wire        *wire.Conn
	placer      Placer
	by, version string // for marks

	networks     sync.Map              // the *Catalogue of each network, by its id
	networksOnce wire.Lookup[[]string] // the networks that have records, as found once
}

// Placer says where the VMs that hold records are, and where one that is missing is made.
type Placer interface {
	RecordsHome(ctx context.Context) (Datacenter, error)
	// Folder finds a VM folder by its path below the datacenter's, and makes one that is missing where it may.
	Folder(ctx context.Context, path string, mayMake bool) (ref, error)
	// Place chooses where a VM that needs no disk space is made.
	Place(ctx context.Context) (VMPlace, error)
}

// Datacenter is one with its inventory path as vCenter keeps it.
type Datacenter struct{ Name, Path string }

// VMPlace is where a VM is made. Host is nil where the vCenter chooses it.
type VMPlace struct {
	Pool      ref
	Host      *ref
	Datastore string // its name
}

// New prepares the records of a datacenter without reading any. Marks tell by whom and by which version of this provider something was
// made.
func New(conn *wire.Conn, placer Placer, by, version string) *Stores {
	c := &Stores{wire: conn, placer: placer, by: by, version: version}
	c.Catalogue = newStore(c)
	return c
}
