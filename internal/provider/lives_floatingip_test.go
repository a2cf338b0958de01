// SPDX-License-Identifier: MPL-2.0

package provider_test

import "fmt"

const (
	onGateway     = "  routers = \"physical\"\n"
	theFloatingIP = "data \"novasphere_networking_floatingip\" \"f\" { address = \"203.0.113.110\" }\n"
	siteOutside   = outsideNet + "resource \"novasphere_networking_subnet\" \"o\" {\n  network_id = novasphere_networking_network.o.id\n  " +
		"cidr = \"203.0.113.0/24\"\n}\n"
)

// floatingSite makes an external network, a router, and a port behind it.
func floatingSite(l *laboratory) {
	l.t.Helper()
	l.admin(onGateway, floatingSiteConfig())
}

func floatingSiteConfig() string {
	return siteOutside + netOnSwitch + subnetOn + routerOn("novasphere_networking_subnet.o.network_id", "") +
		"resource \"novasphere_networking_router_interface\" \"it\" {\n  router_id = novasphere_networking_router.it.id\n  subnet_id = " +
		"novasphere_networking_subnet.s.id\n}\n" +
		"resource \"novasphere_networking_port\" \"it\" {\n  name = \"p-port\"\n  network_id = novasphere_networking_subnet.s.network_id\n}\n"
}

// floatingAddress is floatingSite with a floating IP that leads nowhere.
func floatingAddress(l *laboratory) {
	l.t.Helper()
	l.admin(onGateway, floatingSiteConfig()+"resource \"novasphere_networking_floatingip\" \"f\" {\n  pool = "+
		"novasphere_networking_network.o.name\n  address = \"203.0.113.110\"\n  depends_on = [novasphere_networking_subnet.o]\n}\n")
}

func floatingIP(arguments string) string {
	return "resource \"novasphere_networking_floatingip\" \"it\" {\n  pool = \"p-out\"\n" + arguments + "}\n"
}

func forwarded(number int) string {
	return thePort + theFloatingIP + fmt.Sprintf("resource \"novasphere_networking_portforwarding\" \"it\" {\n  floatingip_id = "+
		"data.novasphere_networking_floatingip.f.id\n  internal_port_id = data.novasphere_networking_port.p.id\n  internal_ip_address = "+
		"data.novasphere_networking_port.p.all_fixed_ips[0]\n  protocol = \"tcp\"\n  external_port = %d\n  internal_port = 22\n}\n", number)
}
