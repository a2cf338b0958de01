// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
)

const fipAt = "novasphere_networking_floatingip.web"

// routed is a network that leads out, a subnet, and a router between them.
var routed = outside(true) + home + router("edge", "  name = \"edge\"\n  external_network_id = novasphere_networking_network.outside.id") +
	place("four", "edge", "")

// floatingIP is a floating IP of the network that leads out.
func floatingIP(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_floatingip\" %q {\n  pool = novasphere_networking_network.outside.name\n  "+
		"depends_on = [novasphere_networking_subnet.outside]\n%s\n}\n", name, arguments)
}

// portID is an argument that names a port.
func portID(argument, port string) string {
	return fmt.Sprintf("  %s = novasphere_networking_port.%s.id\n", argument, port)
}

// floating returns the floating IPs that are recorded.
func floating(t *testing.T, vc *acctest.VCenter) []openstack.FloatingIP {
	t.Helper()
	all, err := dvs.New(direct(t, vc)).FloatingIPs(t.Context(), "")
	must(t, err)
	return all
}

// TestAccFloatingIP claims an address, leads it to a port and to another address of it, changes the rest in place, imports it, and sees
// it go.
func TestAccFloatingIP(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	port := port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }\n  fixed_ip { ip_address = \"10.0.0.4\" }")
	first := vc.Config(physical, routed+port+floatingIP("web", `  address     = "203.0.113.190"
  description = "the shop"
  tags        = ["b", "a"]
  dns_name    = "www"
  dns_domain  = "example.org."
  fixed_ip    = "10.0.0.4"
  region      = "r"
  value_specs = { "a" = "b" }
  timeouts { create = "5m" }
`+portID("port_id", "it")))
	second := vc.Config(physical, routed+port+floatingIP("web", "  fixed_ip = \"10.0.0.3\"\n  dns_name = \"www\"\n  dns_domain = "+
		"\"example.org.\"\n"+portID("port_id", "it")))
	third := vc.Config(physical, routed+port+floatingIP("web", "  dns_name = \"www\"\n  dns_domain = \"example.org.\""))
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(is(fipAt, "all_tags.#", "2"), is(fipAt, "fixed_ip", "10.0.0.4"),
				is(fipAt, "pool", "outside"), resource.TestCheckResourceAttrPair(fipAt, "subnet_id", "novasphere_networking_subnet.outside", "id"),
				recorded(vc, `"address":"203.0.113.190","port":"`), recorded(vc, `"fixed_ip":"10.0.0.4","router":"`),
				recorded(vc, `"description":"the shop","dns_name":"www","dns_domain":"example.org.","tags":["a","b"]`))},
			{Config: first, ConfigPlanChecks: empty},
			{ResourceName: fipAt, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"region", "value_specs", "timeouts"}},
			{Config: second, ConfigPlanChecks: stays(fipAt), Check: resource.ComposeAggregateTestCheckFunc(is(fipAt, "fixed_ip", "10.0.0.3"),
				is(fipAt, "address", "203.0.113.190"), is(fipAt, "all_tags.#", "0"), recorded(vc, `"fixed_ip":"10.0.0.3","router":"`))},
			{Config: third, ConfigPlanChecks: empty, Check: is(fipAt, "fixed_ip", "10.0.0.3")},
			{PreConfig: func() { must(t, dvs.New(direct(t, vc)).DeleteFloatingIP(t.Context(), floating(t, vc)[0].ID)) }, Config: third,
				ConfigPlanChecks: creates(fipAt), Check: resource.TestCheckNoResourceAttr(fipAt, "port_id")},
		},
		CheckDestroy: noRouters(vc),
	})
}
