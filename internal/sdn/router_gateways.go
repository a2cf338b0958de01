// SPDX-License-Identifier: MPL-2.0

package sdn

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// GatewayPort returns a router's gateway in the shape of a port of the external network, because both have their addresses there.
func GatewayPort(g openstack.RouterGateway) openstack.Port {
	return openstack.Port{ID: g.RouterID, NetworkID: g.NetworkID, Owner: openstack.OwnerRouterGateway, FixedIPs: g.FixedIPs, Mark: g.Mark}
}
