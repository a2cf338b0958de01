// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// What OpenStack chooses by itself is in the old state whether it was written or not: it is left out, and values that differ from it are
// kept.
func TestSubnetOnce(t *testing.T) {
	t.Parallel()
	pool := func(start, end string) []any { return []any{map[string]any{"start": start, "end": end}} }
	for name, c := range map[string]struct {
		old   crud.PriorState
		pools []openstack.AddressPool
	}{
		"all but the gateway": {crud.PriorState{"cidr": "10.0.0.0/24", "gateway_ip": "10.0.0.1",
			"allocation_pool": pool("10.0.0.2", "10.0.0.254")}, nil},
		"all, without a gateway": {crud.PriorState{"cidr": "10.0.0.0/24", "gateway_ip": "", "allocation_pool": pool("10.0.0.1", "10.0.0.254")},
			nil},
		"some": {crud.PriorState{"cidr": "10.0.0.0/24", "gateway_ip": "10.0.0.1",
			"allocation_pool": pool("10.0.0.2", "10.0.0.99")}, []openstack.AddressPool{{Start: "10.0.0.2", End: "10.0.0.99"}}},
		"some, under an old name": {crud.PriorState{"cidr": "10.0.0.0/24", "gateway_ip": "10.0.0.1",
			"allocation_pools": pool("10.0.0.2", "10.0.0.99")}, []openstack.AddressPool{{Start: "10.0.0.2", End: "10.0.0.99"}}},
		"of a range that is none": {crud.PriorState{"cidr": "nonsense", "allocation_pool": pool("10.0.0.2", "10.0.0.99")},
			[]openstack.AddressPool{{Start: "10.0.0.2", End: "10.0.0.99"}}},
	} {
		m, err := subnetFromPriorState(c.old)
		var have []openstack.AddressPool
		for _, p := range m.pools() {
			have = append(have, openstack.AddressPool{Start: p.Start.ValueString(), End: p.End.ValueString()})
		}
		if err != nil || !slices.Equal(have, c.pools) {
			t.Errorf("%s: the pools are %v, not %v: %v", name, have, c.pools, err)
		}
	}
	routed, _ := subnetFromPriorState(crud.PriorState{"host_routes": []any{map[string]any{"destination_cidr": "10.1.0.0/24",
		"next_hop": "10.0.0.9"}}})
	if all := routed.routes(); len(all) != 1 || all[0].NextHop.ValueString() != "10.0.0.9" {
		t.Errorf("the routes are %v", all)
	}
}

// A pool keeps what OpenStack chose for it, and a subnet of it its pool; a length of 0 is unset.
func TestSubnetPoolOnce(t *testing.T) {
	t.Parallel()
	p, err := subnetPoolFromPriorState(crud.PriorState{"id": "p", "name": "four", "prefixes": []any{"10.0.0.0/24", "10.0.1.0/24"},
		"min_prefixlen": 8.0, "max_prefixlen": 32.0, "default_prefixlen": 26.0, "default_quota": 0.0, "is_default": true,
		"created_at": "2024-01-02T03:04:05Z"})
	whole, wrong := p.checked()
	if err != nil || wrong != nil || !slices.Equal(whole.Prefixes, []string{"10.0.0.0/23"}) || whole.Length != 26 || !whole.Default {
		t.Errorf("the pool is %+v: %v, %v", whole, err, wrong)
	}
	now := p.with(whole)
	if !now.Prefixes.Equal(p.Prefixes) || !now.Quota.IsNull() || !now.Created.Equal(p.Created) {
		t.Errorf("the prefixes are %v, the quota is %v, and it was made at %v", now.Prefixes, now.Quota, now.Created)
	}
	s, err := subnetFromPriorState(crud.PriorState{"cidr": "10.0.0.0/26", "subnetpool_id": "p", "prefix_length": 0.0})
	if err != nil || s.PoolID.ValueString() != "p" || !s.PrefixLength.IsNull() {
		t.Errorf("the subnet is of the pool %v, with the length %v: %v", s.PoolID, s.PrefixLength, err)
	}
}

// Ports of a rule that are 0 are unset.
func TestSecgroupRuleOnce(t *testing.T) {
	t.Parallel()
	none, _ := secgroupRuleFromPriorState(crud.PriorState{"port_range_min": 0.0, "port_range_max": 0.0})
	some, _ := secgroupRuleFromPriorState(crud.PriorState{"port_range_min": 80.0, "port_range_max": "443"})
	if !none.PortMin.IsNull() || !none.PortMax.IsNull() || some.PortMin.ValueInt64() != 80 || some.PortMax.ValueInt64() != 443 {
		t.Errorf("the ports are %v to %v, and %v to %v", none.PortMin, none.PortMax, some.PortMin, some.PortMax)
	}
}

// Neutron's ids do not look like those of a vCenter.
func TestNeutronID(t *testing.T) {
	t.Parallel()
	for id, is := range map[string]bool{"ffd243ec-d54e-416c-b6db-e26803d9c105": true, "dvportgroup-12": false, "": false, "ffd243ec": false} {
		if neutronID(id) != is {
			t.Errorf("%q is Neutron's: %v", id, !is)
		}
	}
}
