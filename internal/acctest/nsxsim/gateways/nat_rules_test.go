// SPDX-License-Identifier: MPL-2.0

package gateways_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

func TestNATRules(t *testing.T) {
	t.Parallel()
	s := routed(t)
	snat, dnat := `{"action": "SNAT", "source_network": "10.0.0.0/24"`, `{"action": "DNAT", "destination_network": "203.0.113.9"`
	none := `{"action": "NO_DNAT", "destination_network": "10.0.0.0/24"`
	for _, c := range []struct{ body, verdict string }{
		{`{"source_network": "10.0.0.0/24"}`, "400/255"},
		{`{"action": "NAT64", "source_network": "10.0.0.0/24"}`, "400/255"},
		{`{"action": "REFLEXIVE", "source_network": "10.0.0.5", "translated_network": "203.0.113.9"}`, "400/255"},
		{snat + `}`, "400/255"},
		{`{"action": "SNAT", "translated_network": "203.0.113.9"}`, "400/255"},
		{snat + `, "translated_network": "203.0.113.9-203.0.113.12"}`, "400/255"},
		{snat + `, "translated_network": "2001:db8::9"}`, "400/255"},
		{snat + `, "translated_network": "203.0.113.9/24"}`, "400/255"},
		{snat + `, "translated_network": "203.0.113.9", "sequence_number": -1}`, "400/255"},
		{snat + `, "translated_network": "203.0.113.9", "sequence_number": 2147481600}`, "400/255"},
		{snat + `, "translated_network": "203.0.113.9", "policy_based_vpn_mode": "MATCH"}`, "400/255"},
		{snat + `, "translated_network": "203.0.113.9", "service": "/infra/services/no"}`, "400/500012"},
		{snat + `, "translated_network": "203.0.113.9,203.0.113.10", "sequence_number": 2147481599}`, "200"},
		{dnat + `}`, "400/255"},
		{`{"action": "DNAT", "translated_network": "10.0.0.5"}`, "400/255"},
		{dnat + `, "translated_network": "10.0.0.5,10.0.0.6"}`, "400/255"},
		{dnat + `, "translated_network": "10.0.0.5", "translated_ports": "ssh"}`, "400/255"},
		{dnat + `, "translated_network": "10.0.0.5", "translated_ports": "90-80"}`, "400/255"},
		{dnat + `, "translated_network": "10.0.0.5", "translated_ports": "80-80"}`, "400/255"},
		{dnat + `, "translated_network": "10.0.0.5", "translated_ports": "2222"}`, "200"},
		{none + `, "translated_network": "10.0.0.5"}`, "400/255"},
		{none + `, "translated_ports": "22"}`, "400/255"},
		{none + `, "firewall_match": "MATCH_INTERNAL_ADDRESS"}`, "400/255"},
		{none + `, "firewall_match": "BYPASS"}`, "200"},
		{none + `}`, "200"},
		{`{"action": "NO_DNAT"}`, "400/255"},
		{`{"action": "NO_SNAT"}`, "400/255"},
		{`{"action": "NO_SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.9"}`, "400/255"},
		{`{"action": "NO_SNAT", "source_network": "10.0.0.0/24"}`, "200"},
	} {
		s.run(t, step{put, rules + "a", c.body, c.verdict})
		if c.verdict == "200" {
			s.run(t, step{del, rules + "a", "", "200"})
		}
	}
	s.run(t, step{put, router + "/nat/OWN/nat-rules/a", none + `}`, "404/600"},
		step{put, "/infra/tier-1s/no/nat/USER/nat-rules/a", none + `}`, "404/600"})
}

func TestDefaultsOfANATRule(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t, step{put, rules + "a", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5",
		"translated_ports": "2222"}`, "200"})
	held, _ := s.Object(rules + "a")
	for property, want := range map[string]any{"enabled": true, "logging": false, "sequence_number": 0.0,
		"firewall_match": "MATCH_INTERNAL_ADDRESS", "translated_ports": "2222"} {
		if held[property] != want {
			t.Errorf("%s is %v, not %v", property, held[property], want)
		}
	}
}

func TestScopeOfANATRule(t *testing.T) {
	t.Parallel()
	s := routed(t)
	card := `{"segment_path": "/infra/segments/v", "subnets": [{"ip_addresses": ["10.1.0.1"], "prefix_len": 24}]}`
	other := "/infra/tier-1s/other/locale-services/default"
	rule := `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.9", "scope": ["`
	s.run(t,
		step{put, "/infra/segments/v", `{"transport_zone_path": "` + nsxsim.VLANZone + `", "vlan_ids": ["10"]}`, "200"},
		step{put, "/infra/segments/w", `{"transport_zone_path": "` + nsxsim.VLANZone + `", "vlan_ids": ["11"]}`, "200"},
		step{put, services + "/interfaces/v", card, "200"},
		step{put, "/infra/tier-1s/other", `{}`, "200"},
		step{put, other, cluster, "200"},
		step{put, other + "/interfaces/w", strings.Replace(card, "segments/v", "segments/w", 1), "200"},
		step{put, rules + "a", rule + services + `"]}`, "400/500012"},
		step{put, rules + "a", rule + other + `/interfaces/w"]}`, "400/255"},
		step{put, rules + "a", rule + services + `/interfaces/v"]}`, "200"},
	)
	s.sees(t, "a rule about an interface", packet("10.0.0.5", 1024, "8.8.8.8", 53), packet("10.0.0.5", 1024, "8.8.8.8", 53))
}

func TestWhatTranslatesNeedsAnEdgeCluster(t *testing.T) {
	t.Parallel()
	s := start(t, atOnce)
	snat := `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.9"}`
	s.run(t,
		step{put, router, `{}`, "200"},
		step{put, rules + "a", snat, "200"},
		step{put, rules + "n", `{"action": "NO_DNAT", "destination_network": "10.0.0.0/24"}`, "200"})
	out := packet("10.0.0.5", 1024, "8.8.8.8", 53)
	broken := func(when string) {
		t.Helper()
		if state := s.realized(t, rules+"a"); !strings.HasPrefix(state, "ERROR/") {
			t.Errorf("%s a SNAT rule is %s", when, state)
		}
		s.sees(t, when, out, out)
	}
	broken("without locale-services")
	if state := s.realized(t, rules+"n"); state != "REALIZED" {
		t.Errorf("a NO_DNAT rule is %s", state)
	}
	s.run(t, step{put, services, `{}`, "200"})
	broken("without an edge cluster")
	s.run(t, step{put, services, `{"edge_cluster_path": "` + nsxsim.EdgeCluster + `", "_revision": 0}`, "200"})
	if state := s.realized(t, rules+"a"); state != "REALIZED" {
		t.Error(state)
	}
	s.sees(t, "with an edge cluster", out, packet("203.0.113.9", 1024, "8.8.8.8", 53))
	s.run(t, step{put, services, `{"_revision": 1}`, "200"})
	broken("without the edge cluster again")
}

func TestNATHasToWaitForTheEdgeCluster(t *testing.T) {
	t.Parallel()
	s := start(t, slow)
	snat := `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.9"}`
	s.run(t,
		step{put, router, `{}`, "200"},
		step{put, services, `{}`, "200"},
		step{put, rules + "early", snat, "200"},
		step{del, rules + "early", "", "200"},
		step{put, services, `{"edge_cluster_path": "` + nsxsim.EdgeCluster + `", "_revision": 0}`, "200"},
		step{put, rules + "a", snat, "400/500232"})
	s.Advance(3 * time.Hour)
	s.run(t, step{put, rules + "a", snat, "200"})
	out := packet("10.0.0.5", 1024, "8.8.8.8", 53)
	s.sees(t, "before the rule is realized", out, out)
	s.Advance(3 * time.Hour)
	s.sees(t, "after the rule is realized", out, packet("203.0.113.9", 1024, "8.8.8.8", 53))
}

func TestActiveActiveTranslatesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, atOnce)
	s.run(t,
		step{put, router, `{"ha_mode": "ACTIVE_ACTIVE"}`, "200"},
		step{put, rules + "a", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5"}`, "400/255"})
}

// sees fails where a packet that comes to the gateway does not become another.
func (s site) sees(t *testing.T, when string, p, want nsxsim.RoutedPacket) {
	t.Helper()
	if got := s.Translate(router, p); got != want {
		t.Errorf("%s: %+v becomes %+v, not %+v", when, p, got, want)
	}
}

// packet is one of TCP.
func packet(source string, sourcePort int, destination string, destinationPort int) nsxsim.RoutedPacket {
	return nsxsim.RoutedPacket{Protocol: 6, Source: netip.MustParseAddr(source), SourcePort: sourcePort,
		Destination: netip.MustParseAddr(destination), DestinationPort: destinationPort}
}
