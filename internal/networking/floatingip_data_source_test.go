// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccFloatingIPData finds a floating IP by each of its arguments, and refuses what none or several have.
func TestAccFloatingIPData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const at = "data.novasphere_networking_floatingip.it"
	data := func(arguments string) string {
		return "data \"novasphere_networking_floatingip\" \"it\" {\n" + arguments + "\n}\n"
	}
	there := routed + port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }") +
		floatingIP("web", "  address = \"203.0.113.190\"\n  description = "+
			"\"shop\"\n  tags = [\"a\", \"b\"]\n"+portID("port_id", "it")) + floatingIP("free", "  address = \"203.0.113.110\"")
	steps := []resource.TestStep{{Config: vc.Config(physical, there)}}
	is := resource.TestCheckResourceAttr
	for _, arguments := range []string{`  address = "203.0.113.190"`, `  description = "shop"`, `  tags = ["a"]`, portID("port_id", "it"),
		`  fixed_ip = "10.0.0.3"`, `  status = "ACTIVE"`, "  pool = \"outside\"\n  status = \"ACTIVE\""} {
		steps = append(steps, resource.TestStep{Config: vc.Config(physical, there+data(arguments)),
			Check: resource.ComposeAggregateTestCheckFunc(resource.TestCheckResourceAttrPair(at, "id", fipAt, "id"), is(at, "status", "ACTIVE"),
				is(at, "address", "203.0.113.190"), is(at, "all_tags.#", "2"), is(at, "fixed_ip", "10.0.0.3"))})
	}
	steps = append(steps, resource.TestStep{Config: vc.Config(physical, there+data(`  status = "DOWN"`)),
		Check: resource.ComposeAggregateTestCheckFunc(is(at, "address", "203.0.113.110"), resource.TestCheckNoResourceAttr(at, "port_id"),
			resource.TestCheckResourceAttrPair(at, "pool", "novasphere_networking_network.outside", "id"))},
		resource.TestStep{Config: vc.Config(physical, there+data("")), ExpectError: says("more than one floating IP fits what is written", "")},
		resource.TestStep{Config: vc.Config(physical, there+data(`  address = "203.0.113.177"`)), ExpectError: says("no floating IP", "")})
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps, CheckDestroy: noRouters(vc)})
}
