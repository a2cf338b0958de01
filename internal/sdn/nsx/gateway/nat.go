// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"cmp"
	"net/netip"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// NATRule is the body of a rule that translates addresses (NSX API, PolicyNatRule).
type NATRule struct {
	ID                 string       `json:"id"`
	DisplayName        string       `json:"display_name"`
	Action             string       `json:"action"`                        // SNAT, DNAT or NO_DNAT
	SourceNetwork      string       `json:"source_network,omitempty"`      // empty: any
	DestinationNetwork string       `json:"destination_network,omitempty"` // empty: any
	TranslatedNetwork  string       `json:"translated_network,omitempty"`
	Service            string       `json:"service,omitempty"`          // a path; its port is the one behind the gateway
	TranslatedPorts    string       `json:"translated_ports,omitempty"` // of DNAT with a service: the port in front of the gateway
	SequenceNumber     int64        `json:"sequence_number"`            // the lowest first
	FirewallMatch      string       `json:"firewall_match"`             // a rule that translates nothing has BYPASS
	Enabled            bool         `json:"enabled"`
	Tags               []policy.Tag `json:"tags"`
}

// natFields are the fields of NATRule that a change sets, besides the tags. Whether it is logged, and its name, stay.
var natFields = []string{"action", "source_network", "destination_network", "translated_network", "service", "translated_ports",
	"sequence_number", "firewall_match", "enabled"}

// The order of NAT rules: what is said of one port wins over what is said of an address, and that over what is said of a subnet.
const (
	forwardingFirst = 1000
	floatingIPNext  = 2000
	subnetLast      = 3000
)

// SubnetRuleIDs returns the ids of the rules of a subnet behind a router that translates sources.
func SubnetRuleIDs(subnet string) []string { return []string{"S-" + subnet, "ND-" + subnet} }

// FloatingIPRuleIDs returns the ids of the rules of a floating IP that leads to a port.
func FloatingIPRuleIDs(floatingIP string) []string {
	return []string{"S-" + floatingIP, "D-" + floatingIP}
}

// SubnetRules returns the rules of the subnets behind a router: guests reach others by the router's external address, except by floating
// IPs that lead to them. IPv6 is not translated. Without SNAT there are none. It refuses a router without an external address of IPv4.
func SubnetRules(w policy.Owner, r openstack.Router, subnets []openstack.Subnet) (out []NATRule, err error) {
	if !TranslatesSources(r) {
		return nil, nil
	}
	for _, s := range subnets {
		if sdn.IPVersion(s) != 4 {
			continue
		}
		address := external4(r)
		if address == "" {
			return nil, openstack.AttributeErrorf("enable_snat", "the router has no IPv4 address on its external network %s, by which guests of %s "+
				"could reach others: give that network a subnet of IPv4, or write enable_snat = false", r.ExternalNetworkID, s.CIDR)
		}
		ids := SubnetRuleIDs(s.ID)
		out = append(out,
			rule(w, NATRule{ID: ids[0], Action: "SNAT", SourceNetwork: s.CIDR, TranslatedNetwork: address, SequenceNumber: subnetLast}),
			rule(w, NATRule{ID: ids[1], Action: "NO_DNAT", DestinationNetwork: s.CIDR, SequenceNumber: subnetLast, FirewallMatch: "BYPASS"}))
	}
	return out, nil
}

// external4 returns a router's first external address of IPv4, or "".
func external4(r openstack.Router) string {
	for _, ip := range r.Addresses {
		if at, err := netip.ParseAddr(ip.Address); err == nil && at.Is4() {
			return at.String()
		}
	}
	return ""
}

// FloatingIPRules returns the rules of a floating IP: both ways between it and the address that it leads to. One that leads nowhere has
// none.
func FloatingIPRules(w policy.Owner, f openstack.FloatingIP) []NATRule {
	if f.FixedIP == "" {
		return nil
	}
	ids := FloatingIPRuleIDs(f.ID)
	return []NATRule{
		rule(w, NATRule{ID: ids[0], Action: "SNAT", SourceNetwork: f.FixedIP, TranslatedNetwork: f.Address, SequenceNumber: floatingIPNext}),
		rule(w, NATRule{ID: ids[1], Action: "DNAT", DestinationNetwork: f.Address, TranslatedNetwork: f.FixedIP, SequenceNumber: floatingIPNext}),
	}
}

// rule completes a rule with what all of them have.
func rule(w policy.Owner, r NATRule) NATRule {
	r.DisplayName, r.Enabled, r.Tags = r.ID, true, w.Tags(r.ID, "")
	r.FirewallMatch = cmp.Or(r.FirewallMatch, "MATCH_INTERNAL_ADDRESS") // what NSX answers where nothing is written
	return r
}

// MergeNATRule changes a NAT rule as it was read. It refuses one that somebody else made, and reports whether anything differed.
func MergeNATRule(w policy.Owner, o policy.Object, r NATRule) (changed bool, err error) {
	return w.Merge("address translation", o, r, r.Tags, natFields...)
}
