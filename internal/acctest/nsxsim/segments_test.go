// SPDX-License-Identifier: MPL-2.0

package nsxsim

import "testing"

func TestSegmentsOfAZone(t *testing.T) {
	t.Parallel()
	m := Start(t)
	vlan := `"transport_zone_path": "` + VLANZone + `"`
	run(t, m,
		step{put, "/infra/segments/v", `{` + vlan + `}`, "400/255"},
		step{put, "/infra/segments/v", `{` + vlan + `, "vlan_ids": ["4095"]}`, "400/255"},
		step{put, "/infra/segments/v", `{` + vlan + `, "vlan_ids": ["20-10"]}`, "400/255"},
		step{put, "/infra/segments/v", `{` + vlan + `, "vlan_ids": ["ten"]}`, "400/255"},
		step{put, "/infra/tier-1s/r", `{}`, "200"},
		step{put, "/infra/segments/v", `{` + vlan + `, "vlan_ids": ["10"], "connectivity_path": "/infra/tier-1s/r"}`, "400/255"},
		step{put, "/infra/segments/v", `{` + vlan + `, "vlan_ids": ["0-4094"]}`, "200"},
		step{put, "/infra/segments/v", `{` + vlan + `, "vlan_ids": ["0"], "_revision": 0}`, "200"},
		step{put, "/infra/segments/v", `{"transport_zone_path": "` + OverlayZone + `", "_revision": 1}`, "400/255"},
		step{put, "/infra/segments/o", `{"vlan_ids": ["10"]}`, "400/255"},
		step{put, "/infra/segments/o", `{}`, "200"},
	)
	if held, _ := m.Object("/infra/segments/o"); held["transport_zone_path"] != OverlayZone {
		t.Errorf("a segment without a transport zone is of the default one: %v", held)
	}
}

func TestSubnetsOfASegment(t *testing.T) {
	t.Parallel()
	m := Start(t)
	subnets := func(addresses string) string {
		return `{"connectivity_path": "/infra/tier-1s/r", "subnets": [` + addresses + `]}`
	}
	run(t, m,
		step{put, "/infra/tier-1s/r", `{}`, "200"},
		step{put, "/infra/tier-1s/other", `{}`, "200"},
		step{put, "/infra/segments/a", subnets(`{}`), "400/255"},
		step{put, "/infra/segments/a", subnets(`{"gateway_address": "10.0.0.1"}`), "400/255"},
		step{put, "/infra/segments/a", subnets(`{"gateway_address": "10.0.0.0/24"}`), "400/255"},
		step{put, "/infra/segments/a", subnets(`{"gateway_address": "fd00::/64"}`), "400/255"},
		step{put, "/infra/segments/a", subnets(`{"gateway_address": "10.0.0.1/24"}, {"gateway_address": "10.1.0.1/24"}`), "400/255"},
		step{put, "/infra/segments/a", subnets(`{"gateway_address": "10.0.0.1/24"}, {"gateway_address": "fd00::1/64"}`), "200"},
		step{put, "/infra/segments/b", subnets(`{"gateway_address": "10.0.0.129/25"}`), "400/500105"},
		step{put, "/infra/segments/b", subnets(`{"gateway_address": "10.0.1.1/24"}`), "200"},
		step{put, "/infra/segments/c", `{"connectivity_path": "/infra/tier-1s/other", "subnets": [{"gateway_address": "10.0.0.1/24"}]}`, "200"},
	)
}

func TestDHCPOfASegment(t *testing.T) {
	t.Parallel()
	m := Start(t)
	segment := func(server, more string) string {
		return `{` + more + `"subnets": [{"gateway_address": "10.0.0.1/24", "dhcp_config": {"resource_type": "SegmentDhcpV4Config",
			"server_address": "` + server + `"}}]}`
	}
	path := `"dhcp_config_path": "/infra/dhcp-server-configs/d", `
	bindings := "/infra/segments/s/dhcp-static-binding-configs/"
	v4 := `{"resource_type": "DhcpV4StaticBindingConfig", "mac_address": "00:50:56:00:00:01", "ip_address": `
	run(t, m,
		step{put, "/infra/dhcp-server-configs/d", `{"edge_cluster_path": "` + EdgeCluster + `"}`, "200"},
		step{put, "/infra/segments/s", segment("10.0.0.2/24", ""), "400/255"},
		step{put, "/infra/segments/s", segment("10.0.1.2/24", path), "400/255"},
		step{put, "/infra/segments/s", segment("10.0.0.1/24", path), "400/255"},
		step{put, "/infra/segments/s", segment("10.0.0.2/24", path), "200"},
		step{put, bindings + "p-ipv4", v4 + `"10.0.1.5"}`, "400/255"},
		step{put, bindings + "p-ipv4", v4 + `"10.0.0.2"}`, "400/255"},
		step{put, bindings + "p-ipv4", v4 + `"10.0.0.5"}`, "200"},
		step{put, bindings + "q-ipv4", v4 + `"10.0.0.5"}`, "400/500105"},
		step{put, bindings + "q-ipv4", `{"resource_type": "DhcpV4StaticBindingConfig", "ip_addresses": ["10.0.0.6"]}`, "400/255"},
		step{put, bindings + "q-ipv6", `{"resource_type": "DhcpV6StaticBindingConfig", "ip_addresses": ["fd00::6"]}`, "400/255"},
	)
	if held, _ := m.Object(bindings + "p-ipv4"); held["resource_type"] != "DhcpV4StaticBindingConfig" {
		t.Errorf("held: %v", held)
	}
}
