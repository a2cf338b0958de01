// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

var (
	subnet4 = openstack.Subnet{ID: "s4", CIDR: "10.0.0.0/24", Gateway: "10.0.0.1", DHCP: true, DNS: []string{"9.9.9.9"},
		Routes: []openstack.Route{{Destination: "10.1.0.0/16", NextHop: "10.0.0.9"}}}
	subnet6 = openstack.Subnet{ID: "s6", CIDR: "2001:db8::/64", Gateway: "2001:db8::1", DHCP: true, DNS: []string{"2620:fe::9"},
		AddressMode: "dhcpv6-stateful"}
)

// entry is the entry of a subnet that NSX takes.
func entry(t *testing.T, s openstack.Subnet, server string) policy.SegmentSubnet {
	t.Helper()
	e, err := policy.SegmentSubnetOf(s, server)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSegmentSubnet(t *testing.T) {
	t.Parallel()
	equal(t, entry(t, subnet4, ""), `{"gateway_address": "10.0.0.1/24"}`)
	equal(t, entry(t, subnet4, "10.0.0.2"), `{"gateway_address": "10.0.0.1/24", "dhcp_config": {"resource_type": "SegmentDhcpV4Config",
		"server_address": "10.0.0.2/24", "dns_servers": ["9.9.9.9"], "lease_time": 86400, "options": {"option121": {"static_routes": [
		{"network": "10.1.0.0/16", "next_hop": "10.0.0.9"}, {"network": "0.0.0.0/0", "next_hop": "10.0.0.1"}]}}}}`)
	equal(t, entry(t, subnet6, "2001:db8::2"), `{"gateway_address": "2001:db8::1/64", "dhcp_config": {"resource_type":
		"SegmentDhcpV6Config", "server_address": "2001:db8::2/64", "dns_servers": ["2620:fe::9"], "lease_time": 86400}}`)
}

func TestSegmentSubnetRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cidr, gateway, server, field, want string }{
		{"10.0.0.0/24", "", "", "gateway_ip", "has no gateway"},
		{"10.0.0.0/24", "nonsense", "", "gateway_ip", "is not an IP address"},
		{"10.0.0.0/24", "10.0.1.1", "", "gateway_ip", "lies outside the subnet 10.0.0.0/24"},
		{"2001:db8::/64", "fe80::1", "", "gateway_ip", "lies outside"},
		{"2001:db8::/64", "2001:db8::", "", "gateway_ip", "the address of the network 2001:db8::/64 itself"},
		{"10.0.0.0/31", "10.0.0.0", "", "gateway_ip", "itself"},
		{"10.0.0.0/24", "10.0.0.1", "10.0.1.2", "enable_dhcp", "10.0.1.2 lies outside"},
		{"10.0.0.0/24", "10.0.0.1", "10.0.0.1", "enable_dhcp", "cannot have the gateway's address"},
		{"10.0.0.0/24", "10.0.0.1", "nonsense", "enable_dhcp", "no IP address"},
		{"nonsense", "10.0.0.1", "", "cidr", "not a range"},
	} {
		_, err := policy.SegmentSubnetOf(openstack.Subnet{CIDR: c.cidr, Gateway: c.gateway}, c.server)
		refused(t, err, c.field, c.want)
	}
}

func TestOnlyOneSubnetOfAVersionIsServed(t *testing.T) {
	t.Parallel()
	second := openstack.Subnet{ID: "x", CIDR: "10.9.0.0/24"}
	refused(t, policy.CheckOnlyOne(second, []openstack.Subnet{subnet6, subnet4}), "network_id", "10.0.0.0/24")
	for name, served := range map[string][]openstack.Subnet{"the other version": {subnet6}, "itself": {second}, "none": nil} {
		if err := policy.CheckOnlyOne(second, served); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	planned := openstack.Subnet{CIDR: "10.9.0.0/24"}
	refused(t, policy.CheckOnlyOne(planned, []openstack.Subnet{{CIDR: "10.8.0.0/24"}}), "network_id", "10.8.0.0/24")
}

func TestMergeSubnet(t *testing.T) {
	t.Parallel()
	const server = "/infra/dhcp-server-configs/n"
	o := asRead(t, owner.Segment(openstack.Network{ID: segmentID, Overlay: true}, ""), segmentID, "")
	o["subnets"] = []any{map[string]any{"gateway_address": "2001:db8::1/64", "network": "2001:db8::/64", "dhcp_ranges": []any{"x"}}}
	is, err := owner.MergeSubnet(o, entry(t, subnet4, "10.0.0.2"), server)
	changed(t, is, err)
	equal(t, map[string]any{"subnets": o["subnets"], "dhcp": o["dhcp_config_path"]}, `{"dhcp": "`+server+`", "subnets": [
		{"gateway_address": "2001:db8::1/64", "network": "2001:db8::/64", "dhcp_ranges": ["x"]},
		{"gateway_address": "10.0.0.1/24", "dhcp_config": {"resource_type": "SegmentDhcpV4Config", "server_address": "10.0.0.2/24",
		"dns_servers": ["9.9.9.9"], "lease_time": 86400, "options": {"option121": {"static_routes": [
		{"network": "10.1.0.0/16", "next_hop": "10.0.0.9"}, {"network": "0.0.0.0/0", "next_hop": "10.0.0.1"}]}}}}]}`)

	o["subnets"].([]any)[1].(map[string]any)["dhcp_config"].(map[string]any)["options"].(map[string]any)["others"] = []any{}
	is, err = owner.MergeSubnet(o, entry(t, subnet4, "10.0.0.2"), server)
	unchanged(t, is, err)

	other := subnet4
	other.Gateway, other.Routes = "10.0.0.254", nil
	is, err = owner.MergeSubnet(o, entry(t, other, ""), server)
	changed(t, is, err)
	equal(t, map[string]any{"subnets": o["subnets"], "dhcp": o["dhcp_config_path"]}, `{"dhcp": null, "subnets": [
		{"gateway_address": "2001:db8::1/64", "network": "2001:db8::/64", "dhcp_ranges": ["x"]},
		{"gateway_address": "10.0.0.254/24"}]}`)

	_, err = owner.MergeSubnet(o, policy.SegmentSubnet{GatewayAddress: "10.5.0.1/24"}, "")
	refused(t, err, "network_id", "has the subnet 10.0.0.0/24 in NSX")
}

func TestRemoveSubnet(t *testing.T) {
	t.Parallel()
	o := asRead(t, owner.Segment(openstack.Network{ID: segmentID, Overlay: true}, ""), segmentID, "")
	for _, e := range []policy.SegmentSubnet{entry(t, subnet4, "10.0.0.2"), entry(t, subnet6, "2001:db8::2")} {
		is, err := owner.MergeSubnet(o, e, "/dhcp")
		changed(t, is, err)
	}
	is, err := owner.RemoveSubnet(o, "10.0.0.0/25")
	unchanged(t, is, err)
	is, err = owner.RemoveSubnet(o, subnet4.CIDR)
	changed(t, is, err)
	equal(t, map[string]any{"subnets": o["subnets"], "dhcp": o["dhcp_config_path"]}, `{"dhcp": "/dhcp", "subnets": [
		{"gateway_address": "2001:db8::1/64", "dhcp_config": {"resource_type": "SegmentDhcpV6Config", "server_address": "2001:db8::2/64",
		"dns_servers": ["2620:fe::9"], "lease_time": 86400}}]}`)
	is, err = owner.RemoveSubnet(o, subnet6.CIDR)
	changed(t, is, err)
	if o["subnets"] != nil || o["dhcp_config_path"] != nil {
		t.Errorf("without subnets the segment has %v and %v", o["subnets"], o["dhcp_config_path"])
	}
	foreign := object(t, `{"id": "dmz", "subnets": [{"gateway_address": "10.0.0.1/24"}]}`)
	if is, err := owner.RemoveSubnet(foreign, subnet4.CIDR); is || err == nil || foreign["subnets"] == nil {
		t.Errorf("a subnet of somebody else's segment was removed: %v", err)
	}
}
