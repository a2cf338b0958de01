// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestSubnetRules(t *testing.T) {
	t.Parallel()
	r := openstack.Router{ID: "r", ExternalNetworkID: "ext", Addresses: []openstack.FixedIP{{Address: "2001:db8:1::5"},
		{Address: "198.51.100.5"}}}
	subnets := []openstack.Subnet{web6, web}
	rules, err := gateway.SubnetRules(owner, r, subnets)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, rules, `[{"id": "S-s4", "display_name": "S-s4", "action": "SNAT", "source_network": "10.0.0.0/24",
		"translated_network": "198.51.100.5", "sequence_number": 3000, "firewall_match": "MATCH_INTERNAL_ADDRESS", "enabled": true,
		"tags": `+ownTags("S-s4")+`}, {"id": "ND-s4", "display_name": "ND-s4", "action": "NO_DNAT", "destination_network": "10.0.0.0/24",
		"sequence_number": 3000, "firewall_match": "BYPASS", "enabled": true, "tags": `+ownTags("ND-s4")+`}]`)
	equal(t, gateway.SubnetRuleIDs("s4"), `["S-s4", "ND-s4"]`)

	moved := rules[0]
	moved.TranslatedNetwork = "198.51.100.6"
	merges(t, asRead(t, rules[0], "S-s4"), rules[0], moved, gateway.MergeNATRule)

	r.Addresses = r.Addresses[:1]
	_, err = gateway.SubnetRules(owner, r, subnets)
	refused(t, err, "enable_snat", "no IPv4 address on its external network ext, by which guests of 10.0.0.0/24")
	r.SNAT = flag(false)
	if rules, err := gateway.SubnetRules(owner, r, subnets); len(rules) > 0 || err != nil {
		t.Errorf("without SNAT there are rules: %v, %v", rules, err)
	}
}

func TestFloatingIPRules(t *testing.T) {
	t.Parallel()
	f := openstack.FloatingIP{ID: "f", Address: "198.51.100.9", PortID: "p", FixedIP: "10.0.0.5", RouterID: "r"}
	equal(t, gateway.FloatingIPRules(owner, f), `[{"id": "S-f", "display_name": "S-f", "action": "SNAT", "source_network": "10.0.0.5",
		"translated_network": "198.51.100.9", "sequence_number": 2000, "firewall_match": "MATCH_INTERNAL_ADDRESS", "enabled": true,
		"tags": `+ownTags("S-f")+`},
		{"id": "D-f", "display_name": "D-f", "action": "DNAT", "destination_network": "198.51.100.9", "translated_network": "10.0.0.5",
		"sequence_number": 2000, "firewall_match": "MATCH_INTERNAL_ADDRESS", "enabled": true, "tags": `+ownTags("D-f")+`}]`)
	equal(t, gateway.FloatingIPRuleIDs("f"), `["S-f", "D-f"]`)
	if rules := gateway.FloatingIPRules(owner, openstack.FloatingIP{ID: "f", Address: "198.51.100.9"}); len(rules) > 0 {
		t.Errorf("a floating IP that leads nowhere has rules: %v", rules)
	}
}

// TestForwarding leads 2222 in front of the gateway to 22 behind it: the service has the port behind, and the rule that in front.
func TestForwarding(t *testing.T) {
	t.Parallel()
	f := openstack.Forwarding{ID: "p", Protocol: "tcp", External: 2222, Address: "10.0.0.5", Internal: 22}
	equal(t, gateway.ForwardingRule(owner, root, f, "198.51.100.9"), `{"id": "F-p", "display_name": "F-p", "action": "DNAT",
		"destination_network": "198.51.100.9", "translated_network": "10.0.0.5", "service": "/infra/services/F-p", "translated_ports": "2222",
		"sequence_number": 1000, "firewall_match": "MATCH_INTERNAL_ADDRESS", "enabled": true, "tags": `+ownTags("F-p")+`}`)
	equal(t, gateway.ForwardingRuleID("p"), `"F-p"`)
	service := gateway.ForwardingService(owner, f)
	equal(t, service, `{"display_name": "F-p", "service_entries": [{"resource_type": "L4PortSetServiceEntry", "id": "F-p",
		"display_name": "F-p", "l4_protocol": "TCP", "destination_ports": ["22"]}], "tags": `+ownTags("F-p")+`}`)
	f.Protocol, f.Internal = "udp", 53
	merges(t, asRead(t, service, "F-p"), service, gateway.ForwardingService(owner, f), gateway.MergeForwardingService)
}

func TestExternalAddresses(t *testing.T) {
	t.Parallel()
	own := object(t, `{"id": "S-f", "action": "SNAT", "translated_network": "198.51.100.1", "tags": `+ownTags("S-f")+`}`)
	rules := []policy.Object{own}
	for _, text := range []string{
		`{"id": "a", "action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "198.51.100.2, 198.51.100.16/30"}`,
		`{"id": "b", "action": "DNAT", "destination_network": "198.51.100.3", "translated_network": "10.0.0.9"}`,
		`{"id": "c", "action": "REFLEXIVE", "source_network": "10.0.0.8", "translated_network": "198.51.100.4"}`,
		`{"id": "d", "action": "NO_DNAT", "destination_network": "198.51.100.5"}`,
		`{"id": "e", "action": "DNAT", "destination_network": "ANY", "translated_network": "10.0.0.9"}`,
	} {
		rules = append(rules, object(t, text))
	}
	equal(t, addresses(gateway.ForeignAddresses(owner, rules)), `["198.51.100.2", "198.51.100.16/30", "198.51.100.3", "198.51.100.4"]`)
	equal(t, addresses(gateway.UplinkAddresses([]policy.Object{object(t, `{"id": "u", "segment_path": "/infra/segments/x", "subnets": [
		{"ip_addresses": ["198.51.100.1"], "prefix_len": 24}, {"ip_addresses": ["2001:db8::1"], "prefix_len": 64}]}`)})),
		`["198.51.100.1", "2001:db8::1"]`)
}

// addresses returns the addresses of ports, which must be said to be others'.
func addresses(ports []openstack.Port) (out []string) {
	for _, p := range ports {
		for _, ip := range p.FixedIPs {
			if p.Foreign {
				out = append(out, ip.Address)
			}
		}
	}
	return out
}
