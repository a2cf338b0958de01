// SPDX-License-Identifier: MPL-2.0

package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Networks holds the planned networks, by name and id.
type Networks = Set[openstack.Network]

// EveryNetwork is a key by which all networks are found: any of them may have a VLAN that another is to get. It is no name and no id.
const EveryNetwork = "\x00"

func newNetworks() *Networks {
	return NewSet(Kind[openstack.Network]{
		ID: func(n openstack.Network) string { return n.ID },
		Keys: func(n openstack.Network) []string {
			if n.Gateway != "" { // a tier-0 gateway is one external network
				return []string{n.Name, n.Gateway}
			}
			return []string{n.Name}
		},
		Finds: func(n openstack.Network) []string {
			if n.ID == "" {
				return []string{EveryNetwork}
			}
			return []string{EveryNetwork, n.ID}
		},
		Bare: func(n openstack.Network) openstack.Network {
			if n.AnyVLAN {
				n.VLAN = 0
			}
			return openstack.Network{Name: n.Name, VLAN: n.VLAN, AnyVLAN: n.AnyVLAN, Trunk: n.Trunk, Description: n.Description}
		},
		Meets: func(a, b openstack.Network) bool {
			return a.Name == b.Name && a.SwitchUUID == b.SwitchUUID || a.Gateway != "" && a.Gateway == b.Gateway
		},
	})
}
