// SPDX-License-Identifier: MPL-2.0

// Package records stores what a vCenter has no place for (flavors, key pairs, subnets, ports and others) as JSON values in the
// extraConfig of small VMs that are never powered on. It knows no nouns: what a record contains is up to its user.
package records

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Stores holds all records of one datacenter: those of the catalogue, and those of each network.
type Stores struct {
	Catalogue *Store

	wire        *wire.Conn
	placer      Placer
	by, version string // for marks

	written      atomic.Int64          // how many writes this process has made
	networks     sync.Map              // the *Store of each network, by its id
	networksOnce wire.Lookup[[]string] // the networks that had records when they were first listed
}

// Placer tells where the VMs that hold records are, and where to make a missing one.
type Placer interface {
	RecordsHome(ctx context.Context) (Datacenter, error)
	// Folder finds a VM folder by its path below the datacenter's, and makes a missing one if mayMake is true.
	Folder(ctx context.Context, path string, mayMake bool) (ref, error)
	// Place chooses where to make a VM that needs no disk space.
	Place(ctx context.Context) (VMPlace, error)
}

// Datacenter is a datacenter with its inventory path in the form that vCenter stores.
type Datacenter struct{ Name, Path string }

// VMPlace is where a VM is made. Host is nil if the vCenter chooses it.
type VMPlace struct {
	Pool      ref
	Host      *ref
	Datastore string // its name
}

// New prepares the records of a datacenter without reading any. by and version go into marks: who made an object, with which version of
// this provider.
func New(conn *wire.Conn, placer Placer, by, version string) *Stores {
	c := &Stores{wire: conn, placer: placer, by: by, version: version}
	c.Catalogue = newStore(c)
	return c
}
