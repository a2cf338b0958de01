// Package ports gives the NICs of instances their ports, and takes them away. A port has the MAC, the addresses and the security groups of
// a NIC, and its place on the switch.
package ports

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Plugger plugs NICs into ports, with the vCenter and the network service. Both are nil while the provider's configuration is not known.
type Plugger struct {
	Client  *vcenter.Client
	Network sdn.Backend
}

// New is a Plugger as one of the provider's clients: see crud.Clients.
func New(client *vcenter.Client, net sdn.Backend) any { return Plugger{client, net} }
