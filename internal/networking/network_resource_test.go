// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

func web(arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_network\" \"web\" {\n%s\n}\n", arguments)
}

// stays checks that the object at an address is changed in place.
func stays(address string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)}}
}

// setting returns what applies to the ports of a portgroup.
func setting(t *testing.T, vc *acctest.VCenter, name string) (vlan int32, blocked, forged bool) {
	t.Helper()
	s, ok := vc.Portgroup(name).Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
	if !ok {
		t.Fatalf("%s has no setting", name)
	}
	if id, ok := s.Vlan.(*types.VmwareDistributedVirtualSwitchVlanIdSpec); ok {
		vlan = id.VlanId
	}
	return vlan, s.Blocked != nil && *s.Blocked.Value, s.SecurityPolicy != nil && *s.SecurityPolicy.ForgedTransmits.Value
}

// TestAccNetworkResource makes a portgroup, changes everything that can change in place, imports it and deletes it.
func TestAccNetworkResource(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it = "novasphere_networking_network.web"
	first := vc.Config("", web(`  name = "web"
  description = "front"
  tags = ["a"]
  segments { segmentation_id = 100 }`))
	second := vc.Config("", web(`  name = "web2"
  admin_state_up = false
  port_security_enabled = false
  dns_domain = "example.org"
  external = true
  segments { segmentation_id = 101 }`))
	expect := func(name string, vlan int32, blocked, forged bool) func(*terraform.State) error {
		return acctest.Check(func() error {
			if v, b, f := setting(t, vc, name); v != vlan || b != blocked || f != forged {
				return fmt.Errorf("%s has VLAN %d, blocked %v, forged transmits %v", name, v, b, f)
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(expect("web", 100, false, false),
				resource.TestCheckResourceAttr(it, "mtu", "9000"),
				resource.TestCheckResourceAttr(it, "all_tags.#", "1"))},
			{ResourceName: it, ImportState: true, ImportStateVerify: true},
			{Config: second, ConfigPlanChecks: stays(it), Check: expect("web2", 101, true, true)},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateId: "web2"},
			{PreConfig: func() { removePortgroup(t, vc, "web2") }, Config: second, Check: expect("web2", 101, true, true)},
			{Config: vc.Config("", web("  name = \"web\"\n  transparent_vlan = true")),
				Check: resource.TestCheckResourceAttr(it, "transparent_vlan", "true")},
		},
		CheckDestroy: acctest.Check(func() error { return vc.NoNetwork("web") }),
	})
}

func removePortgroup(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	must(t, vc.DestroyNetwork(name))
}

// TestNetworkRefused: a network that no switch can carry is refused at plan, and an existing portgroup is not taken over.
func TestNetworkRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	on := func(segment args) args { return args{"name": "web", "segments": block(segment)} }
	refusedPlans(t, vc, nil, "network", map[string]refusal{
		"nothing under it":  {args{"name": "web"}, "segments", "it is not said what lies under the network"},
		"overlay":           {on(args{"network_type": "geneve"}), "segments", "a network of the type geneve is a segment of NSX"},
		"flat, with a VLAN": {on(args{"network_type": "flat", "segmentation_id": 5}), "segments", "a flat network has no VLAN"},
		"no VLAN":           {on(args{"network_type": "vlan"}), "segments", "or the provider's network_vlan_ranges"},
		"no such VLAN":      {on(args{"segmentation_id": 5000}), "segments", "segmentation_id is 5000, and a VLAN is 1 to 4094"},
		"VLAN 0":            {on(args{"segmentation_id": 0}), "segments", "segmentation_id is 0, and a VLAN is 1 to 4094"},
		"unknown switch":    {on(args{"physical_network": "dvs9", "segmentation_id": 5}), "segments", `no distributed switch "dvs9"`},
		"large frames":      {with(on(args{"segmentation_id": 5}), args{"mtu": 9001}), "mtu", "carries frames of 9000 bytes"},
	})
	taken := refusal{with(on(args{"segmentation_id": 5}), args{"name": "public"}), "name", "this provider did not make it"}
	p := vc.Provider(t, nil)
	taken.is(t, p.Plan("novasphere_networking_network", taken.config, protocol.Object{}).Diagnostics)
	late := p.Plan("novasphere_networking_network", with(taken.config, args{"name": "late"}), protocol.Object{})
	vc.AddPortgroup("late", 7) // another client, after the plan
	_, said := p.Apply(late)
	refusal{at: "name", text: "this provider did not make it"}.is(t, said)
	if v, _, _ := setting(t, vc, "public"); v == 5 {
		t.Error("the foreign portgroup was changed")
	}
}

// TestAccNetworkForeign: a portgroup that this provider did not make is imported on request only, and never deleted. It keeps its VLAN,
// whether the configuration names it or not.
func TestAccNetworkForeign(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	vlan, _, _ := setting(t, vc, "private")
	private := func(segments string) string {
		return vc.Config("", web("  name = \"private\"\n  description = \"ours now\"\n"+segments))
	}
	const from = "import {\n  to = novasphere_networking_network.web\n  id = \"private\"\n}\n"
	config := private(fmt.Sprintf("  segments { segmentation_id = %d }", vlan))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: private("") + from, Check: resource.TestCheckResourceAttr("novasphere_networking_network.web", "segmentation_id",
				fmt.Sprint(vlan))},
			{Config: private(""), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			{Config: config},
			{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		},
	})
	if group := vc.Portgroup("private"); group.Config.Description != "ours now" {
		t.Errorf("its description is %q", group.Config.Description)
	}
	if is, _, _ := setting(t, vc, "private"); is != vlan {
		t.Errorf("its VLAN is %d", is)
	}
}
