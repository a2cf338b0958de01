// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// StaticRoute is the body of a router's static route (NSX API, StaticRoutes).
type StaticRoute struct {
	ID       string       `json:"id"`
	Network  string       `json:"network"`
	NextHops []NextHop    `json:"next_hops"`
	Tags     []policy.Tag `json:"tags"`
}

// NextHop is a neighbour by which a router reaches a range (NSX API, RouterNexthop).
type NextHop struct {
	IPAddress     string `json:"ip_address"`
	AdminDistance int64  `json:"admin_distance"` // the lowest wins
}

// StaticRouteOf returns the body of a router's static route, whose id is made of both its parts. It refuses one that no router can have.
func StaticRouteOf(w policy.Owner, r openstack.Route) (StaticRoute, error) {
	if err := sdn.CheckRouterRoute(r); err != nil {
		return StaticRoute{}, err
	}
	to, _ := sdn.ParseCIDR(r.Destination) // it has just been parsed
	hop := sdn.NormalAddress(r.NextHop)
	id := strings.ReplaceAll(to.String(), "/", "_") + "-" + hop
	return StaticRoute{ID: id, Network: to.String(), NextHops: []NextHop{{hop, 1}}, Tags: w.Tags(id, "")}, nil
}

// MergeStaticRoute changes a static route as it was read. It refuses one that somebody else made, and reports whether anything differed.
func MergeStaticRoute(w policy.Owner, o policy.Object, r StaticRoute) (changed bool, err error) {
	return w.Merge("router route", o, r, r.Tags, "network", "next_hops")
}
