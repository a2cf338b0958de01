package vcsim

import (
	"sync"
	"sync/atomic"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
)

// machines are the virtual machines of a vCenter, and what they stand on.
type machines struct {
	*base.Base
	guests   *guests.Guests
	clusters *clusters.Clusters
	devices  *devices
	holds    *holds
	advanced atomic.Int32 // an Advanced: what happens to advanced parameters of machines that are not off

	// storage is held while the simulator makes, changes or removes disks and files: it reads a whole datastore without
	// its lock, which the race detector reports when two machines do so at once. It is taken after a machine's own lock
	// and before a folder's.
	storage sync.Mutex
}

func newMachines(b *base.Base, g *guests.Guests, d *devices, c *clusters.Clusters) *machines {
	return &machines{Base: b, guests: g, devices: d, clusters: c, holds: newHolds()}
}
