// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Fill fills a NIC from its network, its port and the port's subnets: MAC, addresses, MTU, name servers, routes.
func (r Plugger) Fill(nic *openstack.NIC, network openstack.Network, port openstack.Port, subnets []openstack.Subnet) {
	nic.MTU, nic.DNSDomain = network.GuestMTU(), network.DNSDomain
	nic.Port, nic.MAC, nic.Named, nic.SwitchPort = port.ID, port.MAC, !port.Implicit, port.SwitchPort
	nic.Attachment = port.Attachment
	nic.Fixed, nic.Claimed, nic.Guest, nic.DNSName = nil, nil, nil, port.DNSName
	for _, ip := range port.FixedIPs {
		at := slices.IndexFunc(subnets, func(s openstack.Subnet) bool { return s.ID == ip.SubnetID })
		if at < 0 {
			continue
		}
		lease := sdn.LeaseOf(subnets[at], ip.Address)
		if sdn.Unresolved(subnets[at]) {
			lease.DNS = r.Network.Resolvers()
		}
		if nic.Guest = append(nic.Guest, lease); lease.Asks {
			nic.Claimed = append(nic.Claimed, ip.Address)
		} else {
			nic.Fixed = append(nic.Fixed, ip.Address)
		}
	}
	sdn.TellOptions(nic, port.DHCPOptions)
}
