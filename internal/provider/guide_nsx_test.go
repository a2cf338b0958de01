// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestAccGuideOnNSX: the configurations of the guide "Networks on NSX" apply as they stand, each after those above it, but for what the
// provider's block nsx has, and NSX then has what the guide says.
func TestAccGuideOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	config := `
resource "novasphere_compute_flavor" "small" {
  name  = "g1.small"
  vcpus = 1
  ram   = 2048
  disk  = 20
}
`
	steps := []resource.TestStep{{Config: vc.Config("", config)}} // flavors are there before
	checks := []func() error{
		func() error { return holds(vc.NSX, "SegmentPort", 1) },
		func() error { return errors.Join(holds(vc.NSX, "SegmentPort", 2), filters(vc.NSX)) },
		func() error { return errors.Join(holds(vc.NSX, "Tier1", 1), translates(vc.NSX)) },
	}
	blocks := fenced.FindAllStringSubmatch(textOf(t, "templates/guides/networks-on-nsx.md"), -1)
	if len(blocks) != len(checks) {
		t.Fatalf("the guide has %d configurations, and %d are checked", len(blocks), len(checks))
	}
	for i, block := range blocks {
		settings, resources := onNSX(t, block[1])
		config += resources
		whole := vc.Config(settings, config)
		steps = append(steps, resource.TestStep{Config: whole, Check: acctest.Check(checks[i])}, resource.TestStep{Config: whole, PlanOnly: true})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    steps,
		CheckDestroy: acctest.Check(func() error {
			if left := vc.NSX.Left(); len(left) > 0 {
				t.Errorf("NSX still has %v", left)
			}
			return nil
		}),
	})
}

// world is an address outside of NSX.
var world = netip.MustParseAddr("198.51.100.7")

// addressIn returns the address that a property of an object is.
func addressIn(body map[string]any, property string) netip.Addr {
	text, _ := body[property].(string)
	address, _ := netip.ParseAddr(text)
	return address
}

// holds returns an error unless NSX has a number of objects of a type.
func holds(n *acctest.NSX, kind string, count int) error {
	if paths := n.Paths(kind); len(paths) != count {
		return fmt.Errorf("NSX has of the type %s %v, and %d are expected", kind, paths, count)
	}
	return nil
}

// filters returns an error unless the port with a group, and no other, is filtered as the guide's rule says.
func filters(n *acctest.NSX) error {
	for _, path := range n.Paths("SegmentPort") {
		body, _ := n.Object(path)
		shop := body["display_name"] == "shop" // a port with a NIC has another name
		for port, passes := range map[int]bool{443: true, 22: !shop} {
			p := nsxsim.Packet{Port: path, Remote: world, Protocol: 6, SourcePort: 40000, DestinationPort: port}
			if n.Passes(p) != passes {
				return fmt.Errorf("port %d of %s (shop: %t) passes: %t", port, path, shop, !passes)
			}
		}
	}
	return nil
}

// translates returns an error unless the router leads the port forwarding to ssh, and the other floating IP to the shop.
func translates(n *acctest.NSX) error {
	led := map[int]bool{}
	for _, path := range n.Paths("PolicyNatRule") {
		body, _ := n.Object(path)
		if body["action"] != "DNAT" {
			continue
		}
		for _, port := range []int{443, 2222} {
			p := nsxsim.RoutedPacket{Protocol: 6, Source: world, Destination: addressIn(body, "destination_network"), SourcePort: 40000,
				DestinationPort: port}
			if j := n.Follow(n.Paths("Tier1")[0], p); j.Delivered && j.Answered && j.Arrives.Destination == addressIn(body, "translated_network") {
				led[j.Arrives.DestinationPort] = true
			}
		}
	}
	if !led[443] || !led[22] || len(led) != 2 {
		return fmt.Errorf("packets of the world arrive at the ports %v", led)
	}
	return nil
}
