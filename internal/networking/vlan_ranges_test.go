// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// noVLAN is a configuration of a network that names no VLAN.
func noVLAN(name string) args { return args{"name": name} }

// ranges are the provider's arguments with VLAN ranges.
func ranges(all ...any) args { return args{"network_vlan_ranges": all} }

// vlanOf returns the VLAN of a portgroup, and fails the test where it is none of a range.
func vlanOf(t *testing.T, vc *acctest.VCenter, name string, first, last int32) int32 {
	t.Helper()
	vlan, _, _ := setting(t, vc, name)
	if vlan < first || vlan > last {
		t.Errorf("%s has the VLAN %d, and not one of %d to %d", name, vlan, first, last)
	}
	return vlan
}

// TestAccNetworkOfARange: a network without segments gets a VLAN of the range, keeps it when other things change and when a block without a
// VLAN is written or taken away, and moves to a VLAN that is written.
func TestAccNetworkOfARange(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it = "novasphere_networking_network.web"
	config := func(rest string) string {
		return vc.Config("network_vlan_ranges = [\"dvs-1:300:309\"]", web("  name = \"web\"\n"+rest))
	}
	var vlan int32
	same := acctest.Check(func() error {
		if now, _, _ := setting(t, vc, "web"); now != vlan {
			return fmt.Errorf("its VLAN is %d and was %d", now, vlan)
		}
		return nil
	})
	const block = "  description = \"front\"\n  segments {\n    network_type = \"vlan\"\n  }"
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(""), Check: resource.ComposeAggregateTestCheckFunc(
				acctest.Check(func() error { vlan = vlanOf(t, vc, "web", 300, 309); return nil }),
				resource.TestCheckResourceAttr(it, "segments.0.physical_network", "dvs-1"),
				resource.TestCheckResourceAttr(it, "segments.0.network_type", "vlan"),
				resource.TestCheckResourceAttrPair(it, "segments.0.segmentation_id", it, "segmentation_id"))},
			{Config: config(""), ConfigPlanChecks: empty},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"segments.0.network_type",
				"segments.0.physical_network"}},
			{Config: config("  description = \"front\""), ConfigPlanChecks: stays(it), Check: same},
			{Config: config(block), Check: resource.ComposeAggregateTestCheckFunc(same,
				resource.TestCheckNoResourceAttr(it, "segments.0.segmentation_id"))},
			{Config: config(block), ConfigPlanChecks: empty},
			{Config: config("  segments { segmentation_id = 77 }"), ConfigPlanChecks: stays(it),
				Check: acctest.Check(func() error { vlan = 77; return same(nil) })},
			{Config: config(""), ConfigPlanChecks: empty, Check: same},
			{Config: config("  segments { network_type = \"flat\" }"), ConfigPlanChecks: stays(it),
				Check: acctest.Check(func() error { vlan = 0; return same(nil) })},
			{Config: config("  segments { physical_network = \"dvs-1\" }"), ConfigPlanChecks: stays(it),
				Check: acctest.Check(func() error { vlanOf(t, vc, "web", 300, 309); return nil })},
		},
		CheckDestroy: acctest.Check(func() error { return vc.NoNetwork("web") }),
	})
}

// TestVLANsInUseArePassedOver: VLANs of portgroups that others made, of trunks of some VLANs and private VLANs are not given. A trunk of
// every VLAN takes none.
func TestVLANsInUseArePassedOver(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	trunk := func(first, last int32) func(*types.DVPortgroupConfigSpec) {
		return func(spec *types.DVPortgroupConfigSpec) {
			spec.DefaultPortConfig = &types.VMwareDVSPortSetting{Vlan: &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{
				VlanId: []types.NumericRange{{Start: first, End: last}}}}
		}
	}
	vc.AddPortgroup("theirs", 301)
	vc.AddPortgroup("some", 0, trunk(303, 305))
	vc.AddPortgroup("all", 0, trunk(0, 4094))
	vc.AddPrivateVLAN(306, 307)
	p := vc.Provider(t, ranges("dvs-1:300:308"))
	taken := map[int32]bool{}
	for _, name := range []string{"a", "b", "c"} {
		made := p.Bring("novasphere_networking_network", noVLAN(name), protocol.Object{})
		taken[vlanOf(t, vc, name, 300, 308)] = true
		if made.Attributes()["segmentation_id"].IsNull() {
			t.Errorf("the state of %s has no VLAN", name)
		}
	}
	if !taken[300] || !taken[302] || !taken[308] {
		t.Errorf("given are %v", taken)
	}
	full := refusal{noVLAN("d"), "", "no VLAN of dvs-1:300:308 is free: 300 is held by "}
	full.is(t, p.Plan("novasphere_networking_network", full.config, protocol.Object{}).Diagnostics)
	for _, holder := range []string{"301 is held by theirs", "303 is held by some", "306 is held by a private VLAN"} {
		refusal{at: "", text: holder}.is(t, p.Plan("novasphere_networking_network", full.config, protocol.Object{}).Diagnostics)
	}
}

// TestSharedVLANIsTold: a network of a range says so in its plan where another network has its VLAN, as one that a killed process has left.
func TestSharedVLANIsTold(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const kind = "novasphere_networking_network"
	made := vc.Provider(t, ranges("dvs-1:300:300")).Bring(kind, noVLAN("chosen"), protocol.Object{})
	told := func() (out []string) {
		for _, d := range vc.Provider(t, ranges("dvs-1:300:300")).Plan(kind, noVLAN("chosen"), made).Diagnostics {
			out = append(out, d.Text)
		}
		return out
	}
	if alone := told(); len(alone) > 0 {
		t.Errorf("of the only network with its VLAN is said %q", alone)
	}
	vc.Provider(t, nil).Bring(kind, args{"name": "left", "segments": block(args{"segmentation_id": 300})}, protocol.Object{})
	if now := told(); len(now) != 1 || !strings.Contains(now[0], "The networks chosen and left") {
		t.Errorf("of two networks with one VLAN is said %q", now)
	}
}

// TestRangesAreChosenFrom: a network gets a VLAN of its physical network, else of its zones' switch, else of the first range with a free
// one. The map says which switch a physical network is, and a switch's own name is understood too.
func TestRangesAreChosenFrom(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	uuid := vc.AddSwitch("dvs-2", 9000, func(mo.HostSystem) bool { return true })
	settings := args{"network_vlan_ranges": []any{"one:300:300", "two:400:409", "one:500:501", "bare"},
		"physical_networks": args{"one": "dvs-1", "two": uuid},
		"availability_zone": []any{args{"name": "b", "cluster": "compute", "switch": "dvs-2"}}}
	p := vc.Provider(t, settings)
	on := func(segment args) args { return args{"segments": block(segment)} }
	for name, c := range map[string]struct {
		config      args
		first, last int32
	}{
		"its physical network":   {on(args{"physical_network": "two"}), 400, 409},
		"its switch":             {on(args{"physical_network": "dvs-2", "network_type": "vlan"}), 400, 409},
		"its zone":               {args{"availability_zone_hints": []any{"b"}}, 400, 409},
		"both ranges of one":     {on(args{"physical_network": "one"}), 300, 501},
		"both ranges, next":      {on(args{"physical_network": "one"}), 300, 501},
		"a VLAN that is written": {on(args{"physical_network": "two", "segmentation_id": 7}), 7, 7},
	} {
		p.Bring("novasphere_networking_network", with(c.config, args{"name": name}), protocol.Object{})
		vlanOf(t, vc, name, c.first, c.last)
	}
	for _, name := range []string{"last of one", "first of two"} {
		p.Bring("novasphere_networking_network", noVLAN(name), protocol.Object{})
	}
	vlanOf(t, vc, "first of two", 400, 409)
	vlanOf(t, vc, "last of one", 300, 501)
	refusedPlans(t, vc, settings, "network", map[string]refusal{
		"no range of it":    {with(noVLAN("x"), on(args{"physical_network": "bare"})), "segments", `no distributed switch "bare"`},
		"unknown":           {with(noVLAN("x"), on(args{"physical_network": "three"})), "segments", `no distributed switch "three"`},
		"full, by its name": {with(noVLAN("x"), on(args{"physical_network": "one"})), "", "no VLAN of one:300:300, one:500:501 is free"},
	})
}

// TestRangesRefusedAtPlan: a physical network without a switch, and a switch that no host of the cluster is a member of, are refused at
// the argument that names them.
func TestRangesRefusedAtPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	vc.AddSwitch("lonely", 1500, nil)
	for name, c := range map[string]struct {
		settings args
		refusal
	}{
		"a range of no switch": {ranges("dvs-9:1:2"), refusal{noVLAN("x"), "", `The provider's argument network_vlan_ranges: no distributed ` +
			`switch "dvs-9"`}},
		"a name of no switch": {with(ranges("a:1:2"), args{"physical_networks": args{"a": "dvs-9"}}), refusal{noVLAN("x"), "",
			`The provider's argument physical_networks: no distributed switch "dvs-9"`}},
		"a range out of reach": {ranges("lonely:1:2"), refusal{noVLAN("x"), "", "The provider's argument network_vlan_ranges: no host of the " +
			"cluster compute is a member of the distributed switch lonely"}},
		"segments out of reach": {nil, refusal{args{"name": "x", "segments": block(args{"physical_network": "lonely", "segmentation_id": 5})},
			"segments", "is a member of the distributed switch lonely"}},
		"the provider's switch has no range": {with(ranges("lonely:1:2"), args{"switch": "dvs-1"}), refusal{noVLAN("x"),
			"segments", "network_vlan_ranges has none of the switch dvs-1"}},
		"no range of the switch": {with(ranges("dvs-1"), args{"switch": "dvs-1"}), refusal{noVLAN("x"), "segments",
			"network_vlan_ranges has none of the switch dvs-1"}},
		"names alone": {ranges("dvs-1"), refusal{args{"name": "x", "segments": block(args{"physical_network": "dvs-1"})}, "segments",
			"network_vlan_ranges has none of the physical network dvs-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.is(t, vc.Provider(t, c.settings).Plan("novasphere_networking_network", c.config, protocol.Object{}).Diagnostics)
		})
	}
}

// TestExhaustedRangesAtPlan: a plan of more networks than a range has VLANs is refused where that is certain. A network that is replaced
// needs no second VLAN.
func TestExhaustedRangesAtPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, ranges("dvs-1:300:302"))
	kind := "novasphere_networking_network"
	made := p.Bring(kind, noVLAN("a"), protocol.Object{})
	for _, name := range []string{"b", "c"} {
		if errors := p.Plan(kind, noVLAN(name), protocol.Object{}).Errors(); len(errors) > 0 {
			t.Fatal(errors)
		}
	}
	refusal{at: "", text: "2 other networks of this configuration are to get one"}.is(t,
		p.Plan(kind, noVLAN("d"), protocol.Object{}).Diagnostics)

	p = vc.Provider(t, ranges("dvs-1:300:302"))
	seen, said := p.Read(made)
	if len(protocol.Errors(said)) > 0 {
		t.Fatal(said)
	}
	for _, name := range []string{"b", "c"} {
		if errors := p.Plan(kind, noVLAN(name), protocol.Object{}).Errors(); len(errors) > 0 {
			t.Fatal(errors)
		}
	}
	if errors := p.PlanReplace(kind, noVLAN("a"), seen).Errors(); len(errors) > 0 {
		t.Errorf("a replacement is refused: %v", errors)
	}
}
