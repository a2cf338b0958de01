// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	switches "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// trunkLab is a flat network with a port, and two VLANs with a port each.
const trunkLab = `
resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { network_type = "flat" }
}
resource "novasphere_networking_network" "vlan" {
  count = 2
  name  = "vlan-${count.index}"
  segments { segmentation_id = 101 + count.index }
}
resource "novasphere_networking_port" "parent" {
  network_id  = novasphere_networking_subnet.four.network_id
  mac_address = "00:50:56:00:00:10"
}
resource "novasphere_networking_port" "sub" {
  count       = 2
  network_id  = novasphere_networking_network.vlan[count.index].id
  mac_address = "00:50:56:00:00:10"
}
`

const oneTrunk = `
resource "novasphere_networking_trunk" "it" {
  name    = "it"
  port_id = novasphere_networking_port.parent.id
  tags    = ["a"]
  sub_port {
    port_id           = novasphere_networking_port.sub[0].id
    segmentation_type = "vlan"
    segmentation_id   = 101
  }
}
`

const secondSub = `  tags    = ["a"]
  sub_port {
    port_id           = novasphere_networking_port.sub[1].id
    segmentation_type = "inherit"
  }
`

// carries checks the VLANs of the switch's port of the trunk's parent; none where it has its portgroup's.
func carries(vc *acctest.VCenter, want ...int64) resource.TestCheckFunc {
	const address = "novasphere_networking_port.parent"
	return func(s *terraform.State) error {
		at, there := vc.Booked("lab")[s.RootModule().Resources[address].Primary.ID]
		if is := switches.VLANsOf(at); !there || !slices.Equal(is, want) {
			return fmt.Errorf("%s carries the VLANs %v, not %v (the switch has its port: %v)", address, is, want, there)
		}
		return nil
	}
}

// TestAccTrunk: the switch's port of the parent carries the VLANs of the sub ports from the instance's start, follows changes while it
// runs, and is set right where somebody else has changed it.
func TestAccTrunk(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, parent = "novasphere_networking_trunk.it", "novasphere_networking_port.parent"
	web := machine("web", "  network { port = novasphere_networking_trunk.it.port_id }")
	base := trunkLab + furnished
	both := strings.Replace(oneTrunk, "  tags    = [\"a\"]\n", secondSub, 1)
	data := `
data "novasphere_networking_trunk" "it" {
  port_id    = novasphere_networking_trunk.it.port_id
  depends_on = [novasphere_compute_instance.web, novasphere_networking_trunk.it]
}
`
	of := resource.TestCheckResourceAttr
	drift := func() {
		for _, p := range vc.Booked("lab") {
			only := &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{VlanId: []types.NumericRange{{Start: 0, End: 0}, {Start: 102, End: 102}}}
			if err := vc.SetPorts("lab", types.DVPortConfigSpec{Operation: "edit", Key: p.Key, Setting: &types.VMwareDVSPortSetting{
				Vlan: only}}); err != nil {
				t.Error(err)
			}
		}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", base+oneTrunk+web), Check: resource.ComposeAggregateTestCheckFunc(carries(vc, 0, 101),
				of(it, "sub_port.#", "1"), of(it, "all_tags.#", "1"), of(it, "admin_state_up", "true"))},
			{Config: vc.Config("", base+both+web+data), ConfigPlanChecks: stays(it), Check: resource.ComposeAggregateTestCheckFunc(
				carries(vc, 0, 101, 102), of("data."+it, "sub_port.#", "2"), of("data."+it, "status", "ACTIVE"))},
			{RefreshState: true, Check: of("novasphere_networking_port.sub.0", "device_owner", "trunk:subport")},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"sub_port.0.segmentation_id",
				"sub_port.1.segmentation_id"}},
			{PreConfig: drift, Config: vc.Config("", base+both+web), ConfigPlanChecks: stays(it), Check: carries(vc, 0, 101, 102)},
			{Config: vc.Config("", base+strings.Replace(both, "  tags    = [\"a\"]\n", "  admin_state_up = false\n", 1)+web),
				ConfigPlanChecks: stays(it), Check: carries(vc, 0)},
			{Config: vc.Config("", base+oneTrunk+web), ConfigPlanChecks: stays(it), Check: carries(vc, 0, 101)},
			{Config: vc.Config("", base+machine("web", "  network { port = novasphere_networking_port.parent.id }")), Check: carries(vc)},
		},
		CheckDestroy: acctest.Check(nothingLeft(vc)),
	})
}

// TestTrunkRefused: VLANs that cannot reach the sub ports are refused with what to write, and sub ports cannot be plugged in.
func TestTrunkRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	fails := func(config, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", config), ExpectError: regexp.MustCompile(strings.ReplaceAll(text, " ", `\s+`))}
	}
	base := trunkLab + furnished
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			fails(base+strings.Replace(oneTrunk, "    segmentation_id   = 101\n", "", 1), "has no segmentation_id"),
			fails(base+strings.Replace(oneTrunk, `"vlan"`, `"vxlan"`, 1), "segmentation_type"),
			fails(base+strings.Replace(oneTrunk, "101", "4095", 1), "segmentation_id"),
			{Config: vc.Config("", base)},
			fails(base+strings.Replace(oneTrunk, "101", "7", 1), "write segmentation_id = 101"),
			fails(base+strings.Replace(oneTrunk, "port.sub[0].id", "port.parent.id", 1), "is in the trunk twice"),
			{Config: vc.Config("", base+oneTrunk)},
			fails(base+oneTrunk+machine("web", "  network { port = novasphere_networking_port.sub[0].id }"), "is a sub port of the trunk"),
		},
	})
}
