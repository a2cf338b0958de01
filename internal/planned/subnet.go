package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Subnets holds the planned subnets, by the id of their network.
type Subnets = Set[openstack.Subnet]

func newSubnets() *Subnets {
	return NewSet(Kind[openstack.Subnet]{
		ID:   func(s openstack.Subnet) string { return s.ID },
		Keys: func(s openstack.Subnet) []string { return []string{s.NetworkID} },
		Bare: func(s openstack.Subnet) openstack.Subnet {
			s.ID, s.Mark = "", nil
			return s
		},
		Meets: func(a, b openstack.Subnet) bool { return a.CIDR == b.CIDR },
	})
}
