// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccNetworkingDataSources finds networks, subnets and ports by their properties, and lists the ports that no instance has.
func TestAccNetworkingDataSources(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	made := dual + port("it", `  name = "web"
  tags = ["a", "b"]
  fixed_ip { ip_address = "10.0.0.4" }`)
	data := `
data "novasphere_networking_networks" "all" { name_regex = "^(public|lab)$" }
data "novasphere_networking_networks" "ours" { managed = true }
data "novasphere_networking_subnet" "it" { cidr = "10.0.0.0/29" }
data "novasphere_networking_subnet_ids" "six" { ip_version = 6 }
data "novasphere_networking_port" "it" { fixed_ip = "10.0.0.4" }
data "novasphere_networking_ports" "free" {
  unplugged = true
  tags      = ["a"]
}
`
	at := func(source, attribute, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("data.novasphere_networking_"+source, attribute, value)
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", made)},
			{Config: vc.Config("", made+data), Check: resource.ComposeAggregateTestCheckFunc(
				at("networks.all", "names.#", "2"), at("networks.all", "names.0", "lab"), at("networks.ours", "names.#", "1"),
				at("subnet.it", "gateway_ip", "10.0.0.1"), at("subnet.it", "addresses_total", "5"), at("subnet.it", "addresses_taken", "1"),
				at("subnet.it", "allocation_pools.0.start", "10.0.0.2"),
				at("subnet_ids.six", "ids.#", "1"), at("port.it", "name", "web"), at("port.it", "all_fixed_ips.0", "10.0.0.4"),
				at("ports.free", "ids.#", "1"), at("ports.free", "ports.0.created_by", "administrator@vsphere.local"),
				resource.TestMatchResourceAttr("data.novasphere_networking_ports.free", "ports.0.created_at", regexp.MustCompile(`^20\d\d-`)))},
			{Config: vc.Config("", made+fmt.Sprintf("data %q %q {}\n", "novasphere_networking_subnet", "which")),
				ExpectError: says("2 subnets are found", "subnet_id")},
			{Config: vc.Config("", made+`data "novasphere_networking_port" "none" { name = "nobody" }`), ExpectError: says("no port that fits", "")},
			{Config: vc.Config("", made)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}
