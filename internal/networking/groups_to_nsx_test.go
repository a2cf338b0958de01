// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// groupsThatMove are a port with a group of its own, and one with the default group.
const groupsThatMove = `
resource "novasphere_networking_network" "web" { name = "web" }
resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.0.0.0/24"
}
resource "novasphere_networking_secgroup" "web" { name = "web" }
resource "novasphere_networking_secgroup_rule" "https" {
  security_group_id = novasphere_networking_secgroup.web.id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 443
  port_range_max    = 443
}
resource "novasphere_networking_port" "web" {
  network_id         = novasphere_networking_network.web.id
  security_group_ids = [novasphere_networking_secgroup.web.id]
  fixed_ip { subnet_id = novasphere_networking_subnet.web.id }
}
resource "novasphere_networking_port" "default" {
  network_id = novasphere_networking_network.web.id
  fixed_ip { subnet_id = novasphere_networking_subnet.web.id }
}
`

// TestAccGroupsComeToNSX: groups that a physical firewall has enforced come to NSX by an apply of their ports; and ports leave them there
// by an apply, when a physical firewall is to enforce them again.
func TestAccGroupsComeToNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	config := func(enforcer string) string {
		return vc.Config(fmt.Sprintf("  security_groups = %q\n", enforcer), groupsThatMove)
	}
	pass := func(https, ssh int) resource.TestCheckFunc {
		return acctest.Check(func() error {
			is := map[int]int{}
			for _, path := range vc.NSX.Paths("SegmentPort") {
				for _, port := range []int{443, 22} {
					if vc.NSX.Passes(nsxsim.Packet{Port: path, Remote: netip.MustParseAddr("198.51.100.7"), Protocol: 6, SourcePort: 40000,
						DestinationPort: port}) {
						is[port]++
					}
				}
			}
			if is[443] != https || is[22] != ssh {
				return fmt.Errorf("of 2 ports let in: %v", is)
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("physical"), Check: pass(2, 2)},
			{Config: config("nsx"), PlanOnly: true, ExpectNonEmptyPlan: true},
			{Config: config("nsx"), Check: pass(1, 0)},
			{Config: config("nsx"), PlanOnly: true},
			{Config: config("physical"), PlanOnly: true, ExpectNonEmptyPlan: true},
			{Config: config("physical"), Check: pass(2, 2)},
			{Config: config("physical"), PlanOnly: true},
			{Config: config("nsx"), Check: pass(1, 0)}, // nothing else asks the firewall to forget groups
		},
	})
	if left := vc.NSX.Left(); len(left) > 0 {
		t.Errorf("NSX still has %v", left)
	}
}
