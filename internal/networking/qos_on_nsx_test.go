// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// bindsTo checks which profile, by its policy's address, NSX has bound the one segment or the one port to; "" is none.
func bindsTo(vc *acctest.VCenter, kind, policy string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		paths, want := vc.NSX.Paths(kind), ""
		if policy != "" {
			want = "/infra/qos-profiles/" + s.RootModule().Resources[policy].Primary.ID
		}
		if len(paths) == 0 && want == "" {
			return nil
		}
		if len(paths) != 1 {
			return fmt.Errorf("NSX has the maps %v", paths)
		}
		if body, _ := vc.NSX.Object(paths[0]); body["qos_profile_path"] != want {
			return fmt.Errorf("%s binds to %v, and not to %s", paths[0], body["qos_profile_path"], want)
		}
		return nil
	}
}

// shapes checks what the one profile of NSX limits, in Mbit/s, seen from the switch: to 1 what leaves it.
func shapes(vc *acctest.VCenter, ingress int) resource.TestCheckFunc {
	return acctest.Check(func() error {
		paths := vc.NSX.Paths("QoSProfile")
		if len(paths) != 1 {
			return fmt.Errorf("NSX has the profiles %v", paths)
		}
		body, _ := vc.NSX.Object(paths[0])
		is := map[string]any{}
		limiters, _ := body["shaper_configurations"].([]any)
		for _, one := range limiters {
			limiter, _ := one.(map[string]any)
			is[fmt.Sprint(limiter["resource_type"])] = limiter["average_bandwidth"]
		}
		if want := fmt.Sprintf("map[EgressRateLimiter:1 IngressRateLimiter:%d]", ingress); fmt.Sprint(is) != want {
			return fmt.Errorf("the profile limits to %v, and not to %s", is, want)
		}
		return nil
	})
}

// TestAccQoSOnNSX: a policy is a profile that the segments and ports which have it are bound to, its rules are changed in place and
// followed at once, and what somebody else has changed in NSX is set right.
func TestAccQoSOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	const it, network = "novasphere_networking_port.it", "novasphere_networking_network.web"
	const policy, rule = "novasphere_networking_qos_policy.slow", "novasphere_networking_qos_bandwidth_limit_rule.out"
	const ofPort, ofSegment = "PortQoSProfileBindingMap", "SegmentQoSProfileBindingMap"
	const has, none = "  qos_policy_id = novasphere_networking_qos_policy.slow.id\n", "  qos_policy_id = \"\"\n"
	onPort := func(id string) string {
		return strings.Replace(onSegment, "  name       = \"it\"\n", "  name       = \"it\"\n"+id, 1)
	}
	onNetwork := func(id string) string { return strings.Replace(onPort(none), "  description = \"front\"\n", id, 1) }
	quick := strings.Replace(slowPolicy, "= 3000", "= 10000", 1)
	is := resource.TestCheckResourceAttr
	all := resource.ComposeAggregateTestCheckFunc
	every := func(kind string, do func(path string)) func() {
		return func() {
			for _, path := range vc.NSX.Paths(kind) {
				do(path)
			}
		}
	}
	unlimited := every("QoSProfile", func(path string) {
		body, _ := vc.NSX.Object(path)
		vc.NSX.Put(path, map[string]any{"display_name": "slow", "tags": body["tags"]})
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", slowPolicy+onPort(has)), Check: all(bindsTo(vc, ofPort, policy), bindsTo(vc, ofSegment, ""), shapes(vc, 3))},
			{RefreshState: true, Check: is(it, "effective_rules.#", "2")}, // the port may be made before the policy's rules
			{ResourceName: policy, ImportState: true, ImportStateVerify: true},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip"}},
			{Config: vc.Config("", strings.Replace(slowPolicy, "= 3000", "= 700", 1)+onPort(has)),
				ExpectError: says("write 1000 or more", "max_kbps")},
			{Config: vc.Config("", quick+onPort(has)), ConfigPlanChecks: stays(rule), Check: all(bindsTo(vc, ofPort, policy), shapes(vc, 10))},
			{PreConfig: every(ofPort, vc.NSX.Remove), Config: vc.Config("", quick+onPort(has)), ConfigPlanChecks: stays(it),
				Check: bindsTo(vc, ofPort, policy)},
			{PreConfig: unlimited, Config: vc.Config("", quick+onPort(has)), ConfigPlanChecks: stays(it), Check: shapes(vc, 10)},
			{Config: vc.Config("", quick+onNetwork(has)), ConfigPlanChecks: stays(network), Check: all(bindsTo(vc, ofPort, ""),
				bindsTo(vc, ofSegment, policy), is(it, "effective_rules.#", "0"))},
			{PreConfig: unlimited, Config: vc.Config("", quick+onNetwork(has)), ConfigPlanChecks: stays(network), Check: shapes(vc, 10)},
			{ResourceName: network, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"segments"}},
			{Config: vc.Config("", quick+onNetwork(none)), ConfigPlanChecks: stays(network),
				Check: bindsTo(vc, ofSegment, "")},
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}
