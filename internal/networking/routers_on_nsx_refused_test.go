// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// besideNSX is a network of a distributed switch and another segment, with a port each and no router.
const besideNSX = `resource "novasphere_networking_network" "switch" {
  name     = "switch"
  external = true
  segments {
    network_type     = "vlan"
    physical_network = "dvs-1"
    segmentation_id  = 7
  }
}
resource "novasphere_networking_subnet" "switch" {
  network_id      = novasphere_networking_network.switch.id
  cidr            = "10.30.0.0/24"
  dns_nameservers = ["10.30.0.2"]
}
resource "novasphere_networking_port" "switch" {
  network_id = novasphere_networking_network.switch.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.switch.id
    ip_address = "10.30.0.5"
  }
}
resource "novasphere_networking_network" "lonely" {
  name = "lonely"
}
resource "novasphere_networking_subnet" "lonely" {
  network_id      = novasphere_networking_network.lonely.id
  cidr            = "10.40.0.0/24"
  dns_nameservers = ["10.40.0.2"]
}
resource "novasphere_networking_port" "lonely" {
  network_id = novasphere_networking_network.lonely.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.lonely.id
    ip_address = "10.40.0.5"
  }
}
`

// TestAccRoutersOnNSXRefused: what NSX cannot have of routers is refused at plan, at the attribute.
func TestAccRoutersOnNSXRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	there := routedOnNSX + besideNSX
	refused := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(routersOfNSX, there+config), PlanOnly: true, ExpectError: says(text, at)}
	}
	floating := func(arguments string) string {
		return "resource \"novasphere_networking_floatingip\" \"it\" {\n" + arguments + "\n}\n"
	}
	forwarding := func(port, protocol string) string {
		return "resource \"novasphere_networking_portforwarding\" \"it\" {\n  floatingip_id    = novasphere_networking_floatingip.ports.id\n" +
			"  internal_port_id = novasphere_networking_port." + port + ".id\n  internal_port    = 22\n  external_port    = 22\n" +
			"  protocol         = \"" + protocol + "\"\n}\n"
	}
	router := func(arguments string) string {
		return "resource \"novasphere_networking_router\" \"it\" {\n  name = \"it\"\n" + arguments + "\n}\n"
	}
	external := func(arguments string) string {
		return "resource \"novasphere_networking_network\" \"it\" {\n  external = true\n" + arguments + "\n}\n"
	}
	const onSwitch = "is on the network switch of a distributed switch"
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(routersOfNSX, there)},
			refused(floating("  pool = \"outside\"\n  port_id = novasphere_networking_port.switch.id"), onSwitch, "port_id"),
			refused(floating("  pool = \"outside\"\n  port_id = novasphere_networking_port.lonely.id"), "has no router", "port_id"),
			refused(floating("  pool = \"outside\"\n  address = \"203.0.113.2\""), "203.0.113.2 belongs to the tier-0 gateway itself", "address"),
			refused(floating(`  pool = "switch"`), "the network switch is no tier-0 gateway of NSX", "pool"),
			refused(forwarding("switch", "tcp"), onSwitch, "internal_port_id"),
			refused(forwarding("lonely", "tcp"), "has no router", "internal_port_id"),
			refused(forwarding("it[2]", "sctp"), "write \"tcp\" or \"udp\"", "protocol"),
			refused(router("  external_network_id = novasphere_networking_network.switch.id"), "is no tier-0 gateway of NSX",
				"external_network_id"),
			refused(router("  admin_state_up = false"), "cannot be switched off", "admin_state_up"),
			refused("resource \"novasphere_networking_router_interface\" \"it\" {\n  router_id = novasphere_networking_router.edge.id\n"+
				"  subnet_id = novasphere_networking_subnet.switch.id\n}\n", "is no segment of NSX", "subnet_id"),
			refused(external("  name = \"west\"\n  segments {\n    physical_network = \"west\"\n  }"),
				`NSX has none called "west": write the name or id of one of "tier-0"`, "segments"),
			refused(external("  name = \"other\"\n  depends_on = [novasphere_networking_network.outside]"), "is the network \"outside\"",
				"segments"),
			refused(external("  name = \"other\"\n  mtu = 1500"), "leave mtu out", "mtu"),
			refused("data \"novasphere_compute_flavors\" \"all\" {}\nresource \"novasphere_networking_network\" \"it\" {\n  name = \"it\"\n"+
				"  segments {\n    network_type = \"l3_ext\"\n  }\n}\n", "the network is not external", "segments"),
			{Config: vc.Config(routersOfNSX, strings.Replace(there, "external    = true", "external    = false", 1)), PlanOnly: true,
				ExpectError: says("cannot become another one", "external")},
			{Config: vc.Config(physical, there+router("")), PlanOnly: true, ExpectError: says("a tier-1 gateway of NSX", "")},
			{Config: vc.Config(routersOfNSX, there), ConfigPlanChecks: empty},
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}
