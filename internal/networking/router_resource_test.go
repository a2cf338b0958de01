package networking_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

const (
	physical = `  routers = "physical"`
	edgeAt   = "novasphere_networking_router.edge"
	placeAt  = "novasphere_networking_router_interface.four"
)

// outside is a network that leads out, with a subnet.
func outside(external bool) string {
	return fmt.Sprintf(`resource "novasphere_networking_network" "outside" {
  name     = "outside"
  external = %v
  segments { segmentation_id = 200 }
}
resource "novasphere_networking_subnet" "outside" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "203.0.113.0/24"
}
`, external)
}

func router(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_router\" %q {\n%s\n}\n", name, arguments)
}

// place is a router's interface on the subnet "four".
func place(name, router, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_router_interface\" %q {\n  router_id = novasphere_networking_router.%s.id\n  "+
		"subnet_id = novasphere_networking_subnet.four.id\n%s\n}\n", name, router, arguments)
}

// routersRecorded says that the catalogue holds as many routers as there are texts, and each text in one of them.
func routersRecorded(vc *acctest.VCenter, texts ...string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		all, routers := "", 0
		for _, vm := range vc.VMs("novasphere/novasphere-catalogue") {
			for key, value := range acctest.Extra(vm) {
				if strings.HasPrefix(key, "novasphere.router.") && value != "" {
					all += value + "\n"
					routers++
				}
			}
		}
		for _, text := range texts {
			if !strings.Contains(all, text) {
				return fmt.Errorf("no router's record holds %s:\n%s", text, all)
			}
		}
		if routers != len(texts) {
			return fmt.Errorf("the catalogue holds %d routers, not %d:\n%s", routers, len(texts), all)
		}
		return nil
	})
}

// noRouters says that nothing of a test is left.
func noRouters(vc *acctest.VCenter) func(*terraform.State) error {
	return resource.ComposeAggregateTestCheckFunc(routersRecorded(vc), acctest.Check(nothingLeft(vc)),
		acctest.Check(func() error { return vc.NoNetwork("outside") }))
}

// direct is a client beside the provider's, as another workspace has one.
func direct(t *testing.T, vc *acctest.VCenter) *vcenter.Client {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		Routers: vcenter.RoutersPhysical})
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	return c
}

// TestAccRouter records a router, changes everything in place, imports it and sees it go.
func TestAccRouter(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	first := vc.Config(physical, outside(true)+router("edge", `  name                = "edge"
  description         = "the way out"
  tags                = ["b", "a"]
  external_network_id = novasphere_networking_network.outside.id
  enable_snat         = true
  external_fixed_ip {
    subnet_id  = novasphere_networking_subnet.outside.id
    ip_address = "203.0.113.9"
  }
  external_fixed_ip { subnet_id = novasphere_networking_subnet.outside.id }
  vendor_options { set_router_gateway_after_create = true }
  region      = "r"
  tenant_id   = "t"
  value_specs = { "a" = "b" }
  timeouts { create = "5m" }`)+router("twin", `  name = "edge"`))
	second := vc.Config(physical, outside(true)+router("edge", `  admin_state_up          = false
  distributed             = true
  flavor_id               = "f"
  availability_zone_hints = ["z2", "z1"]
  external_network_id     = novasphere_networking_network.outside.id
  external_subnet_ids     = [novasphere_networking_subnet.outside.id]
  external_qos_policy_id  = "q"
  enable_snat             = false
  dynamic "external_fixed_ip" {
    for_each = []
    content { ip_address = external_fixed_ip.value }
  }`))
	bare := vc.Config(physical, outside(true)+router("edge", ""))
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(is(edgeAt, "all_tags.#", "2"),
				is(edgeAt, "external_fixed_ip.0.ip_address", "203.0.113.9"), is(edgeAt, "external_fixed_ip.#", "2"),
				resource.TestMatchResourceAttr(edgeAt, "id", regexp.MustCompile("^[0-9a-f]{8}-")),
				is("novasphere_networking_router.twin", "external_fixed_ip.#", "0"),
				routersRecorded(vc, `"name":"edge","description":"the way out","tags":["a","b"],"external_network":"dvportgroup-`,
					`"name":"edge","mark":{"by":"administrator@vsphere.local"`),
				routersRecorded(vc, `"address":"203.0.113.9"}`, `"snat":true`))},
			{ResourceName: edgeAt, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"external_fixed_ip.1.ip_address", "region", "tenant_id", "value_specs", "vendor_options",
					"timeouts"}},
			{Config: second, ConfigPlanChecks: stays(edgeAt), Check: resource.ComposeAggregateTestCheckFunc(is(edgeAt, "external_fixed_ip.#", "0"),
				is(edgeAt, "availability_zone_hints.0", "z2"),
				routersRecorded(vc, `"down":true,"external_network":"dvportgroup-`),
				catalogued(vc, `"snat":false,"qos_policy":"q","distributed":true,"flavor":"f","zones":["z2","z1"]`))},
			{ResourceName: edgeAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"region", "tenant_id"}},
			{Config: bare, ConfigPlanChecks: stays(edgeAt), Check: resource.ComposeAggregateTestCheckFunc(resource.TestCheckNoResourceAttr(edgeAt,
				"external_network_id"), routersRecorded(vc, `"mark":`))},
			{ResourceName: edgeAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"region", "tenant_id"}},
			{PreConfig: func() { dropRouters(t, vc) }, Config: bare, ConfigPlanChecks: creates(edgeAt), Check: routersRecorded(vc, `"mark":`)},
		},
		CheckDestroy: noRouters(vc),
	})
}

func creates(address string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)}}
}

func replaces(address string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace)}}
}

// dropInterfaces removes every router interface behind Terraform's back.
func dropInterfaces(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	backend := dvs.New(direct(t, vc))
	all, err := backend.RouterInterfaces(t.Context(), "")
	must(t, err)
	for _, i := range all {
		must(t, backend.DeleteRouterInterface(t.Context(), i.NetworkID, i.ID))
	}
}

// dropRouters removes every router behind Terraform's back.
func dropRouters(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	c := direct(t, vc)
	all, err := c.Networks.Routers(t.Context())
	must(t, err)
	for _, r := range all {
		_, err := c.Networks.DropRouter(t.Context(), r.ID)
		must(t, err)
	}
}

// TestAccRouterRefused: without the operator's word there are no routers, and a way out must be one. All of it at plan, before
// anything exists.
func TestAccRouterRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	none := "a vCenter has no routers. Either set the provider's routers = \"physical\", if the gateway of these VLANs is a physical one " +
		"and the router is to be recorded only, or use a backend that has routers (NSX), which this version has not"
	refused := func(provider, config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(provider, config), PlanOnly: true, ExpectError: says(text, at)}
	}
	wayOut := "  external_network_id = novasphere_networking_network.outside.id\n"
	there := outside(true)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused("", router("edge", ""), none, ""),
			refused("", home+"resource \"novasphere_networking_router_interface\" \"it\" {\n router_id = \"r\"\n subnet_id = "+
				"novasphere_networking_subnet.four.id\n}\n", none, ""),
			refused("", `data "novasphere_networking_router" "it" { name = "edge" }`, none, ""),
			refused(`  routers = "nsx"`, router("edge", ""), "the NSX backend, which has routers of its own, is not in this version", "routers"),
			refused(physical, router("edge", `  external_network_id = "dvportgroup-0"`), `no network with the id "dvportgroup-0"`,
				"external_network_id"),
			refused(physical, network("pub", "name", "public")+router("edge", `  external_network_id = data.novasphere_networking_network.pub.id`),
				"the network public is not marked as a way out: write external = true", "external_network_id"),
			refused(physical, router("edge", "  enable_snat = true"), "enable_snat: it is about the external network, and there is none",
				"enable_snat"),
			refused(physical, router("edge", `  external_fixed_ip { ip_address = "203.0.113.9" }`),
				"external_fixed_ip: it is about the external network, and there is none", "external_fixed_ip"),
			{Config: vc.Config(physical, there)},
			refused(physical, there+router("edge", wayOut+`  external_subnet_ids = ["nowhere"]`),
				"the external network outside has no subnet nowhere", "external_subnet_ids"),
			refused(physical, there+router("edge", wayOut+`  external_fixed_ip { ip_address = "203.0.113" }`), `"203.0.113" is not an IP address`,
				"external_fixed_ip[0]"),
			refused(physical, there+router("edge", wayOut+`  external_fixed_ip { ip_address = "203.0.114.9" }`),
				"no subnet of the external network outside has the address 203.0.114.9", "external_fixed_ip[0]"),
			refused(physical, there+router("edge", wayOut+`  external_fixed_ip { subnet_id = "nowhere" }`),
				"the external network outside has no subnet nowhere", "external_fixed_ip[0]"),
			refused(physical, there+router("edge", wayOut+"  external_fixed_ip {\n    subnet_id  = novasphere_networking_subnet.outside.id\n    "+
				"ip_address = \"203.0.114.9\"\n  }"), "with the address 203.0.114.9", "external_fixed_ip[0]"),
			refused(physical, there+router("edge", wayOut+"  external_subnet_ids = [novasphere_networking_subnet.outside.id]\n  "+
				"external_fixed_ip { ip_address = \"203.0.113.9\" }"), "write only one of them", "external_subnet_ids"),
			{Config: vc.Config(physical, there), Check: routersRecorded(vc)},
		},
		CheckDestroy: noRouters(vc),
	})
}

// TestAccRouterWayOutAtOnce: who is told to mark the network does so in the same apply.
func TestAccRouterWayOutAtOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	edge := router("edge", "  external_network_id = novasphere_networking_network.outside.id")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, outside(false))},
			{Config: vc.Config(physical, outside(false)+edge), PlanOnly: true,
				ExpectError: says("is not marked as a way out", "external_network_id")},
			{Config: vc.Config(physical, outside(true)+edge), ConfigPlanChecks: stays("novasphere_networking_network.outside"),
				Check: routersRecorded(vc, `"external_network":"dvportgroup-`)},
			{Config: vc.Config(physical, outside(false)+edge), PlanOnly: true,
				ExpectError: says("is not marked as a way out", "external_network_id")},
			{Config: vc.Config(physical, outside(true)+edge), PlanOnly: true},
		},
		CheckDestroy: noRouters(vc),
	})
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
			refused(home+edge+port("gate", "")+bare("  router_id = novasphere_networking_router.edge.id\n  port_id = "+
				"novasphere_networking_port.gate.id"), "a physical gateway has no port of the switch: write subnet_id instead", "port_id"),
			refused(home+edge+place("four", "edge", `  port_id = "0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"`),
				"a physical gateway has no port of the switch: write subnet_id instead", "port_id"),
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
	edge := router("edge", `  name = "edge"`)
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
			{PreConfig: func() { must(t, dvs.New(direct(t, vc)).DeleteRouterInterface(t.Context(), made.NetworkID, made.ID)) },
				Config: vc.Config("", home), Check: routersRecorded(vc)},
		},
		CheckDestroy: noRouters(vc),
	})
}

var empty = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// TestAccRouterInterfaceRace: of two interfaces that are made on one subnet in the same moment one wins, and the other one's error
// names the winner.
func TestAccRouterInterfaceRace(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	both := home + router("edge", `  name = "edge"`) + router("other", `  name = "other"`)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, both)},
			{Config: vc.Config(physical, both+place("four", "edge", "")+place("second", "other", "")),
				ExpectError: regexp.MustCompile(`has a router already, the router "(edge|other)"(?s:.*?)\n  with [^\n]*, at subnet_id during`)},
			{Config: vc.Config(physical, both), Check: acctest.Check(interfaces(vc, 0))},
			{Config: vc.Config(physical, both+place("four", "other", "")), Check: acctest.Check(interfaces(vc, 1))},
		},
		CheckDestroy: noRouters(vc),
	})
}
