// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccUnreadHost: with a host in the cluster that the account may not read, or that is disconnected, instances are planned and made,
// and the lists work.
func TestAccUnreadHost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]types.BaseMethodFault{"NoPermission": new(types.NoPermission),
		"HostNotConnected": new(types.HostNotConnected)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			vc.Hide(host(t, vc, "esx-1").Reference(), fault)
			const zone = "  availability_zone {\n    name = \"az1\"\n    cluster = \"compute\"\n  }\n"
			config := herd + data("hypervisors", "all", "") + data("services", "all", "") + data("availability_zones", "all", "") +
				data("instances", "all", "depends_on = [novasphere_compute_instance.it]")
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{Config: vc.Config(zone, config), Check: resource.ComposeAggregateTestCheckFunc(
						resource.TestCheckResourceAttr("data.novasphere_compute_hypervisors.all", "hypervisors.#", "4"),
						resource.TestCheckResourceAttr("data.novasphere_compute_instances.all", "names.#", "3")),
						ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
				},
			})
		})
	}
}
