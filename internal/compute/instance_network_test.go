// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

func TestInstancePlanOfUnknownNetworks(t *testing.T) {
	t.Parallel()
	for name, vc := range map[string]*acctest.VCenter{"with a vCenter": acctest.Start(t, vcsim.Options{}), "without": nil} {
		heard, plan := planned(t, vc, "novasphere_compute_instance",
			wish(map[string]any{"network": tftypes.UnknownValue, "flavor_name": tftypes.UnknownValue}))
		if len(heard) != 0 || plan["network"].IsKnown() {
			t.Errorf("%s: heard %v, networks %s", name, heard, plan["network"])
		}
	}
}

// TestAccInstanceOfNetworksKnownLater: the blocks come from a list known only after the apply of another resource.
func TestAccInstanceOfNetworksKnownLater(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(networks string) string {
		return vc.Config("", fmt.Sprintf("resource \"terraform_data\" \"networks\" { input = %s }\n", networks)+plain(`name = "web"
  dynamic "network" {
    for_each = terraform_data.networks.output
    content { name = network.value }
  }`))
	}
	unknown := func(does plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, does),
			plancheck.ExpectUnknownValue(it, tfjsonpath.New("network"))}}
	}
	has := func(names ...string) resource.TestCheckFunc {
		checks := []resource.TestCheckFunc{resource.TestCheckResourceAttr(it, "network.#", fmt.Sprint(len(names)))}
		for i, name := range names {
			checks = append(checks, resource.TestCheckResourceAttr(it, fmt.Sprintf("network.%d.name", i), name),
				resource.TestCheckResourceAttrSet(it, fmt.Sprintf("network.%d.mac", i)))
		}
		return resource.ComposeTestCheckFunc(checks...)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config(`["public"]`), ConfigPlanChecks: unknown(created), Check: has("public")},
			{Config: config(`["public"]`), PlanOnly: true},
			{Config: config(`["public", "private"]`), ConfigPlanChecks: unknown(updated), Check: has("public", "private")},
			{Config: config(`[]`), ConfigPlanChecks: unknown(updated), Check: has()},
			{Config: config(`["publik"]`), ExpectError: says(`network[0]: no network "publik" in datacenter dc1`)},
		},
	})
}
