// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// onSegment is a network that the provider's tenant_network_types make an overlay, with a subnet and a port.
const onSegment = `resource "novasphere_networking_network" "web" {
  name        = "web"
  description = "front"
  tags        = ["a"]
}
resource "novasphere_networking_subnet" "four" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}
resource "novasphere_networking_port" "it" {
  name       = "it"
  network_id = novasphere_networking_network.web.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.four.id
    ip_address = "10.20.0.5"
  }
}
`

// segment checks what NSX holds of the one segment that there is.
func segment(vc *acctest.VCenter, want map[string]string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		paths := vc.NSX.Paths("Segment")
		if len(paths) != 1 {
			return fmt.Errorf("NSX has the segments %v", paths)
		}
		body, _ := vc.NSX.Object(paths[0])
		for field, value := range want {
			if got := fmt.Sprint(body[field]); got != value {
				return fmt.Errorf("%s of %s is %s, and not %s", field, paths[0], got, value)
			}
		}
		return nil
	})
}

// nsxIsEmpty checks that neither NSX nor the vCenter's records hold anything of this provider.
func nsxIsEmpty(vc *acctest.VCenter) resource.TestCheckFunc {
	return acctest.Check(func() error {
		left := vc.NSX.Left()
		if len(left) > 0 {
			return fmt.Errorf("NSX still holds %v", left)
		}
		return nothingLeft(vc)()
	})
}

// TestAccNetworkOnNSX: a network without segments is an overlay; it, its subnet and its port are changed in place, imported by id and name,
// and leave nothing behind.
func TestAccNetworkOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	const network, subnet, port = "novasphere_networking_network.web", "novasphere_networking_subnet.four", "novasphere_networking_port.it"
	is := resource.TestCheckResourceAttr
	changed := strings.NewReplacer(`"web"`+"\n  description = \"front\"", `"web2"`+"\n  admin_state_up = false",
		`"10.20.0.5"`, `"10.20.0.6"`).Replace(onSegment)
	bound := func(address string) resource.TestCheckFunc {
		return acctest.Check(func() error {
			paths := vc.NSX.Paths("SegmentPort")
			if len(paths) != 1 {
				return fmt.Errorf("NSX has the segment ports %v", paths)
			}
			if body, _ := vc.NSX.Object(paths[0]); !strings.Contains(fmt.Sprint(body["address_bindings"]), address) {
				return fmt.Errorf("the port is bound to %v, and not to %s", body["address_bindings"], address)
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", onSegment), Check: resource.ComposeAggregateTestCheckFunc(
				segment(vc, map[string]string{"display_name": "web", "description": "front", "admin_state": "UP",
					"transport_zone_path": nsxsim.OverlayZone}),
				bound("10.20.0.5"), resource.TestCheckNoResourceAttr(network, "segmentation_id"),
				is(network, "segments.0.network_type", "geneve"), is(network, "segments.0.physical_network", "overlay"))},
			{ResourceName: network, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"segments"}},
			{ResourceName: subnet, ImportState: true, ImportStateVerify: true},
			{ResourceName: port, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"fixed_ip"}},
			{Config: vc.Config("", changed), ConfigPlanChecks: stays(network), Check: resource.ComposeAggregateTestCheckFunc(
				segment(vc, map[string]string{"display_name": "web2", "admin_state": "DOWN"}), bound("10.20.0.6"))},
			{ResourceName: network, ImportState: true, ImportStateVerify: true, ImportStateId: "web2",
				ImportStateVerifyIgnore: []string{"segments"}},
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}

// TestAccVLANSegments: a VLAN, a trunk and a flat network whose physical network is a transport zone of NSX are segments there; another
// VLAN is set in place.
func TestAccVLANSegments(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	is, const1 := resource.TestCheckResourceAttr, "novasphere_networking_network.web"
	on := func(more, segments string) string {
		return vc.Config("", web("  name = \"web\"\n"+more+"\n  segments {\n    physical_network = \"vlan\"\n"+segments+"\n  }"))
	}
	replaced := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(const1, plancheck.ResourceActionDestroyBeforeCreate)}}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: on("", "network_type = \"vlan\"\nsegmentation_id = 7"), Check: resource.ComposeAggregateTestCheckFunc(
				is(const1, "segmentation_id", "7"), segment(vc, map[string]string{"vlan_ids": "[7]", "transport_zone_path": nsxsim.VLANZone}))},
			{ResourceName: const1, ImportState: true, ImportStateVerify: true},
			{Config: on("", "network_type = \"vlan\"\nsegmentation_id = 8"), ConfigPlanChecks: stays(const1),
				Check: segment(vc, map[string]string{"vlan_ids": "[8]"})},
			{Config: on("", "network_type = \"flat\""), ConfigPlanChecks: stays(const1), Check: segment(vc, map[string]string{"vlan_ids": "[0]"})},
			{Config: on("  transparent_vlan = true", ""), ConfigPlanChecks: replaced,
				Check: segment(vc, map[string]string{"vlan_ids": "[0-4094]"})},
			{ResourceName: const1, ImportState: true, ImportStateVerify: true},
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}

// TestAccNetworksOnNSXRefused: what cannot be meant is refused at plan, at the attribute.
func TestAccNetworksOnNSXRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	refused := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", config), PlanOnly: true, ExpectError: says(text, at)}
	}
	on := func(segments string) string { return web("  name = \"web\"\n  segments {\n" + segments + "\n  }") }
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			refused(on("network_type = \"geneve\"\nsegmentation_id = 7"), "NSX chooses what marks the frames of an overlay", "segments"),
			refused(on("physical_network = \"nowhere\"\nsegmentation_id = 7"), "is neither a physical network", "segments"),
			refused(on("physical_network = \"vlan\"\nnetwork_type = \"geneve\""), "is not of the type overlay", "segments"),
			refused(on("physical_network = \"overlay\"\nsegmentation_id = 7"), "is not of the type VLAN", "segments"),
			refused(on("physical_network = \"overlay\"\nnetwork_type = \"vlan\""), "is not of the type VLAN", "segments"),
			refused(on("physical_network = \"vlan\""), "no VLAN is chosen for it", "segments"),
			refused(on("network_type = \"local\""), "write vlan, flat, or with NSX geneve", "segments"),
			refused(web("  name = \"web\"\n  mtu = 1400"), "has no MTU of its own", "mtu"),
			{Config: vc.Config("", web(`  name = "web"`))},
			refused(on("physical_network = \"dvs-1\"\nnetwork_type = \"vlan\"\nsegmentation_id = 7"), "cannot become one of the type vlan",
				"segments"),
			{Config: vc.Config("", web(`  name = "web"`)), PlanOnly: true},
		},
	})
}

// TestAccForeignSegment: a segment that somebody else made is found by the data source, imported, and left as it is.
func TestAccForeignSegment(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	vc.NSX.Put("/infra/segments/theirs", map[string]any{"display_name": "theirs", "transport_zone_path": nsxsim.OverlayZone,
		"admin_state": "UP"})
	const found, it = "data.novasphere_networking_network.theirs", "novasphere_networking_network.web"
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", network("theirs", "name", "theirs")), Check: resource.ComposeAggregateTestCheckFunc(
				is(found, "id", "theirs"), is(found, "managed", "false"), is(found, "segments.0.network_type", "geneve"))},
			{Config: vc.Config("", web(`  name = "theirs"`)), ResourceName: it, ImportState: true, ImportStateId: "theirs",
				ImportStateKind: resource.ImportBlockWithID},
		},
		CheckDestroy: acctest.Check(func() error {
			if _, there := vc.NSX.Object("/infra/segments/theirs"); !there {
				return fmt.Errorf("the segment of others is gone")
			}
			return nil
		}),
	})
}
