package ports

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Plugger plugs NICs into ports: with the vCenter, and the network service. Both are nil while the provider's configuration is
// not known.
type Plugger struct {
	Client  *vcenter.Client
	Network sdn.Backend
}

// New hands one to the NICs that are plugged in beside those of an instance's own blocks.
func New(client *vcenter.Client, net sdn.Backend) any { return Plugger{client, net} }
