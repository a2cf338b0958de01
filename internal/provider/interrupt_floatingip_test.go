// SPDX-License-Identifier: MPL-2.0

package provider_test

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"

// interruptedFloatingIPs returns floating IPs and what belongs to them, behind a router of their own.
func interruptedFloatingIPs() []interruptedNoun {
	port := []string{"networking_network", "networking_subnet", "networking_secgroup", "networking_port"}
	address := func(p *protocol.Provider, ids map[string]string) {
		wayOut(p, ids)
		made := bring(p, "networking_floatingip", map[string]any{"pool": "outside"})
		ids["networking_floatingip"], ids["address"] = made.Text("id"), made.Text("address")
	}
	return []interruptedNoun{
		{noun{kind: "networking_floatingip", config: func(ids map[string]string) map[string]any {
			return map[string]any{"pool": "outside", "port_id": ids["networking_port"]}
		}}, port, 1, wayOut},
		{noun{kind: "networking_floatingip_associate", config: func(ids map[string]string) map[string]any {
			return map[string]any{"floating_ip": ids["address"], "port_id": ids["networking_port"]}
		}}, port, 1, address},
		{noun{kind: "networking_portforwarding", config: func(ids map[string]string) map[string]any {
			return map[string]any{"floatingip_id": ids["networking_floatingip"], "internal_port_id": ids["networking_port"],
				"internal_ip_address": "10.20.0.30", "protocol": "tcp", "external_port": 2222, "internal_port": 22}
		}}, port, 1, address},
	}
}

// wayOut makes an external network with a subnet, and a router between that and the subnet of the port.
func wayOut(p *protocol.Provider, ids map[string]string) {
	outside := bring(p, "networking_network", map[string]any{"name": "outside", "external": true,
		"segments": []any{map[string]any{"segmentation_id": 121}}}).Text("id")
	bring(p, "networking_subnet", map[string]any{"network_id": outside, "cidr": "203.0.113.0/24"})
	router := bring(p, "networking_router", map[string]any{"name": "edge", "external_network_id": outside}).Text("id")
	bring(p, "networking_router_interface", map[string]any{"router_id": router, "subnet_id": ids["networking_subnet"]})
}

// bring makes an object.
func bring(p *protocol.Provider, kind string, config map[string]any) protocol.Object {
	return p.Bring("novasphere_"+kind, config, p.None("novasphere_"+kind))
}
