// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func group(stateful bool, rules ...openstack.SecurityGroupRule) openstack.SecurityGroup {
	return openstack.SecurityGroup{ID: groupID, Name: "web", Stateful: stateful, Rules: rules}
}

func ingress(id string, r openstack.SecurityGroupRule) openstack.SecurityGroupRule {
	r.ID, r.Direction = id, openstack.Ingress
	if r.EtherType == "" {
		r.EtherType = openstack.IPv4
	}
	return r
}

// read returns a group's policy as NSX answers it.
func read(t *testing.T, g openstack.SecurityGroup) policy.Object {
	t.Helper()
	body, err := firewall.PolicyOf(owner, root, g)
	if err != nil {
		t.Fatal(err)
	}
	return asRead(t, body, g.ID)
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	out := openstack.SecurityGroupRule{ID: "r1", Direction: openstack.Egress, EtherType: openstack.IPv6}
	body, err := firewall.PolicyOf(owner, root, group(true, ingress("r2", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(80),
		PortMax: number(90), RemotePrefix: "10.1.2.3/8", Description: "shops"}), out))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, body, `{"display_name": "web", "category": "Environment", "stateful": true, "tcp_strict": false, "sequence_number": 1000,
		"scope": ["/infra/domains/default/groups/`+groupID+`"], "tags": [{"scope": "novasphere-id", "tag": "`+groupID+`"},
		{"scope": "novasphere-folder", "tag": "vc-1/dc/novasphere"}], "rules": [
		{"resource_type": "Rule", "id": "r1", "display_name": "r1", "action": "ALLOW", "direction": "OUT", "ip_protocol": "IPV6",
		"source_groups": ["ANY"], "destination_groups": ["ANY"], "services": ["ANY"], "scope": ["ANY"], "sequence_number": 10,
		"logged": false, "disabled": false, "tag": "8f1b6f2e-0c52-4c1c-9d7e-2a5c0e1f"},
		{"resource_type": "Rule", "id": "r2", "display_name": "r2", "description": "shops", "action": "ALLOW", "direction": "IN",
		"ip_protocol": "IPV4", "source_groups": ["10.0.0.0/8"], "destination_groups": ["ANY"], "services": ["ANY"],
		"service_entries": [{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP", "destination_ports": ["80-90"]}],
		"scope": ["ANY"], "sequence_number": 20, "logged": false, "disabled": false, "tag": "8f1b6f2e-0c52-4c1c-9d7e-2a5c0e1f"}]}`)
}

// TestTraffic translates the protocols, ports and types of rules.
func TestTraffic(t *testing.T) {
	t.Parallel()
	const ports, icmp = `[{"resource_type": "L4PortSetServiceEntry", `, `[{"resource_type": "ICMPTypeServiceEntry", "protocol": `
	for want, r := range map[string]openstack.SecurityGroupRule{
		`null`:                           {},
		ports + `"l4_protocol": "TCP"}]`: {Protocol: "tcp"},
		ports + `"l4_protocol": "UDP", "destination_ports": ["53"]}]`: {Protocol: "17", PortMin: number(53), PortMax: number(53)},
		icmp + `"ICMPv4"}]`:                                 {Protocol: "icmp"},
		icmp + `"ICMPv4", "icmp_type": 0}]`:                 {Protocol: "icmp", PortMin: number(0)},
		icmp + `"ICMPv4", "icmp_type": 3, "icmp_code": 4}]`: {Protocol: "icmp", PortMin: number(3), PortMax: number(4)},
		icmp + `"ICMPv6", "icmp_type": 128}]`: {Protocol: "icmp", EtherType: openstack.IPv6, PortMin: number(128),
			PortMax: number(0)},
		`[{"resource_type": "IPProtocolServiceEntry", "protocol_number": 112}]`: {Protocol: "vrrp"},
		`[{"resource_type": "IPProtocolServiceEntry", "protocol_number": 0}]`:   {Protocol: "0"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			body, err := firewall.PolicyOf(owner, root, group(true, ingress("r", r)))
			if err != nil {
				t.Fatal(err)
			}
			if want == `null` {
				equal(t, len(body.Rules[0].ServiceEntries), `0`)
				return
			}
			equal(t, body.Rules[0].ServiceEntries, want)
		})
	}
}

// TestRemotes translates the other sides of rules, of either direction.
func TestRemotes(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]openstack.SecurityGroupRule{
		"ANY":                              {RemotePrefix: "0.0.0.0/0"},
		"10.0.0.1":                         {RemotePrefix: "10.0.0.1/32"},
		"2001:db8::/32":                    {EtherType: openstack.IPv6, RemotePrefix: "2001:db8::1/32"},
		"/infra/domains/default/groups/g2": {RemoteGroupID: "g2"},
		"/infra/domains/default/groups/a2": {AddressGroupID: "a2"},
		"/infra/domains/default/groups/novasphere-cidr-0-0-0-0-8": {RemotePrefix: "0.1.0.0/8"},
		"/infra/domains/default/groups/novasphere-cidr-ipv6-3":    {EtherType: openstack.IPv6, RemotePrefix: "::/3"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			out := ingress("r2", r)
			out.Direction = openstack.Egress
			body, err := firewall.PolicyOf(owner, root, group(true, ingress("r1", r), out))
			if err != nil {
				t.Fatal(err)
			}
			in, back := body.Rules[0], body.Rules[1]
			if in.SourceGroups[0] != want || in.DestinationGroups[0] != "ANY" || in.Direction != "IN" || back.DestinationGroups[0] != want ||
				back.SourceGroups[0] != "ANY" || back.Direction != "OUT" {
				t.Errorf("the rules are %+v and %+v", in, back)
			}
		})
	}
	g := group(true, ingress("r1", openstack.SecurityGroupRule{RemotePrefix: "0.0.0.0/8"}), ingress("r2", openstack.SecurityGroupRule{
		RemotePrefix: "0.0.0.0/8", Protocol: "tcp"}), ingress("r3", openstack.SecurityGroupRule{RemotePrefix: "0.0.0.0/0"}), ingress("r4",
		openstack.SecurityGroupRule{RemotePrefix: "::/3", EtherType: openstack.IPv6}), ingress("r5", openstack.SecurityGroupRule{}))
	equal(t, firewall.RangeGroups(root, g), `[{"Path": "/infra/domains/default/groups/novasphere-cidr-0-0-0-0-8", "Body": {"display_name":
		"novasphere-cidr-0-0-0-0-8", "expression": [{"resource_type": "IPAddressExpression", "ip_addresses": ["0.0.0.0/8"]}]}},
		{"Path": "/infra/domains/default/groups/novasphere-cidr-ipv6-3", "Body": {"display_name": "novasphere-cidr-ipv6-3",
		"expression": [{"resource_type": "IPAddressExpression", "ip_addresses": ["::/3"]}]}}]`)
}

func TestStatelessReplies(t *testing.T) {
	t.Parallel()
	web := ingress("r", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(80), PortMax: number(80), RemoteGroupID: "g2"})
	ping := ingress("s", openstack.SecurityGroupRule{Protocol: "icmp", PortMin: number(8)})
	g := group(false, web, ping)
	g.Replies = openstack.RepliesEphemeral
	o := read(t, g)
	rules := o.Objects("rules")
	if o["stateful"] != false || len(rules) != 3 || rules[1].ID() != "r-reply" || rules[1]["direction"] != "OUT" {
		t.Fatalf("the policy is %v", o)
	}
	equal(t, rules[1]["destination_groups"], `["/infra/domains/default/groups/g2"]`)
	entry := policy.As[firewall.Rule](rules[1]).ServiceEntries
	equal(t, entry, `[{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP", "source_ports": ["80"],
		"destination_ports": ["32768-60999"]}]`)
	is, err := firewall.RemoveRule(owner, o, "r")
	merged(t, true, is, err)
	if left := o.Objects("rules"); len(left) != 1 || left[0].ID() != "s" {
		t.Errorf("the rules are %v", left)
	}
	stateful := g
	stateful.Stateful = true // its answers pass by themselves
	g.Replies = ""
	for _, without := range []openstack.SecurityGroup{g, stateful} {
		if rules := read(t, without).Objects("rules"); len(rules) != 2 {
			t.Errorf("the rules are %v", rules)
		}
	}
}

func TestRefusedRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule        openstack.SecurityGroupRule
		field, text string
	}{
		"ports of sctp": {openstack.SecurityGroupRule{Protocol: "sctp", PortMin: number(1), PortMax: number(2)}, "port_range_min", "is sctp"},
		"unknown type":  {openstack.SecurityGroupRule{Protocol: "icmp", PortMin: number(17)}, "port_range_min", "no type 17 of icmp"},
		"unknown code":  {openstack.SecurityGroupRule{Protocol: "icmp", PortMin: number(11), PortMax: number(2)}, "port_range_max", "no code 2"},
		"a code of none": {openstack.SecurityGroupRule{Protocol: "icmp", EtherType: openstack.IPv6, PortMin: number(135),
			PortMax: number(1)}, "port_range_max", "no code 1 of the type 135"},
		"the wrong ICMP": {openstack.SecurityGroupRule{Protocol: "1", EtherType: openstack.IPv6}, "protocol", "not a protocol of IPv6"},
		"ICMPv6 in IPv4": {openstack.SecurityGroupRule{Protocol: "icmpv6"}, "protocol", "not a protocol of IPv4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ingress("r", c.rule)
			parsed, err := sdn.ReadRule(r)
			if err != nil {
				t.Fatal(err)
			}
			refused(t, firewall.CheckRule(parsed), c.field, c.text)
			o := read(t, group(true))
			for what, err := range map[string]error{"body": second(firewall.PolicyOf(owner, root, group(true, r))),
				"merge": second(firewall.MergePolicy(owner, root, o, group(true, r))),
				"rule":  second(firewall.MergeRule(owner, root, o, group(true), r))} {
				if err == nil || !strings.Contains(err.Error(), "the rule r of the group web: ") {
					t.Errorf("the %s does not name the rule: %v", what, err)
				}
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestMergePolicy(t *testing.T) {
	t.Parallel()
	web := ingress("r1", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(80), PortMax: number(80)})
	ssh := ingress("r2", openstack.SecurityGroupRule{Protocol: "tcp", PortMin: number(22), PortMax: number(22)})
	g := group(true, web, ssh)
	o := read(t, g)
	o["comments"], o["sequence_number"] = "of others", 7.0
	o.Objects("rules")[1]["logged"] = true
	is, err := firewall.MergePolicy(owner, root, o, g)
	merged(t, false, is, err)

	g.Rules[1].PortMax = number(23)
	o["stateful"] = false
	o["rules"] = append(o["rules"].([]any), map[string]any{"id": "foreign", "sequence_number": 90.0})
	g.Rules = append(g.Rules, ingress("r0", openstack.SecurityGroupRule{Protocol: "icmp"}))
	is, err = firewall.MergePolicy(owner, root, o, g)
	merged(t, true, is, err)
	is, err = firewall.MergePolicy(owner, root, o, g)
	merged(t, false, is, err)
	rules := o.Objects("rules")
	if len(rules) != 3 || rules[2].ID() != "r0" || rules[2]["sequence_number"] != 30.0 || rules[1]["logged"] != true ||
		rules[1]["_protection"] != "NOT_PROTECTED" || o["stateful"] != true || o["comments"] != "of others" || o["sequence_number"] != 7.0 {
		t.Errorf("the policy is %v", o)
	}
	equal(t, policy.As[firewall.Rule](rules[1]).ServiceEntries[0].DestinationPorts, `["22-23"]`)
	if _, err := firewall.MergePolicy(policy.Owner{Folder: "x"}, root, o, g); err == nil {
		t.Error("somebody else's policy is changed")
	}
}

// TestOneRule adds and removes rules of a group that another process changes too.
func TestOneRule(t *testing.T) {
	t.Parallel()
	theirs := ingress("theirs", openstack.SecurityGroupRule{Protocol: "udp"})
	mine := ingress("mine", openstack.SecurityGroupRule{Protocol: "tcp"})
	o := read(t, group(true, theirs))
	for _, want := range []bool{true, false} {
		is, err := firewall.MergeRule(owner, root, o, group(true), mine)
		merged(t, want, is, err)
	}
	if rules := o.Objects("rules"); len(rules) != 2 || rules[0].ID() != "theirs" || rules[1].ID() != "mine" ||
		rules[1]["sequence_number"] != 20.0 {
		t.Errorf("the rules are %v", rules)
	}
	for _, id := range []string{"theirs", "mine"} {
		for _, want := range []bool{true, false} {
			is, err := firewall.RemoveRule(owner, o, id)
			merged(t, want, is, err)
		}
	}
	equal(t, o["rules"], `[]`)
	o["rules"] = []any{map[string]any{"id": "late", "sequence_number": 50.0}, map[string]any{"id": "early", "sequence_number": 20.0}}
	is, err := firewall.MergeRule(owner, root, o, group(true), mine)
	merged(t, true, is, err)
	if rules := o.Objects("rules"); len(rules) != 3 || rules[2]["sequence_number"] != 60.0 {
		t.Errorf("the rules are %v", rules)
	}
	other := policy.Owner{Folder: "x"}
	if second(firewall.MergeRule(other, root, o, group(true), theirs)) == nil || second(firewall.RemoveRule(other, o, "mine")) == nil {
		t.Error("somebody else's policy is changed")
	}
}

func TestFiltered(t *testing.T) {
	t.Parallel()
	shared := firewall.Filtered("/orgs/default/projects/p/infra")
	equal(t, shared[0], `{"Path": "/orgs/default/projects/p/infra/domains/default/groups/novasphere-filtered", "Body": {
		"display_name": "novasphere-filtered", "expression": [{"resource_type": "Condition", "member_type": "SegmentPort", "key": "Tag",
		"operator": "EQUALS", "value": "novasphere-filtered|yes"}]}}`)
	body := shared[1].Body.(firewall.SecurityPolicy)
	rules := body.Rules
	body.Rules = nil
	equal(t, firewall.Shared{Path: shared[1].Path, Body: body}, `{"Path":
		"/orgs/default/projects/p/infra/domains/default/security-policies/novasphere-default", "Body": {"display_name": "novasphere-default",
		"category": "Application", "stateful": true, "tcp_strict": false, "sequence_number": 999999, "rules": null,
		"scope": ["/orgs/default/projects/p/infra/domains/default/groups/novasphere-filtered"]}}`)
	equal(t, rules[0], `{"resource_type": "Rule", "id": "dhcp-out", "display_name": "dhcp-out", "action": "ALLOW", "direction": "OUT",
		"ip_protocol": "IPV4", "source_groups": ["ANY"], "destination_groups": ["ANY"], "services": ["ANY"], "service_entries": [{
		"resource_type": "L4PortSetServiceEntry", "l4_protocol": "UDP", "source_ports": ["68"], "destination_ports": ["67"]}],
		"scope": ["ANY"], "sequence_number": 10, "logged": false, "disabled": false}`)
	equal(t, rules[5], `{"resource_type": "Rule", "id": "drop", "display_name": "drop", "action": "DROP", "direction": "IN_OUT",
		"source_groups": ["ANY"], "destination_groups": ["ANY"], "services": ["ANY"], "scope": ["ANY"], "sequence_number": 99,
		"logged": false, "disabled": false}`)
	var kinds []int64
	for _, entry := range rules[4].ServiceEntries {
		kinds = append(kinds, *entry.ICMPType)
	}
	equal(t, kinds, `[130, 131, 132, 133, 134, 135, 136, 143]`)
	last := int64(0)
	for _, r := range rules {
		if r.SequenceNumber <= last {
			t.Errorf("the rule %s is not behind the one before it", r.ID)
		}
		last = r.SequenceNumber
	}
}
