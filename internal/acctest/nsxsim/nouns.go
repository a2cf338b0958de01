// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/gateways"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// nouns are the types of objects that the manager knows, one row each.
func (m *Manager) nouns() []*policy.Noun {
	return slices.Concat([]*policy.Noun{
		{Pattern: "segments/*", Type: "Segment", Schema: "Segment", Entity: "RealizedLogicalSwitch",
			References: map[string][]string{"transport_zone_path": {"PolicyTransportZone"}, "connectivity_path": {"Tier1", "Tier0"},
				"dhcp_config_path": {"DhcpServerConfig"}},
			Defaults: map[string]any{"admin_state": "UP", "replication_mode": "MTEP", "type": "ROUTED"},
			Kept:     []string{"subnets", "connectivity_path"},
			Check:    checkSegment, CheckDeletion: checkSegmentDeletion, Written: m.fabric.written, Deleted: m.fabric.deleted,
			Views: map[string]func(*policy.Objects, *policy.Object) any{"state": segmentState}},
		{Pattern: "segments/*/ports/*", Type: "SegmentPort", Schema: "SegmentPort", Entity: "RealizedLogicalPort",
			Defaults: map[string]any{"admin_state": "UP"}, Kept: []string{"attachment"},
			Check: m.cards.checkPort, CheckDeletion: m.cards.checkPortDeletion, Deleted: m.cards.portDeleted,
			Views: map[string]func(*policy.Objects, *policy.Object) any{"state": m.cards.portState}},
		{Pattern: "segments/*/dhcp-static-binding-configs/*", Type: "DhcpV4StaticBindingConfig", Types: []string{"DhcpV6StaticBindingConfig"},
			Schema: "DhcpStaticBindingConfig", Entity: "RealizedDhcpStaticBinding", Check: checkStaticBinding},
		{Pattern: "dhcp-server-configs/*", Type: "DhcpServerConfig", Schema: "DhcpServerConfig", Entity: "RealizedDhcpServer",
			References: map[string][]string{"edge_cluster_path": {"PolicyEdgeCluster"}}},
		{Pattern: "domains/*", Type: "Domain"},
		{Pattern: "sites/*", Type: "Site"},
		{Pattern: "sites/*/enforcement-points/*", Type: "EnforcementPoint"},
		{Pattern: "sites/*/enforcement-points/*/transport-zones/*", Type: "PolicyTransportZone"},
		{Pattern: "sites/*/enforcement-points/*/edge-clusters/*", Type: "PolicyEdgeCluster"},
	}, m.options.profiles(), shaping(), gateways.Nouns(), firewall.Version{LogicalPorts: !m.options.since(9, 0)}.Nouns())
}

// profiles are those of ports and segments, and the maps that bind them.
func (o Options) profiles() []*policy.Noun {
	security := map[string][]string{"spoofguard_profile_path": {"SpoofGuardProfile"},
		"segment_security_profile_path": {"SegmentSecurityProfile"}}
	discovery := map[string][]string{"mac_discovery_profile_path": {"MacDiscoveryProfile"},
		"ip_discovery_profile_path": {"IPDiscoveryProfile"}}
	profile := func(collection, typ string) *policy.Noun {
		return &policy.Noun{Pattern: collection + "/*", Type: typ, Schema: typ, Entity: "Realized" + typ}
	}
	binding := func(collection, typ string, references map[string][]string) *policy.Noun {
		return &policy.Noun{Pattern: collection + "/*", Type: typ, Schema: typ, Entity: "Realized" + typ, References: references}
	}
	spoofguard := profile("spoofguard-profiles", "SpoofGuardProfile")
	spoofguard.Check = o.checkSpoofGuard
	return []*policy.Noun{
		spoofguard,
		profile("segment-security-profiles", "SegmentSecurityProfile"),
		profile("mac-discovery-profiles", "MacDiscoveryProfile"),
		profile("ip-discovery-profiles", "IPDiscoveryProfile"),
		binding("segments/*/ports/*/port-security-profile-binding-maps", "PortSecurityProfileBindingMap", security),
		binding("segments/*/ports/*/port-discovery-profile-binding-maps", "PortDiscoveryProfileBindingMap", discovery),
		binding("segments/*/segment-security-profile-binding-maps", "SegmentSecurityProfileBindingMap", security),
		binding("segments/*/segment-discovery-profile-binding-maps", "SegmentDiscoveryProfileBindingMap", discovery),
	}
}

// checkSpoofGuard refuses a profile whose two names of one property contradict each other, or are not those of the version: the
// specification of 9.1 has both as mandatory, 4.1 takes either, and clients of 3.x know the older one only.
func (o Options) checkSpoofGuard(_ *policy.Objects, _ *policy.Object, body map[string]any) *policy.Refusal {
	older, hasOlder := body["address_binding_whitelist"]
	newer, hasNewer := body["address_binding_allowlist"]
	switch {
	case hasNewer && !o.since(4, 0):
		return policy.Invalid("address_binding_allowlist is no property of SpoofGuardProfile")
	case hasOlder && hasNewer && older != newer:
		return policy.Invalid("address_binding_allowlist and address_binding_whitelist have to agree")
	case o.since(9, 0) && (!hasOlder || !hasNewer):
		return policy.Invalid("SpoofGuardProfile has to have address_binding_allowlist and address_binding_whitelist")
	}
	return nil
}
