// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
)

const allRoutesAt = "novasphere_networking_router_routes.all"

// allRoutes is all static routes of the router "edge": pairs of a destination and a next hop.
func allRoutes(pairs ...string) string {
	var blocks strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&blocks, "  routes {\n    destination_cidr = %q\n    next_hop = %q\n  }\n", pairs[i], pairs[i+1])
	}
	return "resource \"novasphere_networking_router_routes\" \"all\" {\n  router_id = novasphere_networking_router.edge.id\n" + afterPlace +
		"\n" +
		blocks.String() + "}\n"
}

// TestAccRouterRoutes makes a set of routes, changes it in place, imports it, and removes a route that somebody else has added.
func TestAccRouterRoutes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := strings.Replace(dual, "slaac", "dhcpv6-stateful", 1) + router("edge", `  name = "edge"`) + place("four", "edge", "") +
		strings.Replace(place("six", "edge", ""), "subnet.four", "subnet.six", 1)
	six := strings.Replace(afterPlace, "four]", "four, novasphere_networking_router_interface.six]", 1)
	with := func(pairs ...string) string {
		return vc.Config(physical, base+strings.Replace(allRoutes(pairs...), afterPlace, six, 1))
	}
	add := func() {
		backend := dvs.New(direct(t, vc))
		all, err := backend.Routers(t.Context())
		must(t, err)
		_, err = backend.ChangeRouterRoutes(t.Context(), all[0].ID, func(have []openstack.Route) ([]openstack.Route, error) {
			return append(have, openstack.Route{Destination: "192.0.2.0/24", NextHop: "10.0.0.6"}), nil
		})
		must(t, err)
	}
	config := with("10.8.0.0/16", "10.0.0.4", "2001:DB8:8::/48", "2001:db8::4")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: routersRecorded(vc, `"routes":[{"destination":"10.8.0.0/16","next_hop":"10.0.0.4"},`+
				`{"destination":"2001:DB8:8::/48","next_hop":"2001:db8::4"}]`)},
			{ResourceName: allRoutesAt, ImportState: true, ImportStateVerify: true},
			{Config: with("10.8.0.0/16", "10.0.0.5", "2001:db8:8::/48", "2001:db8::4"), ConfigPlanChecks: stays(allRoutesAt),
				Check: routersRecorded(vc, `{"destination":"10.8.0.0/16","next_hop":"10.0.0.5"}]`)},
			{PreConfig: add, Config: config, ConfigPlanChecks: stays(allRoutesAt),
				Check: routersRecorded(vc, `"routes":[{"destination":"2001:DB8:8::/48","next_hop":"2001:db8::4"},`+
					`{"destination":"10.8.0.0/16","next_hop":"10.0.0.4"}]`)},
			{Config: with(), Check: routersRecorded(vc, `"name":"edge"`)},
			{PreConfig: func() { dropRouters(t, vc) }, Config: config, ConfigPlanChecks: creates(edgeAt)},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterRoutesRefused: the refusals name the route in the set.
func TestAccRouterRoutesRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := home + router("edge", `  name = "edge"`) + place("four", "edge", "")
	refused := func(config, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(physical, base+config), PlanOnly: true, ExpectError: says(text, "routes")}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused(allRoutes("10.8.0.1/16", "10.0.0.4"), `the destination_cidr of the route to "10.8.0.1/16" by "10.0.0.4"`),
			{Config: vc.Config(physical, base)},
			refused(allRoutes("10.8.0.0/16", "10.0.0.4", "10.9.0.0/16", "10.7.0.4"), "10.7.0.4 is on no subnet of the router"),
			refused(allRoutes("2001:db8:8::/48", "2001:db8::4", "2001:DB8:8::/48", "2001:db8::4"), "is written twice"),
			{Config: vc.Config(physical, base+allRoutes("10.8.0.0/16", "10.0.0.4"))},
			refused(allRoutes("10.8.0.0/16", "10.0.0.1"), "10.0.0.1 is an address of the router"),
		},
		CheckDestroy: noRouters(vc),
	})
}
