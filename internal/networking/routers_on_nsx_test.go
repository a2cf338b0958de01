// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// routersOfNSX is the provider's argument by which routers are tier-1 gateways.
const routersOfNSX = "  routers = \"nsx\"\n"

// outsideOnNSX is an external network that is the tier-0 gateway.
const outsideOnNSX = `resource "novasphere_networking_network" "outside" {
  name        = "outside"
  description = "the way out"
  external    = true
  segments {
    physical_network = "tier-0"
  }
}
resource "novasphere_networking_subnet" "outside" {
  network_id      = novasphere_networking_network.outside.id
  cidr            = "203.0.113.0/24"
  dns_nameservers = ["203.0.113.1"]
  allocation_pool {
    start = "203.0.113.100"
    end   = "203.0.113.200"
  }
}
`

// routedOnNSX is a network behind a router of NSX, with a floating IP of one port, an associated one of another and a port forwarding.
const routedOnNSX = outsideOnNSX + `resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id
  depends_on          = [novasphere_networking_subnet.outside]
}
resource "novasphere_networking_network" "web" {
  name = "web"
}
resource "novasphere_networking_subnet" "web" {
  network_id      = novasphere_networking_network.web.id
  cidr            = "10.20.0.0/24"
  dns_nameservers = ["10.20.0.2"]
}
resource "novasphere_networking_router_interface" "web" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.web.id
}
resource "novasphere_networking_router_route" "office" {
  router_id        = novasphere_networking_router.edge.id
  destination_cidr = "10.99.0.0/16"
  next_hop         = "10.20.0.254"
  depends_on       = [novasphere_networking_router_interface.web]
}
resource "novasphere_networking_port" "it" {
  count      = 3
  network_id = novasphere_networking_network.web.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.web.id
    ip_address = "10.20.0.${count.index + 5}"
  }
}
resource "novasphere_networking_floatingip" "own" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.10"
  port_id    = novasphere_networking_port.it[0].id
  depends_on = [novasphere_networking_router_interface.web, novasphere_networking_subnet.outside]
}
resource "novasphere_networking_floatingip" "led" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.11"
  depends_on = [novasphere_networking_subnet.outside]
}
resource "novasphere_networking_floatingip_associate" "led" {
  floating_ip = novasphere_networking_floatingip.led.address
  port_id     = novasphere_networking_port.it[1].id
  depends_on  = [novasphere_networking_router_interface.web]
}
resource "novasphere_networking_floatingip" "ports" {
  pool       = novasphere_networking_network.outside.name
  address    = "203.0.113.12"
  depends_on = [novasphere_networking_subnet.outside]
}
resource "novasphere_networking_portforwarding" "ssh" {
  floatingip_id    = novasphere_networking_floatingip.ports.id
  internal_port_id = novasphere_networking_port.it[2].id
  internal_port    = 22
  external_port    = 2222
  protocol         = "tcp"
  depends_on       = [novasphere_networking_router_interface.web]
}
`

// becomes checks what the one router makes of packets: "10.20.0.5 > 192.0.2.1:443" to "203.0.113.10 > 192.0.2.1:443".
func becomes(vc *acctest.VCenter, want map[string]string) resource.TestCheckFunc {
	return acctest.Check(func() error {
		routers := vc.NSX.Paths("Tier1")
		if len(routers) != 1 {
			return fmt.Errorf("NSX has the routers %v", routers)
		}
		for packet, to := range want {
			from, destination, _ := strings.Cut(packet, " > ")
			at := netip.MustParseAddrPort(destination)
			is := vc.NSX.Translate(routers[0], nsxsim.RoutedPacket{Protocol: sdn.TCP, Source: netip.MustParseAddr(from),
				Destination: at.Addr(), SourcePort: 40000, DestinationPort: int(at.Port())})
			if got := fmt.Sprintf("%s > %s:%d", is.Source, is.Destination, is.DestinationPort); got != to {
				return fmt.Errorf("%s becomes %s, and not %s", packet, got, to)
			}
		}
		return nil
	})
}

// allTranslated is what becomes of packets with all of routedOnNSX.
var allTranslated = map[string]string{
	"10.20.0.5 > 192.0.2.1:443":     "203.0.113.10 > 192.0.2.1:443",
	"192.0.2.1 > 203.0.113.10:80":   "192.0.2.1 > 10.20.0.5:80",
	"10.20.0.6 > 192.0.2.1:443":     "203.0.113.11 > 192.0.2.1:443",
	"192.0.2.1 > 203.0.113.11:80":   "192.0.2.1 > 10.20.0.6:80",
	"192.0.2.1 > 203.0.113.12:2222": "192.0.2.1 > 10.20.0.7:22",
	"192.0.2.1 > 203.0.113.12:22":   "192.0.2.1 > 203.0.113.12:22",
	"10.20.0.9 > 10.20.0.5:80":      "10.20.0.9 > 10.20.0.5:80",
}

// takeAway removes what NSX has of a type, as somebody else would, where its path holds a text.
func takeAway(vc *acctest.VCenter, kind, holding string) {
	for _, path := range vc.NSX.Paths(kind) {
		if strings.Contains(path, holding) {
			vc.NSX.Remove(path)
		}
	}
}

// TestAccRouterOnNSX: a router, its interface and route, floating IPs, an association and a port forwarding are carried out by NSX. They
// are imported; what somebody takes away there is brought back by an update in place; nothing is left.
func TestAccRouterOnNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	is := resource.TestCheckResourceAttr
	config := vc.Config(routersOfNSX, routedOnNSX)
	const outside, router, floating = "novasphere_networking_network.outside", "novasphere_networking_router.edge",
		"novasphere_networking_floatingip.own"
	const led, ssh = "novasphere_networking_floatingip_associate.led", "novasphere_networking_portforwarding.ssh"
	imported := func(address string, more ...string) resource.TestStep {
		return resource.TestStep{ResourceName: address, ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: append(more, "segments")}
	}
	back := func(kind, holding string, addresses ...string) resource.TestStep {
		var checks []plancheck.PlanCheck
		for _, one := range addresses {
			checks = append(checks, plancheck.ExpectResourceAction(one, plancheck.ResourceActionUpdate))
		}
		return resource.TestStep{PreConfig: func() { takeAway(vc, kind, holding) }, Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: checks}, Check: becomes(vc, allTranslated)}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config, Check: resource.ComposeAggregateTestCheckFunc(becomes(vc, allTranslated),
				is(outside, "segments.0.physical_network", "tier-0"), is(outside, "external", "true"),
				resource.TestCheckNoResourceAttr(outside, "segmentation_id"), is(router, "enable_snat", "true"),
				is(floating, "fixed_ip", "10.20.0.5"), is(led, "fixed_ip", "10.20.0.6"), ownAddress(vc, router))},
			imported(outside), imported("novasphere_networking_subnet.outside"), imported(router),
			imported("novasphere_networking_router_interface.web"), imported(floating), imported(led), imported(ssh),
			back("PolicyNatRule", "-", router, floating, led, ssh),
			back("StaticRoutes", "", router),
			{Config: vc.Config(routersOfNSX, strings.NewReplacer("the way out", "changed", "external_port    = 2222", "external_port    = 2223",
				`name                = "edge"`, "name                = \"edge2\"\n  enable_snat         = false").Replace(routedOnNSX)),
				ConfigPlanChecks: stays(router), Check: becomes(vc, map[string]string{
					"192.0.2.1 > 203.0.113.12:2223": "192.0.2.1 > 10.20.0.7:22", "10.20.0.9 > 192.0.2.1:443": "10.20.0.9 > 192.0.2.1:443"})},
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}

// ownAddress checks that guests without a floating IP reach the outside by the router's external address.
func ownAddress(vc *acctest.VCenter, router string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		address := state.RootModule().Resources[router].Primary.Attributes["external_addresses.0"]
		return becomes(vc, map[string]string{"10.20.0.9 > 192.0.2.1:443": address + " > 192.0.2.1:443"})(state)
	}
}

// TestAccInstanceBehindNSX: an instance behind a router of NSX keeps its fixed address as access_ip_v4, whatever floating IP leads to it,
// and none is plugged into an external network.
func TestAccInstanceBehindNSX(t *testing.T) {
	t.Parallel()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	const server = "novasphere_compute_instance.web"
	instance := func(network string) string {
		return "resource \"novasphere_compute_flavor\" \"small\" {\n  name  = \"m1.small\"\n  ram   = 512\n  vcpus = 1\n  disk  = 4\n}\n" +
			"resource \"novasphere_compute_instance\" \"web\" {\n  name        = \"web\"\n  flavor_name = " +
			"novasphere_compute_flavor.small.name\n  image_name  = \"debian-12\"\n  network { uuid = " + network + " }\n}\n"
	}
	inside := instance("novasphere_networking_subnet.web.network_id")
	lead := func(kind, to string) string {
		return fmt.Sprintf("resource \"novasphere_%s_floatingip_associate\" \"web\" {\n  floating_ip = \"203.0.113.14\"\n  %s\n"+
			"  depends_on = [novasphere_networking_floatingip.web, novasphere_networking_router_interface.web]\n}\n", kind, to)
	}
	all := routedOnNSX + "resource \"novasphere_networking_floatingip\" \"web\" {\n  pool       = \"outside\"\n" +
		"  address    = \"203.0.113.14\"\n  depends_on = [novasphere_networking_subnet.outside]\n}\n"
	fixed := func(state *terraform.State) error {
		address := state.RootModule().Resources[server].Primary.Attributes["access_ip_v4"]
		if !strings.HasPrefix(address, "10.20.0.") {
			return fmt.Errorf("the instance is reached by %s", address)
		}
		return becomes(vc, map[string]string{"192.0.2.1 > 203.0.113.14:80": "192.0.2.1 > " + address + ":80"})(state)
	}
	byPort, byServer := all+inside+lead("networking", "port_id = "+server+".network[0].port"),
		all+inside+lead("compute", "instance_id = "+server+".id")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(routersOfNSX, byPort), Check: fixed},
			{Config: vc.Config(routersOfNSX, byPort), ConfigPlanChecks: empty, Check: fixed},
			{Config: vc.Config(routersOfNSX, all+inside)},
			{Config: vc.Config(routersOfNSX, byServer), Check: fixed},
			{PreConfig: func() { takeAway(vc, "PolicyNatRule", "-") }, Config: vc.Config(routersOfNSX, byServer), Check: fixed},
			{Config: vc.Config(routersOfNSX, all)},
			{Config: vc.Config(routersOfNSX, all+instance("novasphere_networking_network.outside.id")), PlanOnly: true,
				ExpectError: says("into which no instance can be plugged", "network[0]")},
		},
		CheckDestroy: nsxIsEmpty(vc),
	})
}
