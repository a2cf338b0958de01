// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// Tier1 is the body of a new tier-1 gateway, an object of NSX that is a router (NSX API, Tier1).
type Tier1 struct {
	DisplayName        string              `json:"display_name,omitempty"`
	Description        string              `json:"description,omitempty"`
	Tier0Path          string              `json:"tier0_path,omitempty"`
	FailoverMode       string              `json:"failover_mode"`
	StandbyRelocation  bool                `json:"enable_standby_relocation"` // only with an edge cluster
	PoolAllocation     string              `json:"pool_allocation"`
	DisableFirewall    bool                `json:"disable_firewall"`          // of the gateway; ports have their own
	AdvertisementTypes []string            `json:"route_advertisement_types"` // what the tier-0 learns
	AdvertisementRules []AdvertisementRule `json:"route_advertisement_rules,omitempty"`
	Tags               []policy.Tag        `json:"tags"`
}

// AdvertisementRule tells the tier-0 of some routes only (NSX API, RouteAdvertisementRule).
type AdvertisementRule struct {
	Name           string   `json:"name"`
	Action         string   `json:"action"`
	PrefixOperator string   `json:"prefix_operator"`
	Types          []string `json:"route_advertisement_types"`
	Subnets        []string `json:"subnets"`
}

// The kinds of routes that a router tells its tier-0 of (NSX API, Tier1). Others that somebody has added stay.
const (
	advertiseNAT       = "TIER1_NAT"
	advertiseConnected = "TIER1_CONNECTED"
	advertiseStatic    = "TIER1_STATIC_ROUTES"
)

// ipv6Rule is the name of the advertisement of IPv6 subnets.
const ipv6Rule = "all-ipv6"

// Uplink is what a router's way out of NSX follows from, besides the router.
type Uplink struct {
	Tier0       string   // the path of the tier-0 that is its external network; empty: it has none
	EdgeCluster string   // the path of the one on which its service part runs; empty: there is none
	Translated  bool     // floating IPs lead to its ports, or forwardings
	IPv6        []string // the CIDRs of its IPv6 subnets, which are never translated
}

// TranslatesSources reports whether guests behind a router reach others by the router's external address: Neutron's default.
func TranslatesSources(r openstack.Router) bool {
	return r.ExternalNetworkID != "" && (r.SNAT == nil || *r.SNAT)
}

// CheckRouter refuses a router that no tier-1 gateway can be.
func CheckRouter(r openstack.Router, u Uplink) error {
	switch {
	case r.Down:
		return openstack.AttributeErrorf("admin_state_up", "a router of NSX cannot be switched off: remove admin_state_up, or take its "+
			"interfaces away")
	case TranslatesSources(r) && u.EdgeCluster == "":
		return openstack.AttributeErrorf("enable_snat", "a router that translates addresses runs on an edge cluster of NSX, and the external "+
			"network %s has none: let its tier-0 have one, name one in the provider's edge_cluster, or write enable_snat = false",
			r.ExternalNetworkID)
	case u.Translated && u.EdgeCluster == "":
		return openstack.AttributeErrorf("external_network_id", "floating IPs and port forwardings of a router run on an edge cluster of NSX, "+
			"and the external network %s has none: let its tier-0 have one, or name one in the provider's edge_cluster", r.ExternalNetworkID)
	}
	return nil
}

// RouterOf returns the body of a router's tier-1 gateway. Its standby does not move by itself before there is an edge cluster, which
// LocaleServicesOf names: NSX takes neither without the other, so a new router is changed by MergeRouter afterwards.
func RouterOf(w policy.Owner, r openstack.Router, u Uplink) Tier1 {
	body := Tier1{DisplayName: r.Name, Description: r.Description, Tier0Path: u.Tier0, FailoverMode: "NON_PREEMPTIVE",
		PoolAllocation: "ROUTING", DisableFirewall: true, AdvertisementTypes: advertised(r, u), Tags: w.Tags(r.ID, "os-neutron-router-id")}
	if u.Tier0 != "" && len(u.IPv6) > 0 && !slices.Contains(body.AdvertisementTypes, advertiseConnected) {
		body.AdvertisementRules = []AdvertisementRule{{Name: ipv6Rule, Action: "PERMIT", PrefixOperator: "EQ",
			Types: []string{advertiseConnected}, Subnets: u.IPv6}}
	}
	return body
}

// advertised returns the kinds of routes that the tier-0 learns from a router.
func advertised(r openstack.Router, u Uplink) []string {
	out := []string{}
	if u.Tier0 == "" {
		return out
	}
	if !TranslatesSources(r) {
		out = append(out, advertiseConnected, advertiseStatic)
	}
	if TranslatesSources(r) || u.Translated {
		out = append(out, advertiseNAT)
	}
	return out
}

// MergeRouter changes a tier-1 gateway as it was read to what a router is to be: name, description, tier-0, advertised routes and tags.
// edges says that its locale services name an edge cluster, with which its standby may move. It refuses a gateway that somebody else made,
// and reports whether anything differed.
func MergeRouter(w policy.Owner, o policy.Object, r openstack.Router, u Uplink, edges bool) (changed bool, err error) {
	body := RouterOf(w, r, u)
	if changed, err = w.Merge("router", o, body, body.Tags, "display_name", "description", "tier0_path"); err != nil {
		return false, err
	}
	if edges {
		body.StandbyRelocation = true
		changed = o.Set(body, "enable_standby_relocation") || changed
	}
	own := []string{advertiseNAT, advertiseConnected, advertiseStatic}
	have := policy.As[Tier1](o).AdvertisementTypes
	others := slices.DeleteFunc(slices.Clone(have), func(kind string) bool { return slices.Contains(own, kind) })
	if types := slices.Concat(body.AdvertisementTypes, others); !slices.Equal(slices.Sorted(slices.Values(types)),
		slices.Sorted(slices.Values(have))) { // NSX returns a set in any order
		changed = true
		o["route_advertisement_types"] = append([]string{}, types...) // Set would leave an empty list out
	}
	return mergeAdvertised(o, body.AdvertisementRules) || changed, nil
}

// mergeAdvertised sets the advertisement of IPv6 subnets, and leaves rules of other names.
func mergeAdvertised(o policy.Object, want []AdvertisementRule) bool {
	var rules []any
	for _, have := range o.Objects("route_advertisement_rules") {
		if have.Text("name") != ipv6Rule {
			rules = append(rules, have)
		}
	}
	for _, r := range want {
		rules = append(rules, r)
	}
	return o.Set(map[string]any{"route_advertisement_rules": rules}, "route_advertisement_rules")
}
