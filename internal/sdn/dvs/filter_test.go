// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
)

type packet struct {
	from, to         string
	protocol         int32
	fromPort, toPort int32
}

// passes simulates the switch for our rules, which are in order and ignore the direction.
func passes(t *testing.T, policy *types.DvsFilterPolicy, p packet) bool {
	t.Helper()
	if policy == nil {
		return true
	}
	for _, config := range policy.FilterConfig {
		last := int32(0)
		for _, r := range config.(*types.DvsTrafficFilterConfig).TrafficRuleset.Rules {
			if r.Sequence <= last || r.Direction != "both" || len(r.Qualifier) != 1 {
				t.Fatalf("the rule %+v is out of order, or looks at a direction", r)
			}
			last = r.Sequence
		}
	}
	return acctest.Packet{From: p.from, To: p.to, Protocol: p.protocol, FromPort: p.fromPort, ToPort: p.toPort}.Passes(policy)
}

func number(n int64) *int64 { return &n }

func rule(direction, ethertype, protocol string, ports ...int64) openstack.SecurityGroupRule {
	r := openstack.SecurityGroupRule{ID: "r", Direction: direction, EtherType: ethertype, Protocol: protocol}
	if len(ports) == 2 {
		r.PortMin, r.PortMax = number(ports[0]), number(ports[1])
	}
	return r
}

func group(rules ...openstack.SecurityGroupRule) openstack.SecurityGroup {
	return openstack.SecurityGroup{ID: "g", Name: "web", Rules: rules}
}

var mine = openstack.Port{ID: "p", FixedIPs: []openstack.FixedIP{{Address: "10.0.0.5"}, {Address: "2001:db8::5"}}}

func policyOf(t *testing.T, p openstack.Port, members map[string][]string, groups ...openstack.SecurityGroup) *types.DvsFilterPolicy {
	t.Helper()
	rules, err := dvs.Effective(p, groups, members)
	if err != nil {
		t.Fatal(err)
	}
	return dvs.FilterPolicy(rules)
}

// TestFilter: packets to and from a port pass if its groups allow them; all other IP traffic is dropped.
func TestFilter(t *testing.T) {
	t.Parallel()
	ssh := rule("ingress", "IPv4", "tcp", 22, 22)
	ssh.RemotePrefix = "10.1.0.0/16"
	db := rule("ingress", "IPv4", "tcp", 5432, 5433)
	db.RemoteGroupID = "app"
	policy := policyOf(t, mine, map[string][]string{"app": {"10.0.0.7", "10.0.0.5", "2001:db8::7"}},
		group(ssh, db, rule("egress", "IPv4", "udp", 53, 53), rule("egress", "IPv6", ""), rule("ingress", "IPv4", "icmp")))
	for name, c := range map[string]struct {
		p    packet
		pass bool
	}{
		"ssh from there":            {packet{"10.1.2.3", "10.0.0.5", 6, 40000, 22}, true},
		"ssh from elsewhere":        {packet{"10.2.2.3", "10.0.0.5", 6, 40000, 22}, false},
		"another port":              {packet{"10.1.2.3", "10.0.0.5", 6, 40000, 23}, false},
		"ssh by udp":                {packet{"10.1.2.3", "10.0.0.5", 17, 40000, 22}, false},
		"its answer, without state": {packet{"10.0.0.5", "10.1.2.3", 6, 22, 40000}, false},
		"a member":                  {packet{"10.0.0.7", "10.0.0.5", 6, 40000, 5433}, true},
		"no member":                 {packet{"10.0.0.8", "10.0.0.5", 6, 40000, 5433}, false},
		"names":                     {packet{"10.0.0.5", "10.9.9.9", 17, 40000, 53}, true},
		"ping":                      {packet{"10.9.9.9", "10.0.0.5", 1, 0, 0}, true},
		"ping from it":              {packet{"10.0.0.5", "10.9.9.9", 1, 0, 0}, false},
		"spoofed":                   {packet{"10.0.0.6", "10.9.9.9", 17, 40000, 53}, false},
		"IPv6 from it":              {packet{"2001:db8::5", "2001:db8:1::1", 6, 1, 1}, true},
		"IPv6 spoofed":              {packet{"2001:db8::6", "2001:db8:1::1", 6, 1, 1}, false},
		"asks DHCP":                 {packet{"0.0.0.0", "255.255.255.255", 17, 68, 67}, true},
		"is answered":               {packet{"10.0.0.1", "255.255.255.255", 17, 67, 68}, true},
		"asks for a neighbour":      {packet{"fe80::1", "ff02::1:ff00:7", 58, 0, 0}, true},
		"any other":                 {packet{"10.0.0.5", "10.0.0.7", 132, 1, 1}, false},
	} {
		if passes(t, policy, c.p) != c.pass {
			t.Errorf("%s: %+v passes: %v", name, c.p, !c.pass)
		}
	}
	if dvs.Foreign(policy) {
		t.Error("our own rules are taken for somebody else's")
	}
	if !dvs.Foreign(&types.DvsFilterPolicy{
		FilterConfig: []types.BaseDvsFilterConfig{
			&types.DvsTrafficFilterConfig{TrafficRuleset: &types.DvsTrafficRuleset{Rules: []types.DvsTrafficRule{{Description: "x"}}}}}}) {
		t.Error("somebody else's rules are taken for ours")
	}
	if policyOf(t, mine, nil) != nil {
		t.Error("a port without groups has a filter")
	}
	if passes(t, policyOf(t, mine, nil, group()), packet{"10.0.0.5", "10.0.0.7", 6, 1, 1}) {
		t.Error("a group without rules lets something pass")
	}
}

// TestReplies: answers pass only to and from client ports, and a rule without ports is refused.
func TestReplies(t *testing.T) {
	t.Parallel()
	g := group(rule("ingress", "IPv4", "tcp", 22, 22), rule("egress", "IPv4", "tcp", 443, 443))
	g.Replies = openstack.RepliesEphemeral
	policy := policyOf(t, mine, nil, g)
	for p, pass := range map[packet]bool{
		{"10.0.0.5", "10.9.9.9", 6, 22, 40000}:  true,
		{"10.0.0.5", "10.9.9.9", 6, 22, 1024}:   false,
		{"10.9.9.9", "10.0.0.5", 6, 443, 40000}: true,
		{"10.9.9.9", "10.0.0.5", 6, 443, 8080}:  false,
	} {
		if passes(t, policy, p) != pass {
			t.Errorf("%+v passes: %v", p, !pass)
		}
	}
	g.Rules = append(g.Rules, rule("egress", "IPv4", ""))
	if _, err := dvs.Effective(mine, []openstack.SecurityGroup{g}, nil); err == nil ||
		!strings.Contains(err.Error(), "the answers to any without ports would be everything") {
		t.Error(err)
	}
}

// TestCheckRule: a rule that the switch cannot express is refused at its attribute.
func TestCheckRule(t *testing.T) {
	t.Parallel()
	with := func(r openstack.SecurityGroupRule, prefix, remote string) openstack.SecurityGroupRule {
		r.RemotePrefix, r.RemoteGroupID = prefix, remote
		return r
	}
	half := rule("ingress", "IPv4", "tcp")
	half.PortMin = number(5)
	for want, r := range map[string]openstack.SecurityGroupRule{
		"direction":         rule("in", "IPv4", "tcp"),
		"ethertype":         rule("ingress", "ipv4", "tcp"),
		"protocol":          rule("ingress", "IPv4", "tpc"),
		"port_range_min":    rule("ingress", "IPv4", "icmp", 8, 0),
		"port_range_min: ":  rule("ingress", "IPv4", "gre", 1, 2),
		"port_range_min: t": rule("ingress", "IPv4", "sctp", 1, 2),
		"a range has two":   half,
		"the smaller first": rule("ingress", "IPv4", "tcp", 9, 2),
		"remote_group_id":   with(rule("ingress", "IPv4", "tcp"), "10.0.0.0/8", "g"),
		"remote_ip_prefix":  with(rule("ingress", "IPv6", "tcp"), "10.0.0.0/8", ""),
		"is not a range":    with(rule("ingress", "IPv4", "tcp"), "10.0.0.0/99", ""),
	} {
		if err := dvs.CheckRule(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, not %s", r, err, want)
		}
	}
	for _, r := range []openstack.SecurityGroupRule{rule("egress", "IPv6", ""), rule("ingress", "IPv4", "112"),
		rule("ingress", "IPv6", "icmp"), rule("ingress", "IPv4", "UDP", 1, 65535),
		with(rule("ingress", "IPv4", "tcp"), "10.0.0.5", ""), with(rule("ingress", "IPv4", "tcp"), "10.0.0.5/8", "")} {
		if err := dvs.CheckRule(r); err != nil {
			t.Errorf("%+v: %s", r, err)
		}
	}
}

// TestEffectiveRefused: ports without an address, stateful groups, and too many rules are refused.
func TestEffectiveRefused(t *testing.T) {
	t.Parallel()
	many := rule("ingress", "IPv4", "tcp", 1, 1)
	many.RemoteGroupID = "all"
	members := map[string][]string{}
	for i := range 210 {
		members["all"] = append(members["all"], fmt.Sprintf("10.0.%d.%d", 1+i/200, i%200))
	}
	anybody := mine
	anybody.AllowedPairs = []openstack.AddressPair{{Address: "0.0.0.0/0"}}
	stateful := group()
	stateful.Stateful = true
	for want, c := range map[string]struct {
		p openstack.Port
		g openstack.SecurityGroup
	}{
		"has no address":               {openstack.Port{ID: "p"}, group()},
		"without connection state":     {mine, stateful},
		"0.0.0.0/0 is every address":   {anybody, group()},
		"and 200 are the most":         {mine, group(many)},
		"the rule r of the group web:": {mine, group(rule("ingress", "IPv4", "icmp", 1, 1))},
	} {
		if _, err := dvs.Effective(c.p, []openstack.SecurityGroup{c.g}, members); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

// TestFilterIsNeutrons: for random groups, ports and packets, a packet to or from the port's address passes if some rule allows it, as
// with Neutron's stateless groups, and a packet with other addresses never passes.
func TestFilterIsNeutrons(t *testing.T) {
	t.Parallel()
	pick := func(values ...string) string { return values[rand.IntN(len(values))] }
	for range 3000 {
		var rules []openstack.SecurityGroupRule
		for range rand.IntN(4) {
			r := rule(pick("ingress", "egress"), "IPv4", pick("tcp", "udp", "", "sctp"))
			if low := int64(1 + rand.IntN(5)); r.Protocol == "tcp" || r.Protocol == "udp" {
				r.PortMin, r.PortMax = number(low), number(low+int64(rand.IntN(3)))
			}
			r.RemotePrefix = pick("", "10.0.0.0/30", "10.0.0.9", "0.0.0.0/0")
			rules = append(rules, r)
		}
		policy := policyOf(t, openstack.Port{ID: "p", FixedIPs: []openstack.FixedIP{{Address: "10.0.0.5"}}}, nil, group(rules...))
		p := packet{pick("10.0.0.5", "10.0.0.2", "10.0.0.9"), pick("10.0.0.5", "10.0.0.2", "10.0.0.9"), []int32{6, 17, 132}[rand.IntN(3)],
			int32(1 + rand.IntN(8)), int32(1 + rand.IntN(8))}
		if p.from == p.to {
			continue // does not reach the switch
		}
		allowed := slices.ContainsFunc(rules, func(r openstack.SecurityGroupRule) bool { return allows(r, p) })
		if passes(t, policy, p) != allowed {
			t.Fatalf("%+v passes: %v, by %+v", p, !allowed, rules)
		}
	}
}

// allows evaluates a rule as Neutron does: port ranges always apply to the destination.
func allows(r openstack.SecurityGroupRule, p packet) bool {
	local, remote := p.to, p.from
	if r.Direction == "egress" {
		local, remote = p.from, p.to
	}
	protocol := map[string]int32{"tcp": 6, "udp": 17, "sctp": 132, "": p.protocol}[r.Protocol]
	prefix, _ := sdn.NormalPrefix(r.RemotePrefix)
	return local == "10.0.0.5" && remote != "10.0.0.5" && protocol == p.protocol &&
		(r.RemotePrefix == "" || prefix.Contains(netip.MustParseAddr(remote))) &&
		(r.PortMin == nil || *r.PortMin <= int64(p.toPort) && int64(p.toPort) <= *r.PortMax)
}
