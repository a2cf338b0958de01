// SPDX-License-Identifier: MPL-2.0

// Package ports assigns ports to the NICs of instances, and frees them. A port holds the MAC, the addresses and the security groups of a
// NIC, and its place on the switch.
package ports

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Plugger plugs NICs into ports. Both fields are nil while the provider's configuration is unknown.
type Plugger struct {
	Client  *vcenter.Client
	Network sdn.Backend
}

// New returns a Plugger as one of the provider's clients: see crud.Clients.
func New(client *vcenter.Client, net sdn.Backend) any { return Plugger{client, net} }
