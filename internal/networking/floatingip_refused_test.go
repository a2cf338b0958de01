// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccFloatingIPRefused: what a floating IP, its association and a forwarding cannot be is refused at plan, at its argument.
func TestAccFloatingIPRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	refused := func(config, text, at string) resource.TestStep {
		return resource.TestStep{Config: vc.Config(physical, config), PlanOnly: true, ExpectError: says(text, at)}
	}
	bare := func(arguments string) string {
		return "resource \"novasphere_networking_floatingip\" \"it\" {\n" + arguments + "\n}\n"
	}
	ports := port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }\n  fixed_ip { ip_address = \"10.0.0.4\" }") +
		port("one", "  fixed_ip { ip_address = \"10.0.0.5\" }") + port("held", "  fixed_ip { ip_address = \"10.0.0.6\" }")
	// another subnet, which no router is on, with a port
	lonely := subnet("lonely", "  cidr = \"10.5.0.0/24\"") + "resource \"novasphere_networking_port\" \"lonely\" {\n  network_id = " +
		"novasphere_networking_network.lab.id\n  fixed_ip { subnet_id = novasphere_networking_subnet.lonely.id }\n}\n"
	there := routed + ports + lonely + floatingIP("web", "  address = \"203.0.113.190\"\n"+portID("port_id", "held")) +
		floatingIP("free", "  address = \"203.0.113.110\"")
	with := func(argument string) string { return there + bare("  pool = \"outside\"\n"+argument) }
	freeTo := func(to string) string {
		return there + "resource \"novasphere_networking_floatingip_associate\" \"it\" {\n  floating_ip = \"203.0.113.110\"\n" + to + "\n}\n"
	}
	fwd := func(at, port, more string) string {
		return there + fmt.Sprintf("resource \"novasphere_networking_portforwarding\" \"it\" {\n  floatingip_id = "+
			"novasphere_networking_floatingip.%s.id\n  internal_port_id = novasphere_networking_port.%s.id\n%s\n}\n", at, port, more)
	}
	const ssh = "  protocol = \"tcp\"\n  internal_port = 22\n  external_port = 2222"
	steps := []resource.TestStep{
		{Config: vc.Config("", bare(`  pool = "public"`)), PlanOnly: true, ExpectError: says("a vCenter translates no addresses", "")},
		refused(bare(""), "or set the environment variable OS_POOL_NAME", "pool"),
		refused(bare(`  pool = "public"`), "the network public is not marked as a way out", "pool"),
		refused(bare(`  pool = "nowhere"`), "nowhere", "pool"),
		refused(bare("  pool = \"public\"\n  address = \"2001:db8::9\""), "only IPv4 addresses are translated", "address"),
		refused(bare("  pool = \"public\"\n  dns_domain = \"example.org\""), "with a dot at the end", "dns_domain"),
		{Config: vc.Config(physical, there), Check: resource.TestCheckResourceAttr(fipAt, "fixed_ip", "10.0.0.6")},
		refused(with(`  address = "198.51.100.9"`), "has the address 198.51.100.9", "address"),
		refused(with(`  address = "203.0.113.1"`), "203.0.113.1 is the gateway of the subnet", "address"),
		refused(with(`  address = "203.0.113.190"`), "203.0.113.190 belongs to the floating IP", "address"),
		refused(with("  address = \"203.0.113.199\"")+floatingIP("twin", "  address = \"203.0.113.199\""), "203.0.113.199 belongs to", "address"),
		refused(with(`  subnet_id = "none"`), "has no subnet none", "subnet_id"),
		refused(with(`  subnet_ids = ["none", "neither"]`), "none of these is a subnet of the external network outside", "subnet_ids"),
		refused(with("  subnet_id = \"none\"\n  subnet_ids = [\"none\"]"), "write only one of them", "subnet_ids"),
		refused(with(`  fixed_ip = "10.0.0.5"`), "it is an address of a port, and the floating IP leads to none", "fixed_ip"),
		refused(with(`  port_id = "none"`), `there is no port with the id "none"`, "port_id"),
		refused(with(portID("port_id", "it")), "has several addresses, 10.0.0.3, 10.0.0.4", "fixed_ip"),
		refused(with(portID("port_id", "one")+`  fixed_ip = "10.0.0.3"`), "does not have the address 10.0.0.3", "fixed_ip"),
		refused(with(portID("port_id", "held")), "10.0.0.6 of the port", "port_id"),
		refused(with(portID("port_id", "lonely")), "has no router", "port_id"),
		refused(freeTo(portID("port_id", "held")), "has the floating IP 203.0.113.190", "port_id"),
		refused(freeTo(portID("port_id", "it")), "has several addresses", "fixed_ip"),
		refused(there+"resource \"novasphere_networking_floatingip_associate\" \"it\" {\n  floating_ip = \"203.0.113.177\"\n"+
			portID("port_id", "one")+"}\n", "no external network has a floating IP 203.0.113.177", "floating_ip"),
		refused(there+"resource \"novasphere_networking_floatingip_associate\" \"it\" {\n  floating_ip = "+
			"novasphere_networking_floatingip.web.address\n"+portID("port_id", "one")+"}\n", "and is not taken away from it", "floating_ip"),
		refused(fwd("web", "one", ssh), "with all its numbers, and one with forwardings has no port itself", "floatingip_id"),
		refused(fwd("free", "it", ssh), "has several addresses", "internal_ip_address"),
		refused(fwd("free", "lonely", ssh), "has no router", "internal_port_id"),
		refused(fwd("free", "one", "  protocol = \"sctp\"\n  internal_port = 22\n  external_port = 22"), "write \"tcp\" or \"udp\"", "protocol"),
		refused(fwd("free", "one", "  protocol = \"tcp\"\n  internal_port = 22\n  external_port = 65536"), "write one of 1 to 65535",
			"external_port"),
		{Config: vc.Config(physical, there), ConfigPlanChecks: empty},
	}
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps, CheckDestroy: noRouters(vc)})
}

// TestAccFloatingIPWaitsInPlan: a router's interface and a floating IP behind it are planned together, without an order between them,
// for a port that exists already.
func TestAccFloatingIPWaitsInPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	inside := outside(true) + home + port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }")
	all := routed + port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }") + floatingIP("web", portID("port_id", "it"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config(physical, inside)},
			{Config: vc.Config(physical, inside+floatingIP("web", portID("port_id", "it"))), PlanOnly: true,
				ExpectError: says("has no router", "port_id")},
			{Config: vc.Config(physical, all), Check: recorded(vc, `"fixed_ip":"10.0.0.3","router":"`)},
			{Config: vc.Config(physical, all), ConfigPlanChecks: empty},
		},
		CheckDestroy: noRouters(vc),
	})
}
