// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestAddressBindings(t *testing.T) {
	t.Parallel()
	const own, other, local = "00:50:56:00:00:01", "00:50:56:00:00:0a", "fe80::250:56ff:fe00:1"
	type bindings []policy.AddressBinding
	for name, c := range map[string]struct {
		fixed []string
		pairs []openstack.AddressPair
		want  bindings
	}{
		"no address": {nil, nil, nil},
		"one link-local address for two of IPv6": {[]string{"2001:db8::5", "2001:db8::6"}, nil,
			bindings{{"2001:db8::5", own}, {local, own}, {"2001:db8::6", own}}},
		"pairs": {[]string{"10.0.0.5"}, []openstack.AddressPair{{Address: "10.0.0.6"}, {Address: "10.0.0.5", MAC: "00:50:56:00:00:0A"}},
			bindings{{"10.0.0.5", own}, {"10.0.0.6", own}, {"10.0.0.5", other}}},
		"host bits are dropped": {nil, []openstack.AddressPair{{Address: "10.0.0.5/24"}, {Address: "2001:db8::5/64"}},
			bindings{{"10.0.0.0/24", own}, {"2001:db8::/64", own}}},
		"a range of one address": {nil, []openstack.AddressPair{{Address: "10.0.0.5/32"}}, bindings{{"10.0.0.5", own}}},
		"inside a range":         {[]string{"10.0.0.5"}, []openstack.AddressPair{{Address: "10.0.0.0/28"}}, bindings{{"10.0.0.0/28", own}}},
		"inside another's MAC's": {[]string{"10.0.0.5"}, []openstack.AddressPair{{Address: "10.0.0.0/28", MAC: other}},
			bindings{{"10.0.0.5", own}, {"10.0.0.0/28", other}}},
		"twice":             {[]string{"10.0.0.5"}, []openstack.AddressPair{{Address: "10.0.0.5"}}, bindings{{"10.0.0.5", own}}},
		"ranges in a range": {nil, []openstack.AddressPair{{Address: "10.0.0.0/28"}, {Address: "10.0.0.0/24"}}, bindings{{"10.0.0.0/24", own}}},
	} {
		p := openstack.Port{MAC: own, AllowedPairs: c.pairs}
		for _, address := range c.fixed {
			p.FixedIPs = append(p.FixedIPs, openstack.FixedIP{Address: address})
		}
		if got, err := policy.AddressBindings(p); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
}

func TestAddressBindingsRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0", "0.0.0.0/0", "::", "::/0", "127.0.0.0/8", "::1"} {
		_, err := policy.AddressBindings(openstack.Port{AllowedPairs: []openstack.AddressPair{{Address: address}}})
		refused(t, err, "allowed_address_pairs", "NSX binds no port to "+address)
	}
	_, err := policy.AddressBindings(openstack.Port{AllowedPairs: []openstack.AddressPair{{Address: "nonsense"}}})
	refused(t, err, "allowed_address_pairs", "nonsense")
	_, err = policy.AddressBindings(openstack.Port{FixedIPs: []openstack.FixedIP{{Address: "nonsense"}}})
	refused(t, err, "fixed_ip", "nonsense")
}

func TestAddressBindingsAreFew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format string
		most   int
	}{{"10.0.0.%d", 128}, {"2001:db8::1%x", 14}} { // beside the port's own link-local address
		p := openstack.Port{MAC: "00:50:56:00:00:01"}
		for i := range c.most + 1 {
			if i == c.most {
				if _, err := policy.AddressBindings(p); err != nil {
					t.Errorf("the most that NSX allows: %v", err)
				}
			}
			p.FixedIPs = append(p.FixedIPs, openstack.FixedIP{Address: fmt.Sprintf(c.format, i)})
		}
		_, err := policy.AddressBindings(p)
		refused(t, err, "allowed_address_pairs", "NSX allows 128 and 15")
	}
}

func TestShrinks(t *testing.T) {
	t.Parallel()
	o := object(t, `{"address_bindings": [{"ip_address": "10.0.0.5", "mac_address": "00:50:56:00:00:0A"}]}`)
	is := policy.AddressBinding{IPAddress: "10.0.0.5", MACAddress: "00:50:56:00:00:0a"}
	if policy.Shrinks(o, []policy.AddressBinding{is, {IPAddress: "10.0.0.6"}}) {
		t.Error("an address that is added counts as taken away")
	}
	if !policy.Shrinks(o, nil) || !policy.Shrinks(o, []policy.AddressBinding{{IPAddress: "10.0.0.6"}}) {
		t.Error("an address that is taken away is not seen")
	}
}
