// SPDX-License-Identifier: MPL-2.0

package faults_test

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"

func routerNouns() []*faults.Noun {
	return []*faults.Noun{
		{Name: "router", Settings: routers, Base: `resource "novasphere_networking_network" "outside" {` +
			"\n  name = \"outside\"\n  external = true\n  segments { segmentation_id = 110 }\n}\n",
			Create: named("networking_router", "edge", "external_network_id = novasphere_networking_network.outside.id"),
			Update: named("networking_router", "edge-2", "description = \"the way out\"\nexternal_network_id = "+
				"novasphere_networking_network.outside.id")},
		{Name: "router_interface", Settings: routers, Base: lab + outside,
			Create: block("networking_router_interface", "router_id = novasphere_networking_router.edge.id\nsubnet_id = "+
				"novasphere_networking_subnet.lab.id")},
		{Name: "floatingip", Settings: routers, Base: lab + site + port, // of one address, as an address is chosen at random
			Create: block("networking_floatingip", pooled),
			Update: block("networking_floatingip", pooled+"description = \"the shop\"\nport_id = novasphere_networking_port.lab.id")},
		{Name: "floatingip_associate", Settings: routers, Base: lab + site + port + address,
			Create: block("networking_floatingip_associate", "floating_ip = novasphere_networking_floatingip.web.address\nport_id = "+
				"novasphere_networking_port.lab.id")},
		{Name: "portforwarding", Settings: routers, Base: lab + site + port + address,
			Create: block("networking_portforwarding", forwards+"external_port = 2222"),
			Update: block("networking_portforwarding", forwards+"external_port = 2223")},
		{Name: "router_interface by port", Settings: routers, Base: lab + outside + port,
			Create: block("networking_router_interface", "router_id = novasphere_networking_router.edge.id\nport_id = "+
				"novasphere_networking_port.lab.id")},
		{Name: "router_route", Settings: routers, Base: lab + outside + routed,
			Create: block("networking_router_route", toOffice+"destination_cidr = \"10.40.0.0/16\"\nnext_hop = \"10.20.0.253\"")},
		{Name: "router_routes", Settings: routers, Base: lab + outside + routed,
			Create: block("networking_router_routes", toOffice+"routes {\n  destination_cidr = \"10.40.0.0/16\"\n  next_hop = "+
				"\"10.20.0.253\"\n}"),
			Update: block("networking_router_routes", toOffice+"routes {\n  destination_cidr = \"10.50.0.0/16\"\n  next_hop = "+
				"\"10.20.0.253\"\n}")},
		{Name: "router that moves", Settings: routers, Base: lab + site + otherSide,
			Create: named("networking_router", "moving", "external_network_id = novasphere_networking_network.outside.id\n"+
				"external_subnet_ids = [novasphere_networking_subnet.outside.id]"),
			Update: named("networking_router", "moving", "external_network_id = novasphere_networking_subnet.other.network_id")},
		{Name: "compute_floatingip_associate", Settings: routers, Base: flavor + lab + site + port + address +
			instance("  network { port = novasphere_networking_port.lab.id }\n"),
			Create: block("compute_floatingip_associate", "floating_ip = novasphere_networking_floatingip.web.address\ninstance_id = "+
				"novasphere_compute_instance.it.id")},
	}
}

const (
	outside = `resource "novasphere_networking_network" "outside" {
  name     = "outside"
  external = true
  segments { segmentation_id = 110 }
}
resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id
}
`
	// site is outside with two subnets of one address, of which the router has one, and the router's interface on the subnet "lab".
	site = `resource "novasphere_networking_network" "outside" {
  name     = "outside"
  external = true
  segments { segmentation_id = 110 }
}
resource "novasphere_networking_subnet" "outside" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "203.0.113.0/24"
  allocation_pool {
    start = "203.0.113.10"
    end   = "203.0.113.10"
  }
}
resource "novasphere_networking_subnet" "edge" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "198.51.100.0/24"
  allocation_pool {
    start = "198.51.100.10"
    end   = "198.51.100.10"
  }
}
resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id
  external_subnet_ids = [novasphere_networking_subnet.edge.id]
}
resource "novasphere_networking_router_interface" "lab" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.lab.id
}
`
	// otherSide is another external network, of one address.
	otherSide = `resource "novasphere_networking_network" "other" {
  name     = "other"
  external = true
  segments { segmentation_id = 111 }
}
resource "novasphere_networking_subnet" "other" {
  network_id = novasphere_networking_network.other.id
  cidr       = "192.0.2.0/24"
  allocation_pool {
    start = "192.0.2.10"
    end   = "192.0.2.10"
  }
}
`
	pooled  = "pool = novasphere_networking_network.outside.name\nsubnet_id = novasphere_networking_subnet.outside.id\n"
	address = `resource "novasphere_networking_floatingip" "web" {
  pool      = novasphere_networking_network.outside.name
  subnet_id = novasphere_networking_subnet.outside.id
}
`
	forwards = "floatingip_id = novasphere_networking_floatingip.web.id\ninternal_port_id = novasphere_networking_port.lab.id\n" +
		"internal_ip_address = novasphere_networking_port.lab.all_fixed_ips[0]\nprotocol = \"tcp\"\ninternal_port = 22\n"
	// routed is the interface of a router, and toOffice names it.
	routed = `resource "novasphere_networking_router_interface" "lab" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.lab.id
}
`
	toOffice = "router_id = novasphere_networking_router_interface.lab.router_id\n"
)
