// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// The ids of the profiles that all ports of this provider share, and that are made where they do not exist.
const (
	spoofGuardID = "novasphere-spoofguard" // addresses are bound
	openID       = "novasphere-open"       // nothing is filtered, a guest may serve DHCP
	macID        = "novasphere-mac"        // a guest may use several MACs
)

// SpoofGuardProfile says whether ports may use other addresses than those that are bound to them (NSX API, SpoofGuardProfile). NSX before
// 4.0 knows the field by its older name, and 9.1 wants both.
type SpoofGuardProfile struct {
	DisplayName string `json:"display_name"`
	Allowlist   *bool  `json:"address_binding_allowlist,omitempty"`
	Whitelist   *bool  `json:"address_binding_whitelist,omitempty"`
}

// SegmentSecurityProfile says which frames ports drop (NSX API, SegmentSecurityProfile). All that NSX would drop by default are named,
// because a field that is left out has its default.
type SegmentSecurityProfile struct {
	DisplayName       string `json:"display_name"`
	BPDUFilter        bool   `json:"bpdu_filter_enable"`
	DHCPClientBlock   bool   `json:"dhcp_client_block_enabled"`
	DHCPClientBlockV6 bool   `json:"dhcp_client_block_v6_enabled"`
	DHCPServerBlock   bool   `json:"dhcp_server_block_enabled"`
	DHCPServerBlockV6 bool   `json:"dhcp_server_block_v6_enabled"`
	NonIPTrafficBlock bool   `json:"non_ip_traffic_block_enabled"`
	RAGuard           bool   `json:"ra_guard_enabled"`
	RateLimits        bool   `json:"rate_limits_enabled"`
}

// MACDiscoveryProfile says whether ports may use several MACs (NSX API, MacDiscoveryProfile).
type MACDiscoveryProfile struct {
	DisplayName string `json:"display_name"`
	MACChange   bool   `json:"mac_change_enabled"`
	MACLearning bool   `json:"mac_learning_enabled"`
}

// PortSecurityMap binds a port to profiles (NSX API, PortSecurityProfileBindingMap).
type PortSecurityMap struct {
	SpoofGuardPath      string `json:"spoofguard_profile_path"`
	SegmentSecurityPath string `json:"segment_security_profile_path"`
}

// PortDiscoveryMap binds a port to profiles (NSX API, PortDiscoveryProfileBindingMap).
type PortDiscoveryMap struct {
	MACDiscoveryPath string `json:"mac_discovery_profile_path"`
	IPDiscoveryPath  string `json:"ip_discovery_profile_path"`
}

// NSX's own profiles. A project refers to them by the same paths.
const (
	defaultSpoofGuard      = "/infra/spoofguard-profiles/default-spoofguard-profile"
	defaultSegmentSecurity = "/infra/segment-security-profiles/default-segment-security-profile"
	defaultIPDiscovery     = "/infra/ip-discovery-profiles/default-ip-discovery-profile"
)

func (r Root) spoofGuard() string   { return string(r) + "/spoofguard-profiles/" + spoofGuardID }
func (r Root) open() string         { return string(r) + "/segment-security-profiles/" + openID }
func (r Root) macDiscovery() string { return string(r) + "/mac-discovery-profiles/" + macID }

// SharedProfiles returns the paths of the profiles that all ports of this provider share.
func (r Root) SharedProfiles() []string { return []string{r.spoofGuard(), r.open(), r.macDiscovery()} }

// Profile is a profile that must exist before a port is bound to it.
type Profile struct {
	Path string
	Body any
}

// PortProfiles is what a port is bound to.
type PortProfiles struct {
	Security  PortSecurityMap
	Discovery *PortDiscoveryMap // nil: the segment's
	QoS       *QoSMap           // nil: the segment's
	Shared    []Profile         // those of Security and Discovery that all ports share: made here, without taking over existing ones
}

// PortProfiles returns the profiles of a port on a network. version is the first number of NSX's version. Spoof guard is off for a port
// that has no addresses, because no source says what it does without any.
func (r Root) PortProfiles(p openstack.Port, n openstack.Network, version int) PortProfiles {
	secure := Secure(p, n)
	out := PortProfiles{Security: PortSecurityMap{defaultSpoofGuard, defaultSegmentSecurity}}
	switch {
	case !secure:
		out.Security.SegmentSecurityPath = r.open()
		out.Shared = append(out.Shared, Profile{r.open(), SegmentSecurityProfile{DisplayName: openID}})
	case len(p.FixedIPs)+len(p.AllowedPairs) > 0:
		out.Security.SpoofGuardPath = r.spoofGuard()
		out.Shared = append(out.Shared, Profile{r.spoofGuard(), spoofGuardOf(version)})
	}
	if !secure || p.ForeignMAC() {
		out.Discovery = &PortDiscoveryMap{r.macDiscovery(), defaultIPDiscovery}
		out.Shared = append(out.Shared, Profile{r.macDiscovery(), MACDiscoveryProfile{macID, true, true}})
	}
	if p.QoSPolicyID != "" {
		out.QoS = &QoSMap{r.QoSProfile(p.QoSPolicyID)}
	}
	return out
}

func spoofGuardOf(version int) SpoofGuardProfile {
	on := true
	if version < 4 {
		return SpoofGuardProfile{DisplayName: spoofGuardID, Whitelist: &on}
	}
	return SpoofGuardProfile{DisplayName: spoofGuardID, Allowlist: &on, Whitelist: &on}
}

// Merge changes a binding map as it was read, and reports whether anything differed.
func (m PortSecurityMap) Merge(o Object) bool {
	return o.set(m, "spoofguard_profile_path", "segment_security_profile_path")
}

// Merge changes a binding map as it was read, and reports whether anything differed.
func (m PortDiscoveryMap) Merge(o Object) bool {
	return o.set(m, "mac_discovery_profile_path", "ip_discovery_profile_path")
}
