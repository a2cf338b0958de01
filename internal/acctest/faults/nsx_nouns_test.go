// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

const (
	groupsOfNSX  = `security_groups = "nsx"`
	routersOfNSX = `routers = "nsx"`

	// twoStateful are two security groups of NSX.
	twoStateful = `resource "novasphere_networking_secgroup" "a" { name = "a" }
resource "novasphere_networking_secgroup" "b" { name = "b" }
`
	// member is a port of the group "a".
	member = `resource "novasphere_networking_port" "lab" {
  network_id         = novasphere_networking_network.lab.id
  security_group_ids = [novasphere_networking_secgroup.a.id]
  fixed_ip { subnet_id = novasphere_networking_subnet.lab.id }
}
`
	// slowly is a QoS policy with a limit.
	slowly = `resource "novasphere_networking_qos_policy" "slow" { name = "slow" }
resource "novasphere_networking_qos_bandwidth_limit_rule" "out" {
  qos_policy_id = novasphere_networking_qos_policy.slow.id
  max_kbps      = 3000
}
`
	hasPolicy = "qos_policy_id = novasphere_networking_qos_policy.slow.id\n"
)

// onTier0 makes the external networks of a configuration tier-0 gateways.
func onTier0(config string) string {
	return strings.NewReplacer("\n  segments { segmentation_id = 110 }", "", "\n  segments { segmentation_id = 111 }", "").Replace(config)
}

// groupNounsOfNSX are security groups and what changes their members, on NSX.
func groupNounsOfNSX() []*faults.Noun {
	grouped := segment + twoStateful + member
	const onPort = "port_id = novasphere_networking_port.lab.id\nsecurity_group_ids = [%s]"
	nouns := []*faults.Noun{
		{Name: "secgroup on NSX", Create: named("networking_secgroup", "g", ""),
			Update: named("networking_secgroup", "g-2", "description = \"web\"")},
		{Name: "secgroup_rule on NSX", Base: grouped, Create: block("networking_secgroup_rule", "security_group_id = "+
			"novasphere_networking_secgroup.a.id\ndirection = \"ingress\"\nethertype = \"IPv4\"\nprotocol = \"tcp\"\nport_range_min = 443\n"+
			"port_range_max = 443\nremote_group_id = novasphere_networking_secgroup.b.id")},
		{Name: "address_group on NSX", Base: grouped, Create: admitting("192.0.2.0/25"), Update: admitting("192.0.2.0/24")},
		{Name: "port_secgroup_associate on NSX", Base: segment + twoStateful + port,
			Create: block("networking_port_secgroup_associate", fmt.Sprintf(onPort, "novasphere_networking_secgroup.a.id")),
			Update: block("networking_port_secgroup_associate", fmt.Sprintf(onPort, "novasphere_networking_secgroup.b.id"))},
		{Name: "port with groups on NSX", Base: segment + twoStateful,
			Create: named("networking_port", "p", "network_id = novasphere_networking_subnet.lab.network_id\nsecurity_group_ids = "+
				"[novasphere_networking_secgroup.a.id]\nfixed_ip { ip_address = \"10.20.0.20\" }"),
			Update: named("networking_port", "p", "network_id = novasphere_networking_subnet.lab.network_id\nsecurity_group_ids = "+
				"[novasphere_networking_secgroup.b.id]\nfixed_ip { ip_address = \"10.20.0.20\" }")},
	}
	for _, n := range nouns {
		n.Settings, n.NSX = groupsOfNSX, everybody
	}
	return nouns
}

// routerNounsOfNSX are routers and what is behind them, on NSX: but for a router between two tier-0 gateways, of which there is one, and an
// interface on a port, which would have to have the address of the gateway.
func routerNounsOfNSX() (nouns []*faults.Noun) {
	withoutInterface, _, _ := strings.Cut(site, "resource \"novasphere_networking_router_interface\"")
	for _, n := range routerNouns() {
		if n.Name == "router that moves" || n.Name == "router_interface by port" {
			continue
		}
		base := strings.NewReplacer(lab, segment, outside, withoutInterface).Replace(n.Base)
		nouns = append(nouns, &faults.Noun{Name: n.Name + " on NSX", Settings: routersOfNSX, NSX: everybody, Base: onTier0(base),
			Create: n.Create, Update: n.Update})
	}
	return append(nouns, &faults.Noun{Name: "external network on NSX", Settings: routersOfNSX, NSX: everybody,
		Create: named("networking_network", "outside", "external = true"),
		Update: named("networking_network", "outside-2", "external = true\ndescription = \"the way out\"")})
}

// qosNounsOfNSX are QoS policies on NSX.
func qosNounsOfNSX() []*faults.Noun {
	const limit = "qos_policy_id = novasphere_networking_qos_policy.slow.id\nmax_kbps = %d"
	limited := func(more string) string {
		return named("networking_port", "p", "network_id = novasphere_networking_subnet.lab.network_id\n"+more+
			"fixed_ip { ip_address = \"10.20.0.20\" }")
	}
	onSegment := func(more string) string {
		return named("networking_network", "net", more+"segments { network_type = \"geneve\" }")
	}
	policy, _, _ := strings.Cut(slowly, "resource \"novasphere_networking_qos_bandwidth_limit_rule\"")
	return []*faults.Noun{
		{Name: "port with a QoS policy on NSX", NSX: everybody, Base: segment + slowly, Create: limited(hasPolicy),
			Update: limited("qos_policy_id = \"\"\n")},
		{Name: "network with a QoS policy on NSX", NSX: everybody, Base: slowly, Create: onSegment(hasPolicy),
			Update: onSegment("qos_policy_id = \"\"\n")},
		{Name: "qos_policy and a port on NSX", NSX: everybody, Base: segment, Create: slowly + limited(hasPolicy)},
		{Name: "qos_bandwidth_limit_rule on NSX", NSX: everybody,
			Base:   segment + policy + strings.Replace(limited(hasPolicy), `"it"`, `"lab"`, 1),
			Create: block("networking_qos_bandwidth_limit_rule", fmt.Sprintf(limit, 3000)),
			Update: block("networking_qos_bandwidth_limit_rule", fmt.Sprintf(limit, 9000))},
	}
}

// everybody is others, with a router, a group and their rules of somebody else, and a tag of theirs on each router and group that is there.
func everybody(t testing.TB, nsx *acctest.NSX) (untouched func() error) {
	t.Helper()
	segments := others(t, nsx)
	var tagged []string
	for _, path := range slices.Concat(nsx.Paths("Tier1"), nsx.Paths("Group"), nsx.Paths("SecurityPolicy"), nsx.Paths("QoSProfile")) {
		body, _ := nsx.Object(path)
		if body["_system_owned"] == true || strings.Contains(path, "/novasphere-") {
			continue
		}
		nsx.Put(path, tagging(faults.Written(body)))
		tagged = append(tagged, path)
	}
	const group, web = "/infra/domains/default/groups/theirs", "theirs|web"
	theirs := map[string]map[string]any{
		"/infra/tier-1s/theirs": {"display_name": "theirs"},
		"/infra/tier-1s/theirs/nat/USER/nat-rules/theirs": {"action": "NO_SNAT", "source_network": "10.9.0.0/24",
			"destination_network": "10.8.0.0/24"},
		group: {"display_name": "theirs", "expression": []any{map[string]any{"resource_type": "Condition", "member_type": "SegmentPort",
			"key": "Tag", "operator": "EQUALS", "value": web}}},
		"/infra/domains/default/security-policies/theirs": {"display_name": "theirs", "category": "Application", "scope": []any{group}},
		"/infra/qos-profiles/theirs":                      {"display_name": "theirs"},
	}
	was := map[string]map[string]any{}
	for _, path := range slices.Sorted(maps.Keys(theirs)) {
		nsx.Put(path, theirs[path])
		was[path], _ = nsx.Object(path)
	}
	return func() error {
		for path, before := range was {
			if is, there := nsx.Object(path); !there || fmt.Sprint(is) != fmt.Sprint(before) {
				return fmt.Errorf("%s is somebody else's: it was %v, and is %v", path, before, is)
			}
		}
		for _, path := range tagged {
			if is, there := nsx.Object(path); there && !bearsTheirs(is) {
				return fmt.Errorf("%s has lost the tag of somebody else: %v", path, is["tags"])
			}
		}
		return segments()
	}
}
