// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	switches "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// furnished is what an instance on a port of the network lab needs.
const furnished = `
resource "novasphere_networking_subnet" "four" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.0.0.0/24"
}
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
`

const slowPolicy = `
resource "novasphere_networking_qos_policy" "slow" {
  name        = "slow"
  description = "for guests"
  tags        = ["a"]
}
resource "novasphere_networking_qos_bandwidth_limit_rule" "out" {
  qos_policy_id  = novasphere_networking_qos_policy.slow.id
  max_kbps       = 3000
  max_burst_kbps = 300
}
resource "novasphere_networking_qos_bandwidth_limit_rule" "in" {
  qos_policy_id = novasphere_networking_qos_policy.slow.id
  max_kbps      = 1000
  direction     = "ingress"
}
`

// limits checks what the switch's port of a port does: bit/s of egress and ingress, 0 for none; inherited, where they are its network's.
func limits(vc *acctest.VCenter, address string, inherited bool, egress, ingress int64) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		at, there := vc.Booked("lab")[s.RootModule().Resources[address].Primary.ID]
		if !there {
			return fmt.Errorf("the switch has no port for %s", address)
		}
		setting, _ := at.Config.Setting.(*types.VMwareDVSPortSetting)
		own := switches.ShapingOf(at)
		if inherited != (own == nil) {
			return fmt.Errorf("%s has the limits %+v of its own", address, own)
		}
		for way, p := range map[string]*types.DVSTrafficShapingPolicy{openstack.Egress: setting.InShapingPolicy,
			openstack.Ingress: setting.OutShapingPolicy} {
			want := map[string]int64{openstack.Egress: egress, openstack.Ingress: ingress}[way]
			switch {
			case want == 0 && (p == nil || p.Enabled == nil || !*p.Enabled.Value):
			case p == nil || p.AverageBandwidth == nil || p.AverageBandwidth.Value != want || p.PeakBandwidth.Value != want:
				return fmt.Errorf("%s of %s is limited to %+v, not to %d", way, address, p, want)
			}
		}
		return nil
	}
}

// TestAccQoSPolicy: a policy limits the ports and networks that have it, its rules are changed in place and followed at once, and a limit
// that somebody else has changed is set right.
func TestAccQoSPolicy(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, policy, rule = "novasphere_networking_port.it", "novasphere_networking_qos_policy.slow",
		"novasphere_networking_qos_bandwidth_limit_rule.out"
	limited := slowPolicy + lab + furnished + port("it", "  qos_policy_id = novasphere_networking_qos_policy.slow.id") + plugged("web", "it")
	data := `
data "novasphere_networking_qos_policy" "slow" {
  name       = "slow"
  depends_on = [novasphere_networking_qos_bandwidth_limit_rule.out]
}
data "novasphere_networking_qos_bandwidth_limit_rule" "in" {
  qos_policy_id = data.novasphere_networking_qos_policy.slow.id
  max_kbps      = 1000
  depends_on    = [novasphere_networking_qos_bandwidth_limit_rule.in]
}
`
	of := resource.TestCheckResourceAttr
	drift := func() {
		for _, p := range vc.Booked("lab") {
			setting := &types.VMwareDVSPortSetting{}
			setting.InShapingPolicy = &types.DVSTrafficShapingPolicy{Enabled: &types.BoolPolicy{Value: types.NewBool(false)}}
			if err := vc.SetPorts("lab", types.DVPortConfigSpec{Operation: "edit", Key: p.Key, Setting: setting}); err != nil {
				t.Error(err)
			}
		}
	}
	onNetwork := strings.Replace(strings.Replace(limited, "  name = \"lab\"\n", "  name = \"lab\"\n  qos_policy_id = "+
		"novasphere_networking_qos_policy.slow.id\n", 1), "  qos_policy_id = novasphere_networking_qos_policy.slow.id\n}",
		"  qos_policy_id = \"\"\n}", 1)
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", limited), Check: resource.ComposeAggregateTestCheckFunc(limits(vc, it, false, 3000_000, 1000_000),
				of(policy, "all_tags.#", "1"), of(rule, "direction", "egress"))},
			{RefreshState: true, Check: of(it, "effective_rules.#", "2")}, // the port may be made before the policy's rules
			{Config: vc.Config("", limited+data), Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttrPair("data."+policy, "id", policy, "id"),
				of("data.novasphere_networking_qos_bandwidth_limit_rule.in", "direction", "ingress"),
				of("data."+policy, "revision_number", "2"))},
			{ResourceName: policy, ImportState: true, ImportStateVerify: true},
			{ResourceName: rule, ImportState: true, ImportStateVerify: true},
			{Config: vc.Config("", strings.Replace(limited, "= 3000", "= 5000", 1)), ConfigPlanChecks: stays(rule),
				Check: limits(vc, it, false, 5000_000, 1000_000)},
			{PreConfig: drift, Config: vc.Config("", strings.Replace(limited, "= 3000", "= 5000", 1)), ConfigPlanChecks: stays(it),
				Check: limits(vc, it, false, 5000_000, 1000_000)},
			{Config: vc.Config("", onNetwork), ConfigPlanChecks: stays(it), Check: resource.ComposeAggregateTestCheckFunc(
				limits(vc, it, true, 3000_000, 1000_000), of(it, "qos_policy_id", ""), of(it, "effective_rules.#", "0"))},
			{Config: vc.Config("", strings.Replace(onNetwork, "= 1000", "= 2000", 1)),
				Check: limits(vc, it, true, 3000_000, 2000_000)},
			{Config: vc.Config("", strings.Replace(onNetwork, "  name = \"lab\"\n  qos_policy_id = novasphere_networking_qos_policy.slow.id\n",
				"  name = \"lab\"\n  qos_policy_id = \"\"\n", 1)), Check: limits(vc, it, true, 0, 0)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestQoSPolicyRefused: a port and a network refuse a policy that does not exist, and a policy that a network has is not deleted.
func TestQoSPolicyRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	fails := func(config string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", config), ExpectError: says("no QoS policy none", "qos_policy_id")}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			fails(lab + furnished + port("it", `  qos_policy_id = "none"`)),
			fails(strings.Replace(lab, "  name = \"lab\"\n", "  name = \"lab\"\n  qos_policy_id = \"none\"\n", 1)),
		},
	})
	p := vc.Provider(t, nil)
	policy := p.Bring("novasphere_networking_qos_policy", args{"name": "slow"}, protocol.Object{})
	network := p.Bring("novasphere_networking_network", args{"name": "limited", "segments": block(args{"segmentation_id": 7}),
		"qos_policy_id": policy.Text("id")}, protocol.Object{})
	left, said := p.Apply(p.PlanDelete(policy))
	if !left.Exists() {
		t.Error("a policy that a network has is deleted")
	}
	refusal{at: "", text: "the QoS policy slow is in use: the network limited"}.is(t, said)
	p.Destroy(network)
	p.Destroy(policy)
}

// TestDefaultQoSPolicy: a policy becomes the default one with a warning that nobody takes it for that, keeps what is written of it, and is
// the only one of its project.
func TestDefaultQoSPolicy(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	const kind = "novasphere_networking_qos_policy"
	config := args{"name": "slow", "is_default": true, "shared": true, "description": "for guests", "tags": []any{"a"}}
	warns := func(plan protocol.Plan) bool {
		return strings.Contains(fmt.Sprint(plan.Diagnostics), "Nobody takes the default policy")
	}
	if !warns(p.Plan(kind, config, p.None(kind))) {
		t.Error("nobody says that no network takes the default policy")
	}
	policy := p.Bring(kind, config, protocol.Object{})
	must(t, holds(vc, `"name":"slow","description":"for guests","tags":["a"],"shared":true,"default":true`)(nil))
	if again := p.Plan(kind, config, policy); warns(again) || !again.Planned.Equal(policy.State) {
		t.Errorf("the next plan is %s, with %v", again.Planned, again.Diagnostics)
	}
	left, said := p.Apply(p.Plan(kind, args{"name": "other", "is_default": true}, p.None(kind)))
	if left.Exists() {
		t.Error("a project has two default policies")
	}
	refusal{at: "is_default", text: policy.Text("id")}.is(t, said)
	p.Destroy(policy)
}
