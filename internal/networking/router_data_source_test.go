// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccRouterData finds routers by their properties.
func TestAccRouterData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	made := outside(true) + router("edge", `  name                = "edge"
  description         = "one"
  tags                = ["a", "b"]
  enable_snat         = false
  external_network_id = novasphere_networking_network.outside.id
  external_fixed_ip { ip_address = "203.0.113.9" }
  depends_on = [novasphere_networking_subnet.outside]`) + router("twin", `  name           = "edge"
  admin_state_up = false
  flavor_id      = "f"`)
	data := func(name, arguments string) string {
		return "data \"novasphere_networking_router\" \"" + name + "\" {\n" + arguments + "\n}\n"
	}
	all := data("id", "  router_id = novasphere_networking_router.edge.id") + data("tags", `  tags = ["a"]`) +
		data("down", "  admin_state_up = false\n  name = \"edge\"\n  status = \"ACTIVE\"") +
		data("described", `  description = "one"`) + data("snat", "  enable_snat = false") + data("flavor", `  flavor_id = "f"`)
	is := func(name, attribute, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("data.novasphere_networking_router."+name, attribute, value)
	}
	same := func(name, router string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttrPair("data.novasphere_networking_router."+name, "id", "novasphere_networking_router."+router, "id")
	}
	fails := func(arguments, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(physical, made+data("it", arguments)), ExpectError: says(text, at)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, made)},
			{Config: vc.Config(physical, made+all), Check: resource.ComposeAggregateTestCheckFunc(
				same("id", "edge"), same("tags", "edge"), same("down", "twin"), same("described", "edge"), same("snat", "edge"), same("flavor", "twin"),
				is("id", "name", "edge"), is("id", "all_tags.#", "2"), is("id", "external_fixed_ip.0.ip_address", "203.0.113.9"),
				is("id", "routes.#", "0"), is("id", "enable_snat", "false"),
				is("down", "external_network_id", ""), is("down", "external_fixed_ip.#", "0"), is("down", "distributed", "false"),
				resource.TestCheckResourceAttrPair("data.novasphere_networking_router.id", "external_network_id",
					"novasphere_networking_network.outside", "id"))},
			fails(`  name = "edge"`, "2 routers are found that fits what is written", "router_id"),
			fails(`  name = "nobody"`, "no router that fits what is written", ""),
			fails(`  status = "DOWN"`, "no router that fits what is written", ""),
			{Config: vc.Config(physical, made)},
		},
		CheckDestroy: noRouters(vc),
	})
}
