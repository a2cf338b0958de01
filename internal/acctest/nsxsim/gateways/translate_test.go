// SPDX-License-Identifier: MPL-2.0

package gateways_test

import (
	"strings"
	"testing"
)

// translating is a site with the rules that a gateway has for a subnet, a floating IP 203.0.113.9 and a forwarding of 203.0.113.7.
func translating(t *testing.T) site {
	t.Helper()
	s := routed(t)
	s.run(t,
		step{put, "/infra/segments/t", segment(router, "10.0.1.1/24"), "200"},
		step{put, rules + "S-subnet", `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.7",
			"sequence_number": 3000}`, "200"},
		step{put, rules + "ND-subnet", `{"action": "NO_DNAT", "destination_network": "10.0.0.0/24", "sequence_number": 3000,
			"firewall_match": "BYPASS"}`, "200"},
		step{put, rules + "S-fip", `{"action": "SNAT", "source_network": "10.0.0.5", "translated_network": "203.0.113.9",
			"sequence_number": 2000}`, "200"},
		step{put, rules + "D-fip", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5",
			"sequence_number": 2000}`, "200"},
		step{put, "/infra/services/F-pf", `{"service_entries": [{"resource_type": "L4PortSetServiceEntry", "id": "F-pf", "l4_protocol": "TCP",
			"destination_ports": ["22"]}]}`, "200"},
		step{put, rules + "F-pf", `{"action": "DNAT", "destination_network": "203.0.113.7", "translated_network": "10.0.0.6",
			"service": "/infra/services/F-pf", "translated_ports": "2222", "sequence_number": 1000}`, "200"},
	)
	return s
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	s := translating(t)
	const outside, inside, other = "8.8.8.8", "10.0.0.8", "10.0.1.8"
	s.sees(t, "out of the subnet", packet(inside, 1024, outside, 443), packet("203.0.113.7", 1024, outside, 443))
	s.sees(t, "out of a subnet without SNAT", packet(other, 1024, outside, 443), packet(other, 1024, outside, 443))
	s.sees(t, "out with a floating IP", packet("10.0.0.5", 1024, outside, 443), packet("203.0.113.9", 1024, outside, 443))
	s.sees(t, "in to a floating IP", packet(outside, 1024, "203.0.113.9", 443), packet(outside, 1024, "10.0.0.5", 443))
	s.sees(t, "east-west", packet(inside, 1024, other, 443), packet(inside, 1024, other, 443))
	s.sees(t, "to a floating IP of the same gateway", packet(other, 1024, "203.0.113.9", 443), packet(other, 1024, "10.0.0.5", 443))
	s.sees(t, "in to the forwarding", packet(outside, 1024, "203.0.113.7", 2222), packet(outside, 1024, "10.0.0.6", 22))
	s.sees(t, "in to the inner port", packet(outside, 1024, "203.0.113.7", 22), packet(outside, 1024, "203.0.113.7", 22))
	udp := packet(outside, 1024, "203.0.113.7", 2222)
	udp.Protocol = 17
	s.sees(t, "in to the forwarding by UDP", udp, udp)
	s.run(t, step{del, "/infra/services/F-pf", "", "400/500030"}, step{del, rules + "F-pf", "", "200"},
		step{del, "/infra/services/F-pf", "", "200"})
	s.sees(t, "without the forwarding", packet(outside, 1024, "203.0.113.7", 2222), packet(outside, 1024, "203.0.113.7", 2222))
}

func TestNoDNATDecidesByItsNumber(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t,
		step{put, rules + "n", `{"action": "NO_DNAT", "destination_network": "203.0.113.9", "sequence_number": 20}`, "200"},
		step{put, rules + "d", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5",
			"sequence_number": 30}`, "200"})
	in := packet("8.8.8.8", 1024, "203.0.113.9", 443)
	s.sees(t, "behind NO_DNAT", in, in)
	s.run(t, step{put, rules + "d", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5",
		"sequence_number": 10, "_revision": 0}`, "200"})
	s.sees(t, "before NO_DNAT", in, packet("8.8.8.8", 1024, "10.0.0.5", 443))
}

func TestNoSNATDecidesByItsNumber(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t,
		step{put, rules + "s", `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.7",
			"sequence_number": 30}`, "200"},
		step{put, rules + "n", `{"action": "NO_SNAT", "source_network": "10.0.0.0/24", "destination_network": "192.0.2.0/24"}`, "200"})
	s.sees(t, "to a destination of NO_SNAT", packet("10.0.0.5", 1, "192.0.2.1", 2), packet("10.0.0.5", 1, "192.0.2.1", 2))
	s.sees(t, "to another destination", packet("10.0.0.5", 1, "192.0.3.1", 2), packet("203.0.113.7", 1, "192.0.3.1", 2))
}

func TestTranslatedPortsNeedAService(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t, step{put, rules + "d", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5",
		"translated_ports": "2222"}`, "200"})
	for _, port := range []int{22, 2222} {
		s.sees(t, "translated_ports without a service", packet("8.8.8.8", 1, "203.0.113.9", port), packet("8.8.8.8", 1, "10.0.0.5", port))
	}
}

func TestServiceOfARule(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t,
		step{put, "/infra/services/web", `{"service_entries": [{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP",
			"destination_ports": ["80-90"], "source_ports": ["1000-2000"]}]}`, "200"},
		step{put, rules + "d", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5",
			"service": "/infra/services/web"}`, "200"},
		step{put, rules + "r", `{"action": "DNAT", "destination_network": "203.0.113.10", "translated_network": "10.0.0.5",
			"service": "/infra/services/web", "translated_ports": "8080-8090"}`, "200"},
		step{put, rules + "s", `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.7",
			"service": "/infra/services/web"}`, "200"})
	s.sees(t, "a port of the service", packet("8.8.8.8", 1000, "203.0.113.9", 85), packet("8.8.8.8", 1000, "10.0.0.5", 85))
	s.sees(t, "another port", packet("8.8.8.8", 1000, "203.0.113.9", 91), packet("8.8.8.8", 1000, "203.0.113.9", 91))
	s.sees(t, "another source port", packet("8.8.8.8", 999, "203.0.113.9", 85), packet("8.8.8.8", 999, "203.0.113.9", 85))
	s.sees(t, "a range", packet("8.8.8.8", 1000, "203.0.113.10", 8083), packet("8.8.8.8", 1000, "10.0.0.5", 83))
	s.sees(t, "out, by the protocol", packet("10.0.0.5", 1000, "8.8.8.8", 443), packet("203.0.113.7", 1000, "8.8.8.8", 443))
	udp := packet("10.0.0.5", 1000, "8.8.8.8", 443)
	udp.Protocol = 17
	s.sees(t, "out, by another protocol", udp, udp)
}

func TestRulesOfAnotherGateway(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t,
		step{put, "/infra/tier-1s/other", `{}`, "200"},
		step{put, "/infra/tier-1s/other/locale-services/default", cluster, "200"},
		step{put, "/infra/segments/t", segment("/infra/tier-1s/other", "192.0.2.1/24"), "200"},
		step{put, rules + "s", `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.7",
			"sequence_number": 10}`, "200"},
		step{put, "/infra/tier-1s/other/nat/USER/nat-rules/s", `{"action": "SNAT", "source_network": "10.0.0.0/24",
			"translated_network": "203.0.113.8"}`, "200"})
	s.sees(t, "to a segment of another gateway", packet("10.0.0.5", 1, "192.0.2.9", 2), packet("203.0.113.7", 1, "192.0.2.9", 2))
}

func TestDisabledRuleTranslatesNothing(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t, step{put, rules + "s", `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.7",
		"enabled": false}`, "200"})
	out := packet("10.0.0.5", 1, "8.8.8.8", 2)
	s.sees(t, "disabled", out, out)
}

// TestOthersRules: a rule with the action REFLEXIVE, which only others make, translates both ways, and what Translate does not know is
// said.
func TestOthersRules(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.Put(rules+"r", map[string]any{"action": "REFLEXIVE", "source_network": "10.0.0.0/28", "translated_network": "203.0.113.16/28"})
	s.sees(t, "out", packet("10.0.0.5", 1, "8.8.8.8", 2), packet("203.0.113.21", 1, "8.8.8.8", 2))
	s.sees(t, "in", packet("8.8.8.8", 2, "203.0.113.21", 1), packet("8.8.8.8", 2, "10.0.0.5", 1))
	s.sees(t, "of another network", packet("10.0.0.16", 1, "8.8.8.8", 2), packet("10.0.0.16", 1, "8.8.8.8", 2))
	s.Put(rules+"v6", map[string]any{"action": "NAT64", "source_network": "2001:db8::/64", "translated_network": "203.0.113.9"})
	s.Translate(router, packet("10.0.0.5", 1, "8.8.8.8", 2))
	if misuses := s.Misuses(); len(misuses) != 1 || !strings.Contains(misuses[0], "NAT64") {
		t.Errorf("the answer for a gateway with NAT64 is trusted: %v", misuses)
	}
	_, body := s.ask(t, get, router+"/nat", "")
	if all, _ := body["results"].([]any); len(all) != 4 {
		t.Errorf("the gateway has the sections %v", body)
	}
}
