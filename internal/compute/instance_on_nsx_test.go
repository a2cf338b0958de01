// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// overlay is a network on NSX with a subnet, and a port on it.
const overlay = `
resource "novasphere_networking_network" "web" { name = "web" }
resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}
resource "novasphere_networking_port" "web" {
  name       = "web"
  network_id = novasphere_networking_network.web.id
  fixed_ip { subnet_id = novasphere_networking_subnet.web.id }
}
`

// attachedPorts checks how many segment ports NSX has, that each is attached, and that as many NICs of the machine web name one of them.
func attachedPorts(vc *acctest.VCenter, want int) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		var ids []string
		for _, path := range vc.NSX.Paths("SegmentPort") {
			body, _ := vc.NSX.Object(path)
			if attachment, _ := body["attachment"].(map[string]any); attachment["id"] != body["id"] {
				return fmt.Errorf("%s has the attachment %v", path, body["attachment"])
			}
			ids = append(ids, fmt.Sprint(body["id"]))
		}
		named := 0
		for _, device := range vm.Config.Hardware.Device {
			card, is := device.(types.BaseVirtualEthernetCard)
			if is && slices.Contains(ids, card.GetVirtualEthernetCard().ExternalId) {
				named++
			}
		}
		if len(ids) != want || named != want {
			return fmt.Errorf("NSX has the ports %v, and %d NICs of the machine name one, of %d", ids, named, want)
		}
		return nil
	})
}

// noPortsLeft checks that NSX has neither segments nor ports.
func noPortsLeft(vc *acctest.VCenter) resource.TestCheckFunc {
	return acctest.Check(func() error {
		if left := append(vc.NSX.Paths("Segment"), vc.NSX.Paths("SegmentPort")...); len(left) > 0 {
			return errors.New("NSX still holds " + strings.Join(left, ", "))
		}
		return nil
	})
}

// TestAccInstanceOnNSX: an instance is on a port of a segment, on one that is made for it, and on a portgroup, all at once; it is imported,
// and leaves nothing behind.
func TestAccInstanceOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	const it = "novasphere_compute_instance.it"
	both := overlay + plain(`name = "web"
  depends_on = [novasphere_networking_subnet.web]
  network { port = novasphere_networking_port.web.id }
  network { name = "public" }
  network { uuid = novasphere_networking_network.web.id }`)
	one := overlay + plain("name = \"web\"\n  network { port = novasphere_networking_port.web.id }")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", both), Check: resource.ComposeAggregateTestCheckFunc(attachedPorts(vc, 2),
				resource.TestCheckResourceAttr(it, "network.#", "3"))},
			{Config: vc.Config("", both), PlanOnly: true},
			{ResourceName: it, ImportState: true, Config: vc.Config("", both), ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			{Config: vc.Config("", one), Check: attachedPorts(vc, 1)},
			{Config: vc.Config("", one), PlanOnly: true},
		},
		CheckDestroy: noPortsLeft(vc),
	})
}

// TestAccInterfaceAttachOnNSX: a NIC on a port of a segment is plugged into an instance that runs, and taken out.
func TestAccInterfaceAttachOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	alone := overlay + plain("name = \"web\"\n  network { name = \"public\" }")
	with := alone + `
resource "novasphere_compute_interface_attach" "it" {
  instance_id = novasphere_compute_instance.it.id
  port_id     = novasphere_networking_port.web.id
}
`
	free := acctest.Check(func() error {
		for _, path := range vc.NSX.Paths("SegmentPort") {
			if body, _ := vc.NSX.Object(path); strings.Contains(path, "default:") {
				return fmt.Errorf("NSX has made a port by itself: %v", body)
			}
		}
		return nil
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", with), Check: attachedPorts(vc, 1)},
			{Config: vc.Config("", with), PlanOnly: true},
			{ResourceName: nic, ImportState: true, Config: vc.Config("", with), ImportStateKind: resource.ImportBlockWithID},
			{Config: vc.Config("", alone), Check: free},
			{Config: vc.Config("", with), Check: attachedPorts(vc, 1)},
		},
		CheckDestroy: noPortsLeft(vc),
	})
}
