// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// hinted returns an instance named it beside another one, with a hint about that.
func hinted(hints string) string {
	return plain("  name = \"it\"\n  wait_for_ip = \"0s\"\n"+hints) + `
resource "novasphere_compute_instance" "other" {
  name        = "other"
  flavor_id   = novasphere_compute_flavor.small.id
  image_name  = "debian-12"
  wait_for_ip = "0s"
}
`
}

// TestAccInstanceHints: a hint is in force from the first start on, is read back by an import, and goes with the instance. Other hints
// replace the instance.
func TestAccInstanceHints(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(hints string) string { return vc.Config("", hinted(hints)) }
	hint := func(name string) string {
		return "  scheduler_hints {\n    " + name + " = [novasphere_compute_instance.other.id]\n  }"
	}
	group := serverGroup("soft-affinity", "")
	both := "  scheduler_hints {\n group = novasphere_compute_servergroup.g.id\n different_host = [novasphere_compute_instance.other.id]\n }"
	const apart, together = "anti-affinity! it, other", "affinity! it, other"
	imported := resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true,
		ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}}
	same := &identity{}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(hint("different_host")), Check: resource.ComposeAggregateTestCheckFunc(ruled(t, vc, apart), spread(vc, 2, 2),
				on(vc, "OpenStack/it", same.of))},
			imported,
			{Config: config(strings.Replace(hint("different_host"), "{\n", "{\n    target_cell = \"c\"\n", 1)),
				ConfigPlanChecks: action(it, updated), Check: on(vc, "OpenStack/it", same.of)},
			{Config: config(hint("same_host")), ConfigPlanChecks: action(it, remade),
				Check: resource.ComposeAggregateTestCheckFunc(ruled(t, vc, together), spread(vc, 2, 1))},
			{Config: config(hint("same_host") + "\n  description = \"kept\""), ConfigPlanChecks: action(it, updated), Check: ruled(t, vc, together)},
			{Config: group + config(both), ConfigPlanChecks: action(it, remade), Check: ruled(t, vc, apart)},
			imported,
			{Config: config(""), ConfigPlanChecks: action(it, remade), Check: ruled(t, vc)},
			{Config: config("  power_state = \"suspended\"\n" + hint("different_host")),
				Check: resource.ComposeAggregateTestCheckFunc(ruled(t, vc, apart), on(vc, "OpenStack/it", func(vm mo.VirtualMachine) error {
					if vm.Runtime.PowerState != "suspended" {
						return fmt.Errorf("it is %s", vm.Runtime.PowerState)
					}
					return nil
				}))},
		},
		CheckDestroy: resource.ComposeAggregateTestCheckFunc(destroyed(vc), ruled(t, vc)),
	})
}
