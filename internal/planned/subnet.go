// SPDX-License-Identifier: MPL-2.0

package planned

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Subnets holds the planned subnets, by the ids of their network and of their subnet pool.
type Subnets = Set[openstack.Subnet]

func newSubnets() *Subnets {
	return NewSet(Kind[openstack.Subnet]{
		ID: func(s openstack.Subnet) string { return s.ID },
		Keys: func(s openstack.Subnet) []string {
			if s.PoolID == "" {
				return []string{s.NetworkID}
			}
			return []string{s.NetworkID, s.PoolID}
		},
		Bare: func(s openstack.Subnet) openstack.Subnet {
			s.ID, s.Mark, s.Project = "", nil, ""
			return s
		},
		Meets: func(a, b openstack.Subnet) bool { return a.CIDR == b.CIDR },
	})
}
