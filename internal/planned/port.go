// SPDX-License-Identifier: MPL-2.0

package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Ports holds the planned ports, by PortKeys.
type Ports = Set[openstack.Port]

func newPorts() *Ports {
	return NewSet(Kind[openstack.Port]{
		ID:   func(p openstack.Port) string { return p.ID },
		Keys: PortKeys,
		Bare: func(p openstack.Port) openstack.Port {
			bare := openstack.Port{NetworkID: p.NetworkID, Name: p.Name, MAC: p.MAC}
			for _, ip := range p.FixedIPs {
				bare.FixedIPs = append(bare.FixedIPs, openstack.FixedIP{Address: ip.Address})
			}
			return bare
		},
		Meets: func(openstack.Port, openstack.Port) bool { return true },
	})
}

// PortKeys returns what is unique to a port on its network: its addresses and its MAC, as far as they are known.
func PortKeys(p openstack.Port) (keys []string) {
	if p.MAC != "" {
		keys = append(keys, p.NetworkID+" mac "+p.MAC)
	}
	for _, ip := range p.FixedIPs {
		if ip.Address != "" {
			keys = append(keys, p.NetworkID+" ip "+ip.Address)
		}
	}
	return keys
}
