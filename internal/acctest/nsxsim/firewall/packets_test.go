// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"net/netip"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

// portA and portB are ports in groups a and b, with the addresses 10.0.0.1 and 10.0.0.2; stranger is an address that no port has.
const (
	portA    = segment + "/ports/a"
	portB    = segment + "/ports/b"
	stranger = "198.51.100.7"
)

// sent is a TCP packet to port 80 that comes to a port.
func sent(port, remote string) nsxsim.Packet {
	return nsxsim.Packet{Port: port, Remote: netip.MustParseAddr(remote), Protocol: 6, SourcePort: 40000, DestinationPort: 80}
}

// outwards is the same packet, sent by the port.
func outwards(p nsxsim.Packet) nsxsim.Packet {
	p.Out = true
	return p
}

// answering is the packet that answers one.
func answering(p nsxsim.Packet) nsxsim.Packet {
	p.Out, p.Answer, p.SourcePort, p.DestinationPort = !p.Out, true, p.DestinationPort, p.SourcePort
	return p
}

// packet is one that passes or does not.
type packet struct {
	what   string
	packet nsxsim.Packet
	passes bool
}

// filtered starts a manager with the ports a and b, of which a is filtered: what no policy of the test allows there is dropped. The bodies
// of policies follow, by their ids.
func filtered(t *testing.T, policyBodies map[string]string) manager {
	t.Helper()
	m := start(t, nsxsim.Options{})
	portsWith(t, m, map[string]string{"a": "group|a filtered|yes", "b": "group|b"})
	run(t, m,
		step{put, groups + "a", members(byTag("group|a")), "200"},
		step{put, groups + "b", members(byTag("group|b")), "200"},
		step{put, groups + "filtered", members(byTag("filtered|yes")), "200"},
		step{put, policies + "drop", with(`"category": "Application", "scope": ["`+groups+`filtered"]`,
			policyOf(rule("drop", `"action": "DROP"`))), "200"})
	for id, body := range policyBodies {
		run(t, m, step{put, policies + id, body, "200"})
	}
	return m
}

// passing asks the oracle about packets.
func passing(t *testing.T, m manager, packets ...packet) {
	t.Helper()
	for _, p := range packets {
		if passes := m.Passes(p.packet); passes != p.passes {
			t.Errorf("%s: passes is %v, not %v", p.what, passes, p.passes)
		}
	}
}

// onA is a policy of the category of security groups, at port a.
func onA(rules ...string) string {
	return with(`"category": "Environment", "scope": ["`+groups+`a"]`, policyOf(rules...))
}

func TestDefaultsOfTheFirewall(t *testing.T) {
	t.Parallel()
	m := filtered(t, nil)
	passing(t, m,
		packet{"nothing allows it at a filtered port", sent(portA, stranger), false},
		packet{"nothing allows it from a filtered port", outwards(sent(portA, stranger)), false},
		packet{"an unfiltered port has the default rule", sent(portB, stranger), true},
		packet{"there is no such port", sent(segment+"/ports/z", stranger), false},
	)
	run(t, m, step{put, policies + "late", with(`"sequence_number": 999999`, policyOf(rule("r", `"action": "REJECT"`))), "200"})
	passing(t, m, packet{"the default policy comes last of all", sent(portB, stranger), false})
}

func TestPacketsOfAService(t *testing.T) {
	t.Parallel()
	m := filtered(t, map[string]string{"a": onA(rule("r", `"direction": "IN", "ip_protocol": "IPV4"`, entries(tcp("80", "443-444"))))})
	at := func(change func(*nsxsim.Packet)) nsxsim.Packet {
		p := sent(portA, stranger)
		change(&p)
		return p
	}
	passing(t, m,
		packet{"port 80", sent(portA, stranger), true},
		packet{"port 444 of a range", at(func(p *nsxsim.Packet) { p.DestinationPort = 444 }), true},
		packet{"port 445", at(func(p *nsxsim.Packet) { p.DestinationPort = 445 }), false},
		packet{"UDP", at(func(p *nsxsim.Packet) { p.Protocol = 17 }), false},
		packet{"IPv6", at(func(p *nsxsim.Packet) { p.Remote = netip.MustParseAddr("2001:db8::1") }), false},
		packet{"outwards", outwards(sent(portA, stranger)), false},
	)
	run(t, m, step{put, "/infra/services/s", `{` + entries(`{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "UDP",
			"source_ports": ["53"]}`, icmp("ICMPv4", 3, 4), icmp("ICMPv6", 128, -1), protocol(47)) + `}`, "200"},
		step{put, policies + "a", with(`"_revision": 0`, onA(rule("r", `"services": ["/infra/services/s"]`, entries(tcp("22"))))), "200"})
	passing(t, m,
		packet{"an entry of the rule's own", at(func(p *nsxsim.Packet) { p.DestinationPort = 22 }), true},
		packet{"no entry any more", sent(portA, stranger), false},
		packet{"a source port", at(func(p *nsxsim.Packet) { p.Protocol, p.SourcePort = 17, 53 }), true},
		packet{"another source port", at(func(p *nsxsim.Packet) { p.Protocol, p.SourcePort = 17, 54 }), false},
		packet{"a type and a code", at(func(p *nsxsim.Packet) { p.Protocol, p.ICMPType, p.ICMPCode = 1, 3, 4 }), true},
		packet{"another code", at(func(p *nsxsim.Packet) { p.Protocol, p.ICMPType, p.ICMPCode = 1, 3, 5 }), false},
		packet{"another type", at(func(p *nsxsim.Packet) { p.Protocol, p.ICMPType, p.ICMPCode = 1, 8, 4 }), false},
		packet{"a type of the other version", at(func(p *nsxsim.Packet) { p.Protocol, p.ICMPType = 1, 128 }), false},
		packet{"any code", at(func(p *nsxsim.Packet) { p.Protocol, p.ICMPType, p.ICMPCode = 58, 128, 1 }), true},
		packet{"a protocol", at(func(p *nsxsim.Packet) { p.Protocol = 47 }), true},
		packet{"another protocol", at(func(p *nsxsim.Packet) { p.Protocol = 50 }), false},
	)
}

func TestRemotesOfARule(t *testing.T) {
	t.Parallel()
	m := filtered(t, nil)
	run(t, m, step{put, groups + "listed", members(byAddress("198.51.100.0/24")), "200"})
	in, out := `"direction": "IN"`, `"direction": "OUT"`
	for _, c := range []struct {
		rule, remote string
		out, passes  bool
	}{
		{rule("r", in, `"source_groups": ["`+groups+`b"]`), "10.0.0.2", false, true},
		{rule("r", in, `"source_groups": ["`+groups+`b"]`), "10.0.0.1", false, false},
		{rule("r", out, `"destination_groups": ["`+groups+`b"]`), "10.0.0.2", true, true},
		{rule("r", out, `"destination_groups": ["`+groups+`b"]`), stranger, true, false},
		{rule("r", in, `"source_groups": ["198.51.100.0/24"]`), stranger, false, true},
		{rule("r", in, `"source_groups": ["198.51.100.0/30"]`), stranger, false, false},
		{rule("r", in, `"source_groups": ["198.51.100.5", "198.51.100.6-198.51.100.8"]`), stranger, false, true},
		{rule("r", in, `"source_groups": ["198.51.100.0/24"], "sources_excluded": true`), stranger, false, false},
		{rule("r", in, `"source_groups": ["198.51.100.0/30"], "sources_excluded": true`), stranger, false, true},
		{rule("r", out, `"destination_groups": ["198.51.100.0/30"], "destinations_excluded": true`), stranger, true, true},
		{rule("r", in, `"source_groups": ["`+groups+`listed"]`), stranger, false, true},
		{rule("r", in, `"source_groups": ["`+groups+`listed"]`), "198.51.101.1", false, false},
		{rule("r", in, `"destination_groups": ["`+groups+`a"]`), stranger, false, true},
		{rule("r", in, `"destination_groups": ["`+groups+`b"]`), stranger, false, false},
		{rule("r", in, `"destination_groups": ["10.0.0.1"]`), stranger, false, true},
		{rule("r", out, `"source_groups": ["10.0.0.9"]`), stranger, true, false},
		{rule("r", `"direction": "IN_OUT"`), stranger, true, true},
		{rule("r", `"disabled": true`), stranger, false, false},
	} {
		run(t, m, step{put, policies + "a", onA(c.rule), "200"})
		p := sent(portA, c.remote)
		p.Out, p.Local = c.out, netip.MustParseAddr("10.0.0.1")
		passing(t, m, packet{c.rule + " of " + c.remote, p, c.passes})
		m.Remove(policies + "a")
	}
}

func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	m := filtered(t, map[string]string{"a": onA(rule("r", `"source_groups": ["`+groups+`b"]`))})
	passing(t, m, packet{"of a member", sent(portA, "10.0.0.2"), true})
	run(t, m, step{put, portB, `{"_revision": 0, "tags": [], "address_bindings": [{"ip_address": "10.0.0.2"}]}`, "200"})
	passing(t, m, packet{"of a port that is no member any more", sent(portA, "10.0.0.2"), false})
	run(t, m, step{put, portA, `{"_revision": 0, "tags": [{"scope": "filtered", "tag": "yes"}]}`, "200"},
		step{put, portB, `{"_revision": 1, "tags": [{"scope": "group", "tag": "b"}], "address_bindings": [{"ip_address": "10.0.0.2"}]}`, "200"})
	passing(t, m, packet{"to a port that has left the group", sent(portA, "10.0.0.2"), false})
}

func TestPortIsInItsGroupsWithoutAnAddress(t *testing.T) {
	t.Parallel()
	m := filtered(t, map[string]string{"a": onA(rule("r", `"destination_groups": ["`+groups+`a"]`))})
	passing(t, m, packet{"to the group that the port is in", sent(portA, stranger), true})
}

func TestOrderOfPoliciesAndRules(t *testing.T) {
	t.Parallel()
	drop := rule("d", `"action": "DROP"`, `"sequence_number": 20`)
	allow := func(sequence string) string { return rule("r", `"sequence_number": `+sequence) }
	of := func(category, sequence, body string) string {
		return with(`"category": "`+category+`", "sequence_number": `+sequence, policyOf(body))
	}
	m := filtered(t, nil)
	m.Remove(policies + "drop")
	run(t, m, step{put, policies + "last", of("Application", "999", rule("d", `"action": "DROP"`)), "200"})
	jump := rule("j", `"action": "JUMP_TO_APPLICATION"`)
	for what, c := range map[string]struct {
		a, z   string
		passes bool
	}{
		"a smaller number comes first":             {onA(drop, allow("10")), "{}", true},
		"a larger number comes later":              {onA(allow("30"), drop), "{}", false},
		"an equal number has no order to rely on":  {onA(allow("20"), drop), "{}", false},
		"Emergency is before Infrastructure":       {of("Infrastructure", "1", drop), of("Emergency", "9", allow("1")), true},
		"Infrastructure is before Environment":     {onA(allow("1")), of("Infrastructure", "9", drop), false},
		"Environment is before Application":        {of("Application", "1", drop), of("Environment", "9", allow("1")), true},
		"a policy without a category comes last":   {of("", "0", allow("1")), "{}", false},
		"a policy with a smaller number is before": {of("Environment", "2", drop), of("Environment", "1", allow("1")), true},
		"a policy with a larger number is later":   {of("Environment", "2", drop), of("Environment", "3", allow("1")), false},
		"a jump ends its policy":                   {onA(jump, allow("1")), "{}", false},
		"a jump passes by other policies":          {onA(jump), of("Environment", "5", allow("1")), false},
		"a jump leads to Application":              {onA(jump, drop), of("Application", "0", allow("1")), true},
	} {
		run(t, m, step{put, policies + "a", c.a, "200"}, step{put, policies + "z", c.z, "200"})
		passing(t, m, packet{what, sent(portA, stranger), c.passes})
		m.Remove(policies + "a")
		m.Remove(policies + "z")
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	environment := func(properties, body string) string { return with(`"category": "Environment"`+properties, body) }
	for what, c := range map[string]struct {
		body   string
		passes bool
	}{
		"a rule at the port":                   {environment("", policyOf(rule("r", `"scope": ["`+groups+`a"]`))), true},
		"a rule at another port":               {environment("", policyOf(rule("r", `"scope": ["`+groups+`b"]`))), false},
		"a rule everywhere":                    {environment("", policyOf(rule("r"))), true},
		"the policy's scope wins, and has it":  {onA(rule("r", `"scope": ["`+groups+`b"]`)), true},
		"the policy's scope wins, and has not": {environment(`, "scope": ["`+groups+`b"]`, policyOf(rule("r"))), false},
		"addresses are no scope":               {environment(`, "scope": ["`+groups+`listed"]`, policyOf(rule("r"))), false},
	} {
		m := filtered(t, nil)
		run(t, m, step{put, groups + "listed", members(byAddress("10.0.0.1")), "200"}, step{put, policies + "p", c.body, "200"})
		passing(t, m, packet{what, sent(portA, stranger), c.passes})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	in, out := rule("in", `"direction": "IN"`, entries(tcp("80"))), rule("out", `"direction": "OUT"`, entries(tcp("40000")))
	for what, c := range map[string]struct {
		body          string
		asked, answer bool
	}{
		"stateful":                       {onA(in), true, true},
		"stateless":                      {with(`"stateful": false`, onA(in)), true, false},
		"stateless with a rule for both": {with(`"stateful": false`, onA(in, out)), true, true},
		"nothing to answer, stateless":   {with(`"stateful": false`, onA(rule("d", `"action": "DROP"`, `"direction": "IN"`), out)), false, false},
		"nothing to answer":              {onA(out), false, false},
	} {
		m := filtered(t, map[string]string{"a": c.body})
		asked := sent(portA, stranger)
		passing(t, m, packet{what + ", asked", asked, c.asked}, packet{what + ", answer", answering(asked), c.answer})
	}
	m := filtered(t, map[string]string{"a": onA(rule("out", `"direction": "OUT"`))})
	passing(t, m, packet{"what the port asks", outwards(sent(portA, stranger)), true},
		packet{"is answered", answering(outwards(sent(portA, stranger))), true},
		packet{"and nobody else comes in", sent(portA, stranger), false})
}

func TestProjectsHaveFirewallsOfTheirOwn(t *testing.T) {
	t.Parallel()
	m := start(t, nsxsim.Options{Project: "blue"})
	root := "/orgs/default/projects/blue"
	tags := `{"tags": [{"scope": "group", "tag": "a"}]}`
	run(t, m,
		step{put, segment, `{}`, "200"}, step{put, portA, tags, "200"},
		step{put, root + segment, `{}`, "200"}, step{put, root + portA, tags, "200"},
		step{get, root + policies + "default-layer3-section", "", "200"},
		step{put, root + groups + "a", members(byTag("group|a")), "200"},
		step{put, policies + "p", `{"scope": ["` + root + groups + `a"]}`, "400/500012"},
		step{put, root + policies + "p", with(`"scope": ["`+root+groups+`a"]`, policyOf(rule("r", `"action": "DROP"`))), "200"})
	passing(t, m, packet{"in the project", sent(root+portA, stranger), false}, packet{"outside", sent(portA, stranger), true})
	run(t, m, step{put, root + policies + "everywhere", policyOf(rule("r", `"action": "DROP"`)), "200"})
	passing(t, m, packet{"a project's policies are in force in the project only", sent(portA, stranger), true})
	if all := ask(t, m, get, root+groups+"a/members/segment-ports", "").body["results"].([]any); len(all) != 1 {
		t.Errorf("a group has the ports of its own project: %v", all)
	}
}
