// SPDX-License-Identifier: MPL-2.0

// Package machines simulates virtual machines where govmomi's simulator is lax. A file is called as the call or the rule that it holds:
// clone.go, reconfiguration.go, change_version.go, relocation.go.
package machines

import (
	"sync/atomic"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/devices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/disks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
)

// Machines are the virtual machines of a vCenter, and what they stand on.
type Machines struct {
	*base.Base
	guests   *guests.Guests
	clusters *clusters.Clusters
	devices  *devices.Devices
	disks    *disks.Disks
	Holds    *holds
	Advanced atomic.Int32 // an Advanced: what happens to advanced parameters of machines that are not off
}

// New prepares the machines of a vCenter.
func New(b *base.Base, g *guests.Guests, d *devices.Devices, f *disks.Disks, c *clusters.Clusters) *Machines {
	return &Machines{Base: b, guests: g, devices: d, disks: f, clusters: c, Holds: newHolds()}
}

// machineRules are those of VirtualMachine.
type machineRules struct {
	base.Receiver
	*Machines
}
