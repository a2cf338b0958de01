package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Ports holds the ports that are planned, found by PortKeys.
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

// PortKeys are what no two ports of a network share: their addresses and their MAC, as far as they are known.
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
