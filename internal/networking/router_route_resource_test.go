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

const farAt = "novasphere_networking_router_route.far"

// far is a static route of the router "edge".
func far(destination, hop, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_router_route\" \"far\" {\n  router_id = novasphere_networking_router.edge.id\n  "+
		"destination_cidr = %q\n  next_hop = %q\n%s\n}\n", destination, hop, arguments)
}

const afterPlace = "  depends_on = [novasphere_networking_router_interface.four]"

// dropRoutes removes every static route behind Terraform's back.
func dropRoutes(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	backend := dvs.New(direct(t, vc))
	all, err := backend.Routers(t.Context())
	must(t, err)
	for _, r := range all {
		_, err := backend.ChangeRouterRoutes(t.Context(), r.ID, func([]openstack.Route) ([]openstack.Route, error) { return nil, nil })
		must(t, err)
	}
}

// TestAccRouterRoute makes a static route, replaces it, imports it, and makes it again where somebody else has removed it.
func TestAccRouterRoute(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := home + router("edge", `  name = "edge"`) + place("four", "edge", "")
	config := vc.Config(physical, base+far("10.8.0.0/16", "10.0.0.4", afterPlace+"\n  region = \"r\"")+
		"data \"novasphere_networking_router\" \"edge\" {\n  name = \"edge\"\n  depends_on = ["+farAt+"]\n}\n")
	moved := vc.Config(physical, base+far("10.9.0.0/16", "10.0.0.5", afterPlace))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(
				routersRecorded(vc, `"routes":[{"destination":"10.8.0.0/16","next_hop":"10.0.0.4"}]`),
				resource.TestCheckResourceAttr("data.novasphere_networking_router.edge", "routes.0.next_hop", "10.0.0.4"))},
			{ResourceName: farAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"region"}},
			{PreConfig: func() { dropRoutes(t, vc) }, Config: config, ConfigPlanChecks: creates(farAt),
				Check: routersRecorded(vc, `"routes":[{"destination":"10.8.0.0/16"`)},
			{Config: moved, ConfigPlanChecks: replaces(farAt), Check: routersRecorded(vc,
				`"routes":[{"destination":"10.9.0.0/16","next_hop":"10.0.0.5"}]`)},
			{Config: strings.Replace(moved, `name = "edge"`, `name = "edges"`, 1), Check: routersRecorded(vc,
				`"routes":[{"destination":"10.9.0.0/16","next_hop":"10.0.0.5"}]`)},
			{Config: vc.Config(physical, base), Check: routersRecorded(vc, `"name":"edge"`)},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterRouteRefused: which routes a router cannot have, at plan as far as that is known.
func TestAccRouterRouteRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := home + router("edge", `  name = "edge"`) + place("four", "edge", "")
	refused := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(physical, base+config), PlanOnly: true, ExpectError: says(text, at)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused(far("10.8.0.1/16", "10.0.0.4", ""), "has bits beyond its length: write 10.8.0.0/16", "destination_cidr"),
			refused(far("10.8.0.0", "10.0.0.4", ""), "is not a range of addresses", "destination_cidr"),
			refused(far("10.8.0.0/16", "2001:db8::1", ""), "is of another IP version", "next_hop"),
			{Config: vc.Config(physical, base)},
			refused(far("10.8.0.0/16", "10.7.0.4", ""), "10.7.0.4 is on no subnet of the router", "next_hop"),
			refused(far("10.8.0.0/16", "10.0.0.1", ""), "10.0.0.1 is an address of the router", "next_hop"),
			refused(strings.Replace(far("10.8.0.0/16", "10.0.0.4", ""), "novasphere_networking_router.edge.id", `"none"`, 1),
				`there is no router with the id "none"`, "router_id"),
			refused(strings.Replace(far("10.8.0.0/16", "10.0.0.4", ""), "novasphere_networking_router.edge.id", `""`, 1),
				"it is empty", "router_id"),
			{Config: vc.Config(physical, base+far("10.8.0.0/16", "10.0.0.4", afterPlace))},
			{Config: vc.Config(physical, base+far("10.8.0.0/16", "10.0.0.4", afterPlace)+strings.Replace(far("10.8.0.0/16", "10.0.0.4", afterPlace),
				`"far"`, `"twin"`, 1)), ExpectError: says("-route-10.8.0.0/16-10.0.0.4", "destination_cidr")},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterRouteWaits: a route by an interface that the same apply makes needs no order; nor does their destruction.
func TestAccRouterRouteWaits(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), home+router("edge", `  name = "edge"`)+far("10.8.0.0/16", "10.0.0.4", "")+
		place("four", "edge", `  timeouts { delete = "1m" }`), "NOVASPHERE_ROUTERS=physical")
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Destroy()
	must(t, noRouters(vc)(nil))
}

// TestAccRouterInterfaceKept: the deletion of an interface names the routes by it when its time is over, and takes them along if it may.
func TestAccRouterInterfaceKept(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := home + router("edge", `  name = "edge"`)
	route := func() {
		backend := dvs.New(direct(t, vc))
		all, err := backend.Routers(t.Context())
		must(t, err)
		_, err = backend.ChangeRouterRoutes(t.Context(), all[0].ID, func([]openstack.Route) ([]openstack.Route, error) {
			return []openstack.Route{{Destination: "2001:DB8:9::/48", NextHop: "2001:db8::4"},
				{Destination: "10.8.0.0/16", NextHop: "10.0.0.4"}}[1:], nil
		})
		must(t, err)
	}
	short := "  timeouts { delete = \"2s\" }"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, base+place("four", "edge", short))},
			{PreConfig: route, Config: vc.Config(physical, base), ExpectError: says("the route to 10.8.0.0/16 by 10.0.0.4 leads by it", "")},
			{Config: vc.Config(physical, base+place("four", "edge", short+"\n  force_destroy = true"))},
			{Config: vc.Config(physical, base), Check: resource.ComposeAggregateTestCheckFunc(acctest.Check(interfaces(vc, 0)),
				acctest.Check(func() error { return routersRecorded(vc, `"name":"edge"`)(nil) }))},
		},
		CheckDestroy: noRouters(vc),
	})
}
