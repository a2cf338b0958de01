// SPDX-License-Identifier: MPL-2.0

package gateways

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"

// Nouns are the types of objects that the package has rules about, one row each. A tier-0 is the operator's: it can only be read.
func Nouns() []*policy.Noun {
	cluster := map[string][]string{"edge_cluster_path": {"PolicyEdgeCluster"}}
	return []*policy.Noun{
		{Pattern: "tier-1s/*", Type: "Tier1", Schema: "Tier1", Entity: "RealizedLogicalRouter",
			References: map[string][]string{"tier0_path": {"Tier0"}},
			Defaults:   map[string]any{"failover_mode": "NON_PREEMPTIVE", "pool_allocation": "ROUTING"},
			Check:      checkTier1, Views: map[string]func(*policy.Objects, *policy.Object) any{"nat": sections}},
		{Pattern: "tier-1s/*/locale-services/*", Type: "LocaleServices", Schema: "LocaleServices", Entity: "RealizedLogicalRouter",
			References: cluster, CheckDeletion: checkLocaleServicesDeletion},
		{Pattern: "tier-1s/*/locale-services/*/interfaces/*", Type: "Tier1Interface", Schema: "Tier1Interface",
			Entity:     "RealizedLogicalRouterPort",
			References: map[string][]string{"segment_path": {"Segment"}},
			Defaults:   map[string]any{"admin_state": "UP"},
			Check:      checkInterface, Fault: withoutServiceRouter},
		{Pattern: "tier-1s/*/static-routes/*", Type: "StaticRoutes", Schema: "StaticRoutes", Entity: "RealizedStaticRoutes",
			Check: checkStaticRoute},
		{Pattern: "tier-1s/*/nat/USER/nat-rules/*", Type: "PolicyNatRule", Schema: "PolicyNatRule", Entity: "RealizedNatRule",
			References: map[string][]string{"service": {"Service"}, "scope": {"Tier1Interface"}},
			Defaults:   map[string]any{"enabled": true, "logging": false, "sequence_number": 0.0},
			Check:      checkNATRule, Fault: translatesNothing},
		{Pattern: "tier-0s/*", Type: "Tier0"},
		{Pattern: "tier-0s/*/locale-services/*", Type: "LocaleServices"},
		{Pattern: "tier-0s/*/locale-services/*/interfaces/*", Type: "Tier0Interface"},
	}
}

// sections are those that a gateway's NAT rules are in (API of NSX 4.1, PolicyNat): only USER is anybody's to write to.
func sections(_ *policy.Objects, x *policy.Object) any {
	var all []any
	for _, kind := range []string{"DEFAULT", "INTERNAL", "NAT64", "USER"} {
		path := x.Path + "/nat/" + kind
		all = append(all, map[string]any{"id": kind, "nat_type": kind, "display_name": kind, "resource_type": "PolicyNat", "path": path,
			"parent_path": x.Path, "relative_path": kind})
	}
	return map[string]any{"results": all, "result_count": len(all)}
}
