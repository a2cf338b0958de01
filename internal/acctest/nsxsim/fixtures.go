// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// What is there from the start, as an operator prepares it.
const (
	// EnforcementPoint is the path of the one enforcement point.
	EnforcementPoint = "/infra/sites/default/enforcement-points/default"
	// OverlayZone is the path of the default overlay transport zone, displayed as "overlay", and VLANZone that of the one for VLANs, "vlan".
	OverlayZone = EnforcementPoint + "/transport-zones/1b3a2f36-bfd1-443e-a0f6-4de01abc963e"
	VLANZone    = EnforcementPoint + "/transport-zones/a95c914d-748d-497c-94ab-10d4647daeba"
	// EdgeCluster is the path of the edge cluster "edge-cluster".
	EdgeCluster = EnforcementPoint + "/edge-clusters/5c3b8a60-4e1e-4a3d-9a0c-6f4b7c0f2d11"
	// Tier0 is the path of the tier-0 gateway "tier-0".
	Tier0 = "/infra/tier-0s/tier-0"
	// Tier0Uplink is the address of its uplink.
	Tier0Uplink = "203.0.113.2"
)

// projectRoot is where the objects of a project begin.
func projectRoot(project string) string { return "/orgs/default/projects/" + project + "/infra" }

// fixtures are the objects of the root /infra.
var fixtures = map[string]map[string]any{
	"/infra/sites/default": {},
	EnforcementPoint:       {},
	OverlayZone:            {"display_name": "overlay", "tz_type": "OVERLAY_STANDARD", "is_default": true},
	VLANZone:               {"display_name": "vlan", "tz_type": "VLAN_BACKED", "is_default": false},
	EdgeCluster:            {"display_name": "edge-cluster"},
	Tier0:                  {"display_name": "tier-0", "ha_mode": "ACTIVE_STANDBY"},

	Tier0 + "/locale-services/default": {"edge_cluster_path": EdgeCluster},
	Tier0 + "/locale-services/default/interfaces/uplink": {"type": "EXTERNAL",
		"subnets": []any{map[string]any{"ip_addresses": []any{Tier0Uplink}, "prefix_len": 24}}},
	"/infra/domains/default":                                      {},
	"/infra/spoofguard-profiles/default-spoofguard-profile":       {"address_binding_allowlist": false, "address_binding_whitelist": false},
	"/infra/mac-discovery-profiles/default-mac-discovery-profile": {"mac_change_enabled": false, "mac_learning_enabled": false},
	"/infra/ip-discovery-profiles/default-ip-discovery-profile":   {"arp_nd_binding_timeout": 10, "tofu_enabled": true},
	"/infra/segment-security-profiles/default-segment-security-profile": {"bpdu_filter_enable": true, "dhcp_server_block_enabled": true,
		"dhcp_server_block_v6_enabled": true, "ra_guard_enabled": true},
}

// furnish makes the fixtures, and each project's own domain with its last security policy.
func furnish(o *policy.Objects) {
	for path, body := range fixtures {
		o.Put(path, body).System = true
	}
	for _, root := range o.Roots {
		o.Put(root+"/domains/default", map[string]any{}).System = true
		firewall.Furnish(o, root)
	}
}
