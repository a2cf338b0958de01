// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"net/netip"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// SubnetPools holds the planned subnet pools, by their address scope, and the default ones under a key of their own.
type SubnetPools = Set[openstack.SubnetPool]

// defaultPool is the key of the default pools.
const defaultPool = "default"

func newSubnetPools() *SubnetPools {
	return NewSet(Kind[openstack.SubnetPool]{
		ID: func(p openstack.SubnetPool) string { return p.ID },
		Keys: func(p openstack.SubnetPool) (keys []string) {
			if p.ScopeID != "" {
				keys = append(keys, p.ScopeID)
			}
			if p.Default {
				keys = append(keys, defaultPool)
			}
			return keys
		},
		Bare: func(p openstack.SubnetPool) openstack.SubnetPool {
			p.ID, p.Mark, p.Project, p.Revision, p.Updated = "", nil, "", 0, time.Time{}
			return p
		},
		Meets: func(a, b openstack.SubnetPool) bool {
			return a.ScopeID == b.ScopeID && slices.ContainsFunc(a.Prefixes, func(one string) bool {
				return slices.ContainsFunc(b.Prefixes, func(other string) bool { return overlap(one, other) })
			})
		},
	})
}

// overlap reports whether two ranges share addresses.
func overlap(a, b string) bool {
	one, err1 := netip.ParsePrefix(a)
	other, err2 := netip.ParsePrefix(b)
	return err1 == nil && err2 == nil && one.Overlaps(other)
}
