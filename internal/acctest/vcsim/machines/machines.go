// Package machines simulates virtual machines where govmomi's simulator is lax. A file is called as the call or the rule that it holds:
// clone.go, reconfiguration.go, change_version.go, relocation.go.
package machines

import (
	"sync"
	"sync/atomic"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/devices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
)

// Machines are the virtual machines of a vCenter, and what they stand on.
type Machines struct {
	*base.Base
	guests   *guests.Guests
	clusters *clusters.Clusters
	devices  *devices.Devices
	Holds    *holds
	Advanced atomic.Int32 // an Advanced: what happens to advanced parameters of machines that are not off

	// storage is held while the simulator makes, changes or removes disks and files: it reads a whole datastore without
	// its lock, which the race detector reports when two machines do so at once. It is taken after a machine's own lock
	// and before a folder's.
	storage sync.Mutex
}

// New prepares the machines of a vCenter.
func New(b *base.Base, g *guests.Guests, d *devices.Devices, c *clusters.Clusters) *Machines {
	return &Machines{Base: b, guests: g, devices: d, clusters: c, Holds: newHolds()}
}

// machineRules are those of VirtualMachine.
type machineRules struct {
	base.Receiver
	*Machines
}
