// SPDX-License-Identifier: MPL-2.0

// Package switches simulates distributed switches where govmomi's simulator is lax: portgroups and their versions, ports and their
// overrides, traffic rules, the hosts that are members, and the segments that NSX puts onto them.
package switches

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// Switches are the distributed switches of a vCenter.
type Switches struct {
	*base.Base
	Ports    *Ports
	Segments *Segments
}

// New prepares the switches of a vCenter.
func New(b *base.Base) *Switches {
	return &Switches{Base: b, Ports: newSwitchPorts(), Segments: newSegments()}
}

// switchRules are those of DistributedVirtualSwitch.
type switchRules struct {
	base.Receiver
	*Switches
}

// portgroupRules are those of DistributedVirtualPortgroup.
type portgroupRules struct {
	base.Receiver
	*Switches
}

// ipPoolRules are those of IpPoolManager.
type ipPoolRules struct {
	base.Receiver
}
