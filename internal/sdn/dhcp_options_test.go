// SPDX-License-Identifier: MPL-2.0

package sdn_test

import (
	"reflect"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// TestTellOptions: a guest is told the options of its static addresses, by names and by numbers, each for its IP version.
func TestTellOptions(t *testing.T) {
	t.Parallel()
	nic := openstack.NIC{MTU: 1500, Guest: []openstack.Lease{{Address: "10.0.0.5/24", Gateway: "10.0.0.1"}, {Address: "2001:db8::5/64"},
		{Address: "10.1.0.5/24", Asks: true}}}
	sdn.TellOptions(&nic, []openstack.DHCPOption{{Name: "mtu", Value: "1400", Version: 4}, {Name: "option:dns-server",
		Value: "10.0.0.2,10.0.0.3", Version: 4}, {Name: "23", Value: "2001:db8::53", Version: 6}, {Name: "3", Value: "10.0.0.9", Version: 4},
		{Name: "domain-search", Value: "example.org", Version: 4}, {Name: "121", Value: "10.9.0.0/16,10.0.0.7", Version: 4},
		{Name: "tftp-server", Value: "10.0.0.8", Version: 4}, {Name: "router", Value: "nobody", Version: 4}})
	want := openstack.NIC{MTU: 1400, DNSDomain: "example.org", Guest: []openstack.Lease{
		{Address: "10.0.0.5/24", Gateway: "10.0.0.9", DNS: []string{"10.0.0.2", "10.0.0.3"},
			Routes: []openstack.Route{{Destination: "10.9.0.0/16", NextHop: "10.0.0.7"}}},
		{Address: "2001:db8::5/64", DNS: []string{"2001:db8::53"}}, {Address: "10.1.0.5/24", Asks: true}}}
	if !reflect.DeepEqual(nic, want) {
		t.Errorf("the guest is told %+v, not %+v", nic, want)
	}
	for option, fails := range map[openstack.DHCPOption]bool{{Name: "mtu", Value: "67"}: true, {Name: "6", Value: "x"}: true,
		{Name: "121", Value: "10.0.0.0/8"}: true, {Name: "121", Value: "10.0.0.0/8 10.0.0.1"}: false, {Name: "15", Value: ""}: true,
		{Name: "tftp-server", Value: ""}: false} {
		if _, err := sdn.CheckDHCPOption(option); (err != nil) != fails {
			t.Errorf("%+v: %v", option, err)
		}
	}
}
