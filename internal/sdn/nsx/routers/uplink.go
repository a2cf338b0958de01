// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// uplinkOf returns what a router's way out follows from: the tier-0 gateway that is its external network, and the edge cluster.
func (g *Gateways) uplinkOf(ctx context.Context, r openstack.Router, want wanted) (u gateway.Uplink, err error) {
	u.Translated, u.IPv6 = want.translated, want.ipv6
	if r.ExternalNetworkID != "" {
		if u.Tier0, err = g.nsx.ExternalTier0(ctx, r.ExternalNetworkID); err != nil {
			return u, err
		}
	}
	if needsCluster(r, want) {
		u.EdgeCluster, err = g.nsx.ServiceCluster(ctx, u.Tier0)
	}
	return u, err
}

// needsCluster reports whether a router has a service part, which runs on an edge cluster.
func needsCluster(r openstack.Router, want wanted) bool {
	return gateway.TranslatesSources(r) || want.translated || len(want.vlans) > 0
}

// gatewayOf returns the tier-1 gateway of a router and its locale services, in the order in which they are brought in line. The standby of
// a gateway moves by itself only where its locale services name an edge cluster, so the gateway comes once more after them.
func (g *Gateways) gatewayOf(owner policy.Owner, r openstack.Router, u gateway.Uplink, is existing, cluster bool) []object {
	path, services := gateway.RouterPath(g.root, r.ID), gateway.LocaleServices{}
	if cluster {
		services.EdgeClusterPath = u.EdgeCluster
	}
	had := is.locale.Text("edge_cluster_path") != ""
	merge := func(edges bool) func(policy.Object) (bool, error) {
		return func(o policy.Object) (bool, error) { return gateway.MergeRouter(owner, o, r, u, edges) }
	}
	out := []object{
		{path, gateway.RouterOf(owner, r, u), merge(had)},
		{gateway.LocaleServicesPath(g.root, r.ID), services, func(o policy.Object) (bool, error) { return services.Merge(o), nil }},
	}
	if services.EdgeClusterPath != "" && !had {
		out = append(out, object{path, gateway.RouterOf(owner, r, u), merge(true)})
	}
	return out
}
