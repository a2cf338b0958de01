// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccAddressScope: a scope is recorded, changed in place, replaced for another IP version, imported, and made again where somebody has
// removed it.
func TestAccAddressScope(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it = "novasphere_networking_addressscope.it"
	scope := func(name, more string) string {
		return vc.Config("", fmt.Sprintf("resource \"novasphere_networking_addressscope\" \"it\" {\n  name = %q\n%s}\n", name, more))
	}
	is := resource.TestCheckResourceAttr
	does := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, action)}}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: scope("inside", ""), Check: resource.ComposeAggregateTestCheckFunc(is(it, "ip_version", "4"), is(it, "shared", "false"),
				holds(vc, `"name":"inside","ip_version":4`))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true},
			{Config: scope("within", "  shared = true\n"), ConfigPlanChecks: stays(it),
				Check: holds(vc, `"name":"within","ip_version":4,"shared":true`)},
			{Config: scope("within", "  ip_version = 6\n"), ConfigPlanChecks: does(plancheck.ResourceActionReplace),
				Check: holds(vc, `"name":"within","ip_version":6`)},
			{ResourceName: it, ImportState: true, ImportStateVerify: true},
			{PreConfig: removed(t, vc, "addressscope", args{"name": "within"}), Config: scope("within", "  ip_version = 6\n"),
				ConfigPlanChecks: does(plancheck.ResourceActionCreate), Check: holds(vc, `"name":"within","ip_version":6`)},
			{Config: scope("within", "  ip_version = 5\n"), PlanOnly: true, ExpectError: says("ip_version", "ip_version")},
		},
		CheckDestroy: acctest.Check(func() error {
			if len(vc.Catalogue()) > 0 {
				return fmt.Errorf("the catalogue has %v", vc.Catalogue())
			}
			return nil
		}),
	})
}

// TestAddressScopeInUse: a scope is not deleted while a pool is in it, and the error names the pool.
func TestAddressScopeInUse(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	scope := p.Bring("novasphere_networking_addressscope", args{"name": "inside"}, protocol.Object{})
	pool := p.Bring("novasphere_networking_subnetpool", args{"name": "four", "prefixes": []any{"10.0.0.0/16"},
		"address_scope_id": scope.Text("id")}, protocol.Object{})
	left, said := p.Apply(p.PlanDelete(scope))
	if !left.Exists() {
		t.Error("the scope is deleted")
	}
	refusal{at: "", text: pool.Text("id")}.is(t, said)
	p.Destroy(pool)
	p.Destroy(scope)
}
