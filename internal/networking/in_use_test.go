// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccSubnetWaitsForPorts: a port that names only its network is destroyed beside the subnet in any order; the subnet waits for it.
func TestAccSubnetWaitsForPorts(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const lab = `
resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.0.0.0/24"
}
`
	const ports = `
resource "novasphere_networking_port" "p" {
  count      = 5
  network_id = novasphere_networking_network.lab.id
}
`
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", lab)},
			{Config: vc.Config("", lab+ports), Check: resource.TestCheckResourceAttr("novasphere_networking_port.p.4", "all_fixed_ips.#", "1")},
		},
		CheckDestroy: acctest.Check(func() error { return vc.NoNetwork("lab") }),
	})
}

// TestAccSubnetReplaced: replacing a subnet whose ports merely move to the new one fails with the advice to create the new one first,
// which then succeeds.
func TestAccSubnetReplaced(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	lab := func(cidr, more string) string {
		return vc.Config("", `
resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "`+cidr+`"
`+more+`
}
resource "novasphere_networking_port" "p" {
  network_id = novasphere_networking_network.lab.id
  fixed_ip { subnet_id = novasphere_networking_subnet.lab.id }
}
`)
	}
	const next = "  lifecycle { create_before_destroy = true }"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: lab("10.0.0.0/24", "")},
			{Config: lab("10.0.1.0/24", ""), ExpectError: regexp.MustCompile(`Where\s+the\s+subnet\s+is\s+to\s+be\s+replaced`)},
			{Config: lab("10.0.1.0/24", next), ConfigPlanChecks: stays("novasphere_networking_port.p"),
				Check: resource.TestMatchResourceAttr("novasphere_networking_port.p", "all_fixed_ips.0", regexp.MustCompile(`^10\.0\.1\.`))},
		},
		CheckDestroy: acctest.Check(func() error { return vc.NoNetwork("lab") }),
	})
}
