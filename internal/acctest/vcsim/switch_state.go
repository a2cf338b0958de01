package vcsim

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// switches are the distributed switches of a vCenter.
type switches struct {
	*base.Base
	ports *switchPorts
}

func newSwitches(b *base.Base) *switches { return &switches{Base: b, ports: newSwitchPorts()} }
