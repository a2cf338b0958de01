// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const serverAt = "novasphere_compute_instance.web"

// served is an instance on the subnet "four", with a flavor of its own.
func served(more string) string {
	return `resource "novasphere_compute_flavor" "small" {
  name  = "small"
  vcpus = 1
  ram   = 1024
  disk  = 5
}
resource "novasphere_compute_instance" "web" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
` + more + `
  network { uuid = novasphere_networking_subnet.four.network_id }
}
`
}

// TestAccFloatingIPOfAnInstance: an instance does not change with its floating IP, by either association, and is followed to its new port
// when it is made anew.
func TestAccFloatingIPOfAnInstance(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	by := func(kind, server, more string) string {
		argument := map[string]string{"networking": "  port_id = " + serverAt + ".network[0].port\n",
			"compute": "  instance_id = " + serverAt + ".id\n"}[kind]
		return vc.Config(physical, routed+served(server)+floatingIP("web", "")+fmt.Sprintf(
			"resource \"novasphere_%s_floatingip_associate\" \"web\" {\n  floating_ip = novasphere_networking_floatingip.web.address\n%s%s}\n",
			kind, argument, more))
	}
	const oldAt = "novasphere_compute_floatingip_associate.web"
	unlike := func(s *terraform.State) error {
		server, f := s.RootModule().Resources[serverAt].Primary.Attributes, s.RootModule().Resources[fipAt].Primary.Attributes
		if server["access_ip_v4"] == "" || server["access_ip_v4"] == f["address"] || !strings.HasPrefix(server["access_ip_v4"], "10.0.0.") {
			return fmt.Errorf("the instance has %s, the floating IP is %s", server["access_ip_v4"], f["address"])
		}
		return nil
	}
	again := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(serverAt, plancheck.ResourceActionReplace),
		plancheck.ExpectResourceAction(leadsAt, plancheck.ResourceActionUpdate)}}
	first := by("networking", "", "")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(unlike,
				resource.TestCheckResourceAttrPair(leadsAt, "fixed_ip", serverAt, "access_ip_v4"))},
			{Config: first, ConfigPlanChecks: empty, Check: unlike},
			{Config: by("networking", "  user_data = \"#cloud-config\"\n", ""), ConfigPlanChecks: again,
				Check: resource.TestCheckResourceAttrPair(leadsAt, "fixed_ip", serverAt, "access_ip_v4")},
			{Config: by("networking", "  user_data = \"#cloud-config\"\n", ""), ConfigPlanChecks: empty, Check: unlike},
			{Config: by("compute", "  user_data = \"#cloud-config\"\n", ""), Check: unlike},
			{Config: by("compute", "  user_data = \"#cloud-config\"\n", "  wait_until_associated = true\n"), ConfigPlanChecks: stays(oldAt)},
			{ResourceName: oldAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"wait_until_associated"}},
			{Config: by("compute", "", ""), ConfigPlanChecks: replaces(oldAt), Check: unlike},
			{Config: by("compute", "", ""), ConfigPlanChecks: empty},
		},
		CheckDestroy: noRouters(vc),
	})
}
