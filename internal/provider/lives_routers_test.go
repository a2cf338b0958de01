// SPDX-License-Identifier: MPL-2.0

package provider_test

// routerLives are those of routers, and of what they translate.
var routerLives = []life{
	{noun: "networking_router", settings: "  routers = \"physical\"\n", before: outside,
		stages: []string{router("  description = \"a\"\n"), router("  description = \"b\"\n")}},
	{noun: "networking_router_interface", settings: "  routers = \"physical\"\n", before: func(l *laboratory) {
		l.t.Helper()
		l.admin("  routers = \"physical\"\n", outsideNet+netOnSwitch+subnetOn+routerOn("novasphere_networking_network.o.id", ""))
	}, stages: []string{theSubnet + "data \"novasphere_networking_router\" \"r\" { name = \"p-router\" }\n" +
		"resource \"novasphere_networking_router_interface\" \"it\" {\n  router_id = data.novasphere_networking_router.r.id\n  subnet_id = " +
		"data.novasphere_networking_subnet.s.id\n}\n"}},
	{noun: "networking_floatingip", settings: onGateway, before: floatingSite, stages: []string{floatingIP("  description = \"a\"\n"),
		thePort + floatingIP("  description = \"b\"\n  port_id = data.novasphere_networking_port.p.id\n")}},
	{noun: "networking_floatingip_associate", settings: onGateway, before: floatingAddress, stages: []string{thePort + theFloatingIP +
		"resource \"novasphere_networking_floatingip_associate\" \"it\" {\n  floating_ip = data.novasphere_networking_floatingip.f.address\n  " +
		"port_id = data.novasphere_networking_port.p.id\n}\n"}},
	{noun: "networking_portforwarding", settings: onGateway, before: floatingAddress, stages: []string{forwarded(2222), forwarded(2223)}},
	{noun: "compute_floatingip_associate", settings: onGateway, before: func(l *laboratory) {
		l.t.Helper()
		floatingAddress(l)
		l.admin(onGateway, twoFlavors+theNet+"resource \"novasphere_compute_instance\" \"o\" {\n  name = \"p-server\"\n  flavor_name = "+
			"novasphere_compute_flavor.small.name\n  image_name = \"debian-12\"\n  network { uuid = "+
			"data.novasphere_networking_network.n.id }\n}\n")
	}, stages: []string{theFloatingIP + "data \"novasphere_compute_instance\" \"o\" { name = \"p-server\" }\n" +
		"resource \"novasphere_compute_floatingip_associate\" \"it\" {\n  floating_ip = data.novasphere_networking_floatingip.f.address\n  " +
		"instance_id = data.novasphere_compute_instance.o.id\n}\n"}},
	{noun: "networking_router_route", settings: "  routers = \"physical\"\n", before: routed, stages: []string{theRouter +
		"resource \"novasphere_networking_router_route\" \"it\" {\n  router_id = data.novasphere_networking_router.r.id\n  destination_cidr = " +
		"\"10.90.0.0/24\"\n  next_hop = \"10.20.0.9\"\n}\n"}},
	{noun: "networking_router_routes", settings: "  routers = \"physical\"\n", before: routed,
		stages: []string{routesBy("10.20.0.9"), routesBy("10.20.0.8")}},
}

// routed makes a router with an interface.
func routed(l *laboratory) {
	l.t.Helper()
	l.admin("  routers = \"physical\"\n", outsideNet+netOnSwitch+subnetOn+routerOn("novasphere_networking_network.o.id", "")+
		"resource \"novasphere_networking_router_interface\" \"it\" {\n  router_id = novasphere_networking_router.it.id\n  subnet_id = "+
		"novasphere_networking_subnet.s.id\n}\n")
}

const theRouter = "data \"novasphere_networking_router\" \"r\" { name = \"p-router\" }\n"

func routesBy(hop string) string {
	return theRouter + "resource \"novasphere_networking_router_routes\" \"it\" {\n  router_id = data.novasphere_networking_router.r.id\n  " +
		"routes {\n    destination_cidr = \"10.90.0.0/24\"\n    next_hop = \"" + hop + "\"\n  }\n}\n"
}
