// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccBandwidthLimit: a rule is recorded in its policy, changed in place, imported, replaced for another policy, and made again where
// somebody has removed it. What it does at a switch, TestAccQoSPolicy tests.
func TestAccBandwidthLimit(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	slow := p.Bring("novasphere_networking_qos_policy", args{"name": "slow"}, protocol.Object{})
	other := p.Bring("novasphere_networking_qos_policy", args{"name": "other"}, protocol.Object{})
	const it = "novasphere_networking_qos_bandwidth_limit_rule.it"
	rule := func(policy protocol.Object, arguments string) string {
		return vc.Config("", fmt.Sprintf("resource \"novasphere_networking_qos_bandwidth_limit_rule\" \"it\" {\n  qos_policy_id = %q\n%s\n}\n",
			policy.Text("id"), arguments))
	}
	is := resource.TestCheckResourceAttr
	does := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, action)}}
	}
	imported := resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: rule(slow, "  max_kbps = 3000"), Check: resource.ComposeAggregateTestCheckFunc(is(it, "direction", "egress"),
				resource.TestCheckNoResourceAttr(it, "max_burst_kbps"), holds(vc, `"direction":"egress","max_kbps":3000}`))},
			imported,
			{Config: rule(slow, "  max_kbps = 5000\n  max_burst_kbps = 300"), ConfigPlanChecks: stays(it),
				Check: holds(vc, `"direction":"egress","max_kbps":5000,"burst_kb":300}`)},
			{Config: rule(slow, "  max_kbps = 5000\n  direction = \"ingress\""), ConfigPlanChecks: stays(it),
				Check: holds(vc, `"direction":"ingress","max_kbps":5000}`)},
			imported,
			{Config: rule(other, "  max_kbps = 5000\n  direction = \"ingress\""), ConfigPlanChecks: does(plancheck.ResourceActionReplace),
				Check: holds(vc, `"name":"slow"`, `"direction":"ingress","max_kbps":5000}`)},
			{PreConfig: removed(t, vc, "qos_bandwidth_limit_rule", args{"qos_policy_id": other.Text("id")}),
				Config: rule(other, "  max_kbps = 5000\n  direction = \"ingress\""), ConfigPlanChecks: does(plancheck.ResourceActionCreate),
				Check: holds(vc, `"direction":"ingress","max_kbps":5000}`)},
		},
		CheckDestroy: acctest.Check(func() error {
			if all := vc.Records(); strings.Contains(all, "max_kbps") || !strings.Contains(all, `"name":"slow"`) {
				return fmt.Errorf("a rule is left, or a policy went with its rule:\n%s", all)
			}
			return nil
		}),
	})
	none := map[string]string{slow.Text("id"): "with a slash between them", slow.Text("id") + "/none": "has no bandwidth limit none"}
	for id, why := range none {
		if _, said := p.Import("novasphere_networking_qos_bandwidth_limit_rule", id); !strings.Contains(fmt.Sprint(said), why) {
			t.Errorf("%s is imported: %v", id, said)
		}
	}
}

// TestBandwidthLimitRefused: what no rule can be is refused, and so is a policy that does not exist, and a second rule for one direction.
func TestBandwidthLimitRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	twice := slowPolicy + `
resource "novasphere_networking_qos_bandwidth_limit_rule" "again" {
  qos_policy_id = novasphere_networking_qos_policy.slow.id
  max_kbps      = 1
  depends_on    = [novasphere_networking_qos_bandwidth_limit_rule.out]
}
`
	fails := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", config), ExpectError: says(text, at)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			fails(strings.Replace(slowPolicy, "= 3000", "= 0", 1), "max_kbps", "max_kbps"),
			fails(strings.Replace(slowPolicy, `"ingress"`, `"in"`, 1), "direction", "direction"),
			fails(`resource "novasphere_networking_qos_bandwidth_limit_rule" "out" {
  qos_policy_id = "none"
  max_kbps      = 1
}
`, "no QoS policy none", "qos_policy_id"),
			fails(twice, "limits egress already", "direction"),
			{Config: vc.Config("", slowPolicy)},
		},
	})
}
