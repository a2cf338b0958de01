// SPDX-License-Identifier: MPL-2.0

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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
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
				is(edgeAt, "external_addresses.0", "203.0.113.9"), is(edgeAt, "external_addresses.#", "2"),
				recorded(vc, `"fixed_ips":[{"subnet":"`), recorded(vc, `"address":"203.0.113.9"},{"subnet":"`),
				resource.TestMatchResourceAttr(edgeAt, "id", regexp.MustCompile("^[0-9a-f]{8}-")),
				is("novasphere_networking_router.twin", "external_fixed_ip.#", "0"),
				routersRecorded(vc, `"name":"edge","description":"the way out","tags":["a","b"],"external_network":"dvportgroup-`,
					`"name":"edge","mark":{"by":"administrator@vsphere.local"`),
				routersRecorded(vc, `"address":"203.0.113.9"}`, `"snat":true`))},
			{ResourceName: edgeAt, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"external_fixed_ip.1.ip_address", "region", "tenant_id", "value_specs", "vendor_options",
					"timeouts"}},
			{Config: second, ConfigPlanChecks: stays(edgeAt), Check: resource.ComposeAggregateTestCheckFunc(is(edgeAt, "external_fixed_ip.#", "0"),
				is(edgeAt, "external_addresses.#", "2"), is(edgeAt, "availability_zone_hints.0", "z2"),
				routersRecorded(vc, `"down":true,"external_network":"dvportgroup-`),
				catalogued(vc, `"snat":false,"qos_policy":"q","distributed":true,"flavor":"f","zones":["z2","z1"]`))},
			{ResourceName: edgeAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"region", "tenant_id",
				"external_fixed_ip.#", "external_fixed_ip.0", "external_fixed_ip.1"}}, // no blocks are written as an empty list
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

// dropRouters removes every router behind Terraform's back.
func dropRouters(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	c := direct(t, vc)
	all, err := dvs.New(c).Routers(t.Context())
	must(t, err)
	must(t, c.Records.Catalogue.Update(t.Context(), func(set records.Set) error {
		for _, r := range all {
			set.Drop("router", r.ID)
		}
		return nil
	}))
}

// TestAccRouterRefused: without the operator's word there are no routers, and a way out must be one. All of it at plan, before
// anything exists.
func TestAccRouterRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	none := "a vCenter has no routers. Set the provider's routers = \"nsx\", if the gateways of an NSX are to route (block nsx), or " +
		"\"physical\", if the gateway of these VLANs is a physical one and the router is to be recorded only; or write no router"
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
			refused(`  routers = "nsx"`, router("edge", ""), "the provider has no block nsx: write one", "routers"),
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
				"the external network outside has none of the subnets nowhere", "external_subnet_ids"),
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

// TestAccRouterChosenSubnets makes a router at a written address, and one on the first of some subnets that the network has: among them is
// one that only the apply knows, and ids that are no subnets.
func TestAccRouterChosenSubnets(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	id := "novasphere_networking_network.outside.id"
	way := "  external_network_id = " + id + "\n"
	config := vc.Config(physical, outside(true)+router("written", way+`  external_fixed_ip { ip_address = "203.0.113.251" }`)+
		router("any", way)+router("edge", way+"  external_subnet_ids = ["+id+
		", novasphere_networking_router.any.external_fixed_ip.0.subnet_id, "+id+"]"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, outside(true))},
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(
				routersRecorded(vc, `"external_fixed_ips":[{"subnet":"","address":"203.0.113.251"}]`, `"external_subnets":[`, `"gateways"`),
				resource.TestCheckResourceAttr(edgeAt, "external_fixed_ip.#", "1"), resource.TestCheckResourceAttrPair(edgeAt,
					"external_fixed_ip.0.subnet_id", "novasphere_networking_subnet.outside", "id"))},
			{Config: config, PlanOnly: true},
			{Config: vc.Config(physical, outside(true)+router("edge", way+"  external_subnet_ids = ["+id+"]")), PlanOnly: true,
				ExpectError: says("has none of the subnets", "external_subnet_ids")},
		},
		CheckDestroy: noRouters(vc),
	})
}

var empty = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
