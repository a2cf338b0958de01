package switches

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"

// switches are the distributed switches of a vCenter.
type Switches struct {
	*base.Base
	Ports *Ports
}

func New(b *base.Base) *Switches { return &Switches{Base: b, Ports: newSwitchPorts()} }
