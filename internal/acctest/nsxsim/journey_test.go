// SPDX-License-Identifier: MPL-2.0

package nsxsim_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

// routed is a manager with the router edge between two segments and the world: web has 203.0.113.9, everybody else 203.0.113.1. Of the
// group's ports only web and db are, and web may be asked by the world, db by the group.
func routed(t *testing.T) *nsxsim.Manager {
	t.Helper()
	m := nsxsim.Start(t)
	const edge, groups = "/infra/tier-1s/edge", "/infra/domains/default/groups/"
	m.Put(edge, map[string]any{"tier0_path": nsxsim.Tier0})
	m.Put(edge+"/locale-services/default", map[string]any{"edge_cluster_path": nsxsim.EdgeCluster})
	for segment, gateway := range map[string]string{"front": "10.0.0.1/24", "back": "10.0.1.1/24"} {
		m.Put("/infra/segments/"+segment, map[string]any{"transport_zone_path": nsxsim.OverlayZone, "connectivity_path": edge,
			"subnets": []any{map[string]any{"gateway_address": gateway}}})
	}
	for port, address := range map[string]string{"front/ports/web": "10.0.0.5", "front/ports/other": "10.0.0.6", "back/ports/db": "10.0.1.5"} {
		body := map[string]any{"address_bindings": []any{map[string]any{"ip_address": address}}}
		if address != "10.0.0.6" {
			body["tags"] = []any{map[string]any{"scope": "in", "tag": "group"}}
		}
		m.Put("/infra/segments/"+port, body)
	}
	m.Put(groups+"g", map[string]any{"expression": []any{map[string]any{"resource_type": "Condition", "member_type": "SegmentPort",
		"key": "Tag", "operator": "EQUALS", "value": "in|group"}}})
	rule := func(id, action, direction, from, port string, sequence int) map[string]any {
		r := map[string]any{"resource_type": "Rule", "id": id, "action": action, "direction": direction, "source_groups": []any{from},
			"destination_groups": []any{"ANY"}, "services": []any{"ANY"}, "scope": []any{"ANY"}, "sequence_number": sequence}
		if port != "" {
			r["service_entries"] = []any{map[string]any{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "TCP",
				"destination_ports": []any{port}}}
		}
		return r
	}
	m.Put("/infra/domains/default/security-policies/p", map[string]any{"category": "Environment", "stateful": true,
		"scope": []any{groups + "g"}, "rules": []any{rule("web", "ALLOW", "IN", "ANY", "80", 10),
			rule("db", "ALLOW", "IN", groups+"g", "5432", 20), rule("out", "ALLOW", "OUT", "ANY", "", 30),
			rule("drop", "DROP", "IN_OUT", "ANY", "", 99)}})
	for id, body := range map[string]map[string]any{
		"s":    {"action": "SNAT", "source_network": "10.0.0.0/23", "translated_network": "203.0.113.1", "sequence_number": 30},
		"s-ip": {"action": "SNAT", "source_network": "10.0.0.5", "translated_network": "203.0.113.9", "sequence_number": 20},
		"d-ip": {"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5", "sequence_number": 20}} {
		m.Put(edge+"/nat/USER/nat-rules/"+id, body)
	}
	m.Advance(time.Hour)
	return m
}

// TestFollow: a packet is translated at the router, and asked about at the ports at both its ends; so is its answer.
func TestFollow(t *testing.T) {
	t.Parallel()
	m := routed(t)
	for name, c := range map[string]struct {
		from, to     string
		port         int
		source, dest string // as it arrives; none: it does not
	}{
		"the world to a floating IP":           {"198.51.100.7", "203.0.113.9", 80, "198.51.100.7", "10.0.0.5"},
		"the world to another port of it":      {"198.51.100.7", "203.0.113.9", 22, "", ""},
		"the world to nobody":                  {"198.51.100.7", "203.0.113.1", 80, "", ""},
		"a guest with a floating IP":           {"10.0.0.5", "198.51.100.7", 443, "203.0.113.9", "198.51.100.7"},
		"a guest without one":                  {"10.0.1.5", "198.51.100.7", 443, "203.0.113.1", "198.51.100.7"},
		"a member to a member":                 {"10.0.0.5", "10.0.1.5", 5432, "10.0.0.5", "10.0.1.5"},
		"somebody else to a member":            {"10.0.0.6", "10.0.1.5", 5432, "", ""},
		"a guest to a neighbour of its own":    {"10.0.0.5", "10.0.0.6", 22, "10.0.0.5", "10.0.0.6"},
		"a guest to a floating IP of the same": {"10.0.1.5", "203.0.113.9", 80, "10.0.1.5", "10.0.0.5"},
	} {
		j := m.Follow("/infra/tier-1s/edge", nsxsim.RoutedPacket{Protocol: 6, Source: netip.MustParseAddr(c.from),
			Destination: netip.MustParseAddr(c.to), SourcePort: 40000, DestinationPort: c.port})
		if j.Delivered != (c.source != "") || j.Answered != j.Delivered {
			t.Errorf("%s: %+v", name, j)
		} else if j.Delivered && (j.Arrives.Source.String() != c.source || j.Arrives.Destination.String() != c.dest ||
			j.Arrives.DestinationPort != c.port) {
			t.Errorf("%s: it arrives as %+v", name, j.Arrives)
		}
	}
}

// TestFollowAnswers: a stateless policy lets a packet through and not its answer.
func TestFollowAnswers(t *testing.T) {
	t.Parallel()
	m := routed(t)
	const path = "/infra/domains/default/security-policies/p"
	policy, _ := m.Object(path)
	policy["stateful"], policy["rules"] = false, policy["rules"].([]any)[:1]
	policy["rules"] = append(policy["rules"].([]any), map[string]any{"resource_type": "Rule", "id": "drop", "action": "DROP",
		"source_groups": []any{"ANY"}, "destination_groups": []any{"ANY"}, "services": []any{"ANY"}, "scope": []any{"ANY"},
		"sequence_number": 99})
	m.Put(path, policy)
	m.Advance(time.Hour)
	j := m.Follow("/infra/tier-1s/edge", nsxsim.RoutedPacket{Protocol: 6, Source: netip.MustParseAddr("198.51.100.7"),
		Destination: netip.MustParseAddr("203.0.113.9"), SourcePort: 40000, DestinationPort: 80})
	if !j.Delivered || j.Answered {
		t.Errorf("%+v", j)
	}
}
