// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestPortProfiles(t *testing.T) {
	t.Parallel()
	const (
		guard = `"segment_security_profile_path": "/infra/segment-security-profiles/default-segment-security-profile"`
		mac   = `{"mac_discovery_profile_path": "/p/mac-discovery-profiles/novasphere-mac",
			"ip_discovery_profile_path": "/infra/ip-discovery-profiles/default-ip-discovery-profile"}`
		spoof = `{"Path": "/p/spoofguard-profiles/novasphere-spoofguard", "Body": {"display_name": "novasphere-spoofguard", `
		macs  = `{"Path": "/p/mac-discovery-profiles/novasphere-mac", "Body": {"display_name": "novasphere-mac",
			"mac_change_enabled": true, "mac_learning_enabled": true}}`
		open = `{"Path": "/p/segment-security-profiles/novasphere-open", "Body": {"display_name": "novasphere-open",
			"bpdu_filter_enable": false, "dhcp_client_block_enabled": false, "dhcp_client_block_v6_enabled": false,
			"dhcp_server_block_enabled": false, "dhcp_server_block_v6_enabled": false, "non_ip_traffic_block_enabled": false,
			"ra_guard_enabled": false, "rate_limits_enabled": false}}`
	)
	pair := port
	pair.AllowedPairs = []openstack.AddressPair{{Address: "10.0.0.9", MAC: "00:50:56:00:00:09"}}
	for name, c := range map[string]struct {
		port    openstack.Port
		network openstack.Network
		version int
		want    string
	}{
		"secure": {port, openstack.Network{}, 4, `{"Security": {"spoofguard_profile_path": "/p/spoofguard-profiles/novasphere-spoofguard", ` +
			guard + `}, "Discovery": null, "QoS": null, "Shared": [` + spoof + `"address_binding_allowlist": true,
			"address_binding_whitelist": true}}]}`},
		"secure on NSX 3": {port, openstack.Network{}, 3, `{"Security": {"spoofguard_profile_path":
			"/p/spoofguard-profiles/novasphere-spoofguard", ` + guard + `}, "Discovery": null, "QoS": null, "Shared": [` + spoof +
			`"address_binding_whitelist": true}}]}`},
		"another MAC": {pair, openstack.Network{}, 9, `{"Security": {"spoofguard_profile_path":
			"/p/spoofguard-profiles/novasphere-spoofguard", ` + guard + `}, "Discovery": ` + mac + `, "QoS": null, "Shared": [` + spoof +
			`"address_binding_allowlist": true, "address_binding_whitelist": true}}, ` + macs + `]}`},
		"no port security": {port, openstack.Network{Insecure: true}, 4, `{"Security": {"spoofguard_profile_path":
			"/infra/spoofguard-profiles/default-spoofguard-profile", "segment_security_profile_path":
			"/p/segment-security-profiles/novasphere-open"}, "Discovery": ` + mac + `, "QoS": null, "Shared": [` + open + `, ` + macs + `]}`},
		"no address": {openstack.Port{ID: "p"}, openstack.Network{}, 4, `{"Security": {"spoofguard_profile_path":
			"/infra/spoofguard-profiles/default-spoofguard-profile", ` + guard + `}, "Discovery": null, "QoS": null, "Shared": null}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, policy.Root("/p").PortProfiles(c.port, c.network, c.version), c.want)
		})
	}
}

func TestMergeProfiles(t *testing.T) {
	t.Parallel()
	own := policy.Root("/p").PortProfiles(port, openstack.Network{Insecure: true}, 4)
	security, discovery := asRead(t, own.Security, "DEFAULT", ""), asRead(t, own.Discovery, "DEFAULT", "")
	if own.Security.Merge(security) || own.Discovery.Merge(discovery) {
		t.Error("maps that are as they should be count as changed")
	}
	secure := policy.Root("/p").PortProfiles(port, openstack.Network{}, 4)
	if !secure.Security.Merge(security) || security["spoofguard_profile_path"] != secure.Security.SpoofGuardPath ||
		security["_revision"] != 3.0 {
		t.Errorf("the map is %v", security)
	}
	discovery["mac_discovery_profile_path"] = "/infra/mac-discovery-profiles/default-mac-discovery-profile"
	if !own.Discovery.Merge(discovery) || discovery["mac_discovery_profile_path"] != own.Discovery.MACDiscoveryPath {
		t.Errorf("the map is %v", discovery)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	r := policy.Root("/orgs/default/projects/p/infra")
	for want, got := range map[string]string{
		"/segments/s/ports": r.SegmentPorts("s"), "/segments/s/ports/p": r.SegmentPort("s", "p"),
		"/segments/s/ports/p/port-security-profile-binding-maps/DEFAULT":  r.PortSecurityMap("s", "p"),
		"/segments/s/ports/p/port-discovery-profile-binding-maps/DEFAULT": r.PortDiscoveryMap("s", "p"),
		"/dhcp-server-configs/s": r.DHCPServerConfig("s"), "/segments/s/dhcp-static-binding-configs/p-ipv4": r.StaticBinding("s", "p-ipv4"),
	} {
		if got != string(r)+want {
			t.Errorf("the path is %s and not %s", got, string(r)+want)
		}
	}
}
