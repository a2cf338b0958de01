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

// dropInterfaces removes every router interface behind Terraform's back.
func dropInterfaces(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	backend := dvs.New(direct(t, vc))
	all, err := backend.RouterInterfaces(t.Context(), "")
	must(t, err)
	for _, i := range all {
		must(t, backend.DeleteRouterInterface(t.Context(), i.NetworkID, i.ID, false))
	}
}

// TestAccRouterInterface puts a router on a subnet, replaces the interface in every way, and imports it.
func TestAccRouterInterface(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	routers := router("edge", `  name = "edge"`) + router("other", `  name = "other"`)
	bigger := strings.Replace(home, "10.0.0.0/29\"", "10.1.0.0/24\"\n  gateway_ip = \"10.1.0.1\"", 1)
	config := vc.Config(physical, home+routers+place("four", "edge", "  force_destroy = true\n  timeouts { delete = \"5m\" }"))
	moved := vc.Config(physical, home+routers+place("four", "other", ""))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(recorded(vc, `"router":"`),
				resource.TestCheckResourceAttrPair(placeAt, "network_id", "novasphere_networking_network.lab", "id"),
				resource.TestCheckNoResourceAttr(placeAt, "port_id"), acctest.Check(interfaces(vc, 1)))},
			{ResourceName: placeAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"force_destroy", "timeouts"}},
			{Config: vc.Config(physical, home+routers+place("four", "edge", "")), ConfigPlanChecks: stays(placeAt)},
			{Config: moved, ConfigPlanChecks: replaces(placeAt), Check: resource.ComposeAggregateTestCheckFunc(acctest.Check(interfaces(vc, 1)),
				resource.TestCheckResourceAttrPair(placeAt, "router_id", "novasphere_networking_router.other", "id"))},
			{Config: vc.Config(physical, bigger+routers+place("four", "other", "")), ConfigPlanChecks: replaces(placeAt),
				Check: acctest.Check(interfaces(vc, 1))},
		},
		CheckDestroy: noRouters(vc),
	})
}

// interfaces says how many router interfaces are recorded.
func interfaces(vc *acctest.VCenter, want int) func() error {
	return func() error {
		have := 0
		for _, vm := range vc.VMs("novasphere/novasphere-network-*") {
			for key, value := range acctest.Extra(vm) {
				if strings.HasPrefix(key, "novasphere.router-interface.") && value != "" {
					have++
				}
			}
		}
		if have != want {
			return fmt.Errorf("%d router interfaces are recorded, not %d", have, want)
		}
		return nil
	}
}

// TestAccRouterInterfaceGone: an interface, or a router, that somebody else has removed is made again.
func TestAccRouterInterfaceGone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config(physical, home+router("edge", `  name = "edge"`)+place("four", "edge", ""))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: func() { dropInterfaces(t, vc) }, Config: config, ConfigPlanChecks: creates(placeAt),
				Check: acctest.Check(interfaces(vc, 1))},
			{PreConfig: func() { dropRouters(t, vc) }, Config: config, ConfigPlanChecks: replaces(placeAt),
				Check: resource.ComposeAggregateTestCheckFunc(acctest.Check(interfaces(vc, 1)), routersRecorded(vc, `"name":"edge"`))},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterInterfaceRefused: where a router can have no interface, and what must wait for one.
func TestAccRouterInterfaceRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	edge, other := router("edge", `  name = "edge"`), router("other", `  name = "other"`)
	closed := strings.Replace(home, "10.0.0.0/29\"", "10.0.0.0/29\"\n  no_gateway = true", 1)
	there := home + edge + other + place("four", "edge", "")
	refused := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(physical, config), PlanOnly: true, ExpectError: says(text, at)}
	}
	fails := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(physical, config), ExpectError: says(text, at)}
	}
	bare := func(arguments string) string {
		return "resource \"novasphere_networking_router_interface\" \"it\" {\n" + arguments + "\n}\n"
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused(edge+bare("  router_id = novasphere_networking_router.edge.id"), "it is not said where the router is to have an interface",
				"subnet_id"),
			refused(edge+bare("  router_id = \"\"\n  subnet_id = \"nowhere\""), "it is empty: write the id of a router", "router_id"),
			refused(edge+bare("  router_id = novasphere_networking_router.edge.id\n  port_id = \"none\""),
				`there is no port with the id "none"`, "port_id"),
			refused(edge+bare("  router_id = novasphere_networking_router.edge.id\n  subnet_id = \"nowhere\"\n  port_id = \"none\""),
				"subnet_id is written too", "port_id"),
			refused(edge+bare("  router_id = novasphere_networking_router.edge.id\n  subnet_id = \"nowhere\""),
				`there is no subnet with the id "nowhere"`, "subnet_id"),
			{Config: vc.Config(physical, closed)},
			refused(closed+bare("  router_id = \"nobody\"\n  subnet_id = novasphere_networking_subnet.four.id"),
				`there is no router with the id "nobody"`, "router_id"),
			refused(closed+edge+place("four", "edge", ""), "(10.0.0.0/29) has no gateway, and that is the address of its router", "subnet_id"),
			{Config: vc.Config(physical, there+"\n"), Check: acctest.Check(interfaces(vc, 1))}, // the gateway and the router at once
			refused(there+place("second", "other", ""), `has a router already, the router "edge"`, "subnet_id"),
			fails(closed+edge+other+place("four", "edge", ""), `it is the address that the router "edge"`, "gateway_ip"),
			{Config: vc.Config(physical, there), Check: acctest.Check(interfaces(vc, 1))},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterInUse: an interface of another workspace keeps this one's router and subnet.
func TestAccRouterInUse(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	edge := router("edge", "  name = \"edge\"\n  timeouts { delete = \"2s\" }")
	var made openstack.RouterInterface
	elsewhere := func() {
		backend := dvs.New(direct(t, vc))
		subnets, err := backend.Subnets(t.Context(), "")
		must(t, err)
		routers, err := backend.Routers(t.Context())
		must(t, err)
		made, err = backend.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: routers[0].ID, SubnetID: subnets[0].ID})
		must(t, err)
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, home+edge)},
			{PreConfig: elsewhere, Config: vc.Config(physical, lab+edge), ExpectError: says(`in use by the router "edge"`, "")},
			{Config: vc.Config(physical, home), ExpectError: says("(10.0.0.0/29). Delete them (novasphere_networking_router_interface) first", "")},
			{Config: vc.Config("", home), ExpectError: says("(10.0.0.0/29). Delete them (novasphere_networking_router_interface) first", "")},
			{Config: vc.Config(physical, home+edge), ConfigPlanChecks: empty,
				Check: resource.ComposeAggregateTestCheckFunc(routersRecorded(vc, `"name":"edge"`), acctest.Check(interfaces(vc, 1)))},
			{PreConfig: func() {
				must(t, dvs.New(direct(t, vc)).DeleteRouterInterface(t.Context(), made.NetworkID, made.ID, false))
			},
				Config: vc.Config("", home), Check: routersRecorded(vc)},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterInterfacesPlanned: of two interfaces that are planned on one subnet the second is refused, whether or not the first is
// there; one that is removed, replaced or made anew is not in the way of its successor.
func TestAccRouterInterfacesPlanned(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	both := home + router("edge", `  name = "edge"`) + router("other", `  name = "other"`)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, both)},
			{Config: vc.Config(physical, both+place("four", "edge", "")+place("second", "other", "")), PlanOnly: true,
				ExpectError: says("another router interface of this configuration is to be on the subnet", "subnet_id")},
			{Config: vc.Config(physical, both), Check: acctest.Check(interfaces(vc, 0))},
			{Config: vc.Config(physical, both+place("four", "other", "")), Check: acctest.Check(interfaces(vc, 1))},
			{Config: vc.Config(physical, both+place("four", "other", "")+place("another", "edge", "")), PlanOnly: true,
				ExpectError: says("has a router already, the router \"other\"", "subnet_id")},
			{Config: vc.Config(physical, both+place("four", "other", "")), ConfigPlanChecks: empty},
		},
		CheckDestroy: noRouters(vc),
	})
	p := vc.Provider(t, args{"routers": "physical"})
	net := p.Bring("novasphere_networking_network", args{"name": "again", "segments": block(args{"segmentation_id": 101})},
		p.None("novasphere_networking_network"))
	sub := p.Bring("novasphere_networking_subnet", args{"network_id": net.Text("id"), "cidr": "10.9.0.0/24"},
		p.None("novasphere_networking_subnet"))
	edge := p.Bring("novasphere_networking_router", args{"name": "again"}, p.None("novasphere_networking_router"))
	config := args{"router_id": edge.Text("id"), "subnet_id": sub.Text("id")}
	first := p.Bring(kindOfInterface, config, p.None(kindOfInterface))
	p = vc.Provider(t, args{"routers": "physical"})
	first, said := p.Read(first)
	if plan := p.PlanReplace(kindOfInterface, config, first); len(plan.Errors())+len(protocol.Errors(said)) > 0 {
		t.Errorf("an interface is in the way of its successor: %v, %v", plan.Diagnostics, said)
	}
	for _, o := range []protocol.Object{first, edge, sub, net} {
		p.Destroy(o)
	}
}
