// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestCheckDHCP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spoil       func(*openstack.Subnet)
		field, want string
	}{
		{func(s *openstack.Subnet) { s.Gateway = "" }, "enable_dhcp", "has no gateway"},
		{func(s *openstack.Subnet) { s.Gateway = "2001:db8::" }, "gateway_ip", "itself"},
		{func(s *openstack.Subnet) { s.DNS = []string{"9.9.9.9"} }, "dns_nameservers", "IPv6 only: remove 9.9.9.9"},
		{func(s *openstack.Subnet) {
			s.Routes = []openstack.Route{{Destination: "2001:db8:1::/64", NextHop: "2001:db8::9"}}
		},
			"host_route", "2001:db8:1::/64"},
	} {
		s := subnet6
		c.spoil(&s)
		refused(t, policy.CheckDHCP(s), c.field, c.want)
		if s.DHCP = false; policy.CheckDHCP(s) != nil {
			t.Errorf("without DHCP: %v", policy.CheckDHCP(s))
		}
	}
	for _, s := range []openstack.Subnet{subnet4, subnet6} {
		if err := policy.CheckDHCP(s); err != nil {
			t.Error(err)
		}
	}
}

func TestDHCPServerConfig(t *testing.T) {
	t.Parallel()
	equal(t, owner.DHCPServerConfig(openstack.Network{ID: segmentID, Name: "web"}, "/edge"), `{"display_name": "web",
		"edge_cluster_path": "/edge", "tags": [{"scope": "novasphere-id", "tag": "`+segmentID+`"},
		{"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}]}`)
}

func TestStaticBindings(t *testing.T) {
	t.Parallel()
	slaac := openstack.Subnet{ID: "auto", CIDR: "2001:db8:5::/64", DHCP: true, AddressMode: "slaac"}
	p := openstack.Port{ID: "p", MAC: "00:50:56:00:00:01", FixedIPs: []openstack.FixedIP{{SubnetID: "auto", Address: "2001:db8:5::5"},
		{SubnetID: "off", Address: "10.7.0.5"}, {SubnetID: "gone", Address: "10.8.0.5"}, {SubnetID: "s4", Address: "10.0.0.5"},
		{SubnetID: "s4", Address: "10.0.0.6"}, {SubnetID: "s6", Address: "2001:db8::5"}}}
	all := owner.StaticBindings(p, []openstack.Subnet{subnet4, subnet6, slaac, {ID: "off", CIDR: "10.7.0.0/24"}})
	equal(t, map[string]any{"all": all}, `{"all": [
		{"id": "p-ipv4", "resource_type": "DhcpV4StaticBindingConfig", "mac_address": "00:50:56:00:00:01", "ip_address": "10.0.0.5",
		"gateway_address": "10.0.0.1", "host_name": "host-10-0-0-5", "lease_time": 86400,
		"options": {"option121": {"static_routes": [{"network": "10.1.0.0/16", "next_hop": "10.0.0.9"},
		{"network": "0.0.0.0/0", "next_hop": "10.0.0.1"}]}},
		"tags": [{"scope": "novasphere-port", "tag": "p"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}]},
		{"id": "p-ipv6", "resource_type": "DhcpV6StaticBindingConfig", "mac_address": "00:50:56:00:00:01",
		"ip_addresses": ["2001:db8::5"], "dns_nameservers": ["2620:fe::9"], "lease_time": 86400,
		"tags": [{"scope": "novasphere-port", "tag": "p"}, {"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}]}]}`)

	o := asRead(t, all[0], all[0].ID, "")
	is, err := owner.MergeStaticBinding(o, all[0])
	unchanged(t, is, err)
	p.DNSName, p.FixedIPs[3].Address = "db", "10.0.0.7"
	is, err = owner.MergeStaticBinding(o, owner.StaticBindings(p, []openstack.Subnet{subnet4})[0])
	changed(t, is, err)
	if o["ip_address"] != "10.0.0.7" || o["host_name"] != "db" {
		t.Errorf("the binding is %v", o)
	}
	delete(o, "tags")
	if _, err := owner.MergeStaticBinding(o, all[0]); err == nil || o["ip_address"] != "10.0.0.7" {
		t.Errorf("a static binding of somebody else's was changed: %v", err)
	}
}
