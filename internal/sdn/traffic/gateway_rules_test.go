// SPDX-License-Identifier: MPL-2.0

package traffic_test

import (
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
)

func number(n int64) *int64 { return &n }

// TestGatewayRules: each rule comes once, with both sides as the fewest CIDRs, sorted; what matches no packet is left out.
func TestGatewayRules(t *testing.T) {
	t.Parallel()
	rule := func(id, way, version string, change func(*openstack.SecurityGroupRule)) openstack.SecurityGroupRule {
		r := openstack.SecurityGroupRule{ID: id, GroupID: "g", Direction: way, EtherType: version}
		change(&r)
		return r
	}
	plain := func(*openstack.SecurityGroupRule) {}
	group := openstack.SecurityGroup{ID: "g", Name: "web", Stateful: true, Rules: []openstack.SecurityGroupRule{
		rule("out", openstack.Egress, openstack.IPv4, plain),
		rule("out6", openstack.Egress, openstack.IPv6, plain),
		rule("ping", openstack.Ingress, openstack.IPv4, func(r *openstack.SecurityGroupRule) {
			r.Protocol, r.PortMin, r.PortMax, r.RemotePrefix = "icmp", number(8), number(0), "0.0.0.0/0"
		}),
		rule("members", openstack.Ingress, openstack.IPv4, func(r *openstack.SecurityGroupRule) {
			r.Protocol, r.PortMin, r.PortMax, r.RemoteGroupID = "TCP", number(80), number(81), "app"
		}),
		rule("listed", openstack.Ingress, openstack.IPv4, func(r *openstack.SecurityGroupRule) {
			r.Protocol, r.AddressGroupID = "132", "offices"
		}),
		rule("nobody", openstack.Ingress, openstack.IPv4, func(r *openstack.SecurityGroupRule) { r.RemoteGroupID = "empty" }),
	}}
	policy := &traffic.Policy{Groups: map[string]openstack.SecurityGroup{"g": group}, Members: map[string][]string{
		"app": {"10.1.0.3", "10.1.0.2", "2001:db8::2"}, "offices": {"198.51.100.0/25", "198.51.100.128/25"}}}
	got, err := policy.GatewayRules([]openstack.GatewayPort{{ID: "b", Groups: []string{"g"}, Addresses: []string{"10.0.0.3/32"}},
		{ID: "a", Groups: []string{"g"}, Addresses: []string{"10.0.0.2/32"}}, {ID: "c", Addresses: []string{"10.0.0.9/32"}},
		{ID: "d", Groups: []string{"g"}, Addresses: []string{"10.0.0.4/32"}, Down: true}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	rules := map[string]openstack.GatewayRule{}
	for _, r := range got {
		if ids, rules[r.ID] = append(ids, r.ID), r; !slices.Equal(r.Local, []string{"10.0.0.2/31"}) || !r.Stateful || r.GroupName != "web" {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(ids, []string{"out", "ping", "members", "listed"}) {
		t.Fatalf("the rules are %q", ids)
	}
	if r := rules["out"]; r.Number != -1 || r.Protocol != "" || r.PortMin != nil || !slices.Equal(r.Remote, []string{"0.0.0.0/0"}) {
		t.Errorf("%+v", r)
	}
	if r := rules["ping"]; r.PortMin != nil || *r.ICMPType != 8 || *r.ICMPCode != 0 || !slices.Equal(r.Remote, []string{"0.0.0.0/0"}) {
		t.Errorf("%+v", r)
	}
	if r := rules["members"]; r.Protocol != "tcp" || r.Number != 6 || *r.PortMin != 80 || *r.PortMax != 81 || r.ICMPType != nil ||
		!slices.Equal(r.Remote, []string{"10.1.0.2/31"}) {
		t.Errorf("%+v", r)
	}
	if r := rules["listed"]; r.Protocol != "sctp" || r.Number != 132 || !slices.Equal(r.Remote, []string{"198.51.100.0/24"}) {
		t.Errorf("%+v", r)
	}
	group.Rules[0].EtherType = "IPv5"
	if _, err := policy.GatewayRules([]openstack.GatewayPort{{ID: "a", Groups: []string{"g"}}}); err == nil {
		t.Error("a rule that nobody can read is passed over")
	}
}
