# On NSX two rules of the router translate it, one for each direction.
provider "novasphere" {
  routers = "nsx"

  nsx {}
}

resource "novasphere_networking_network" "internet" {
  name     = "example-internet"
  external = true

  segments {
    physical_network = "tier-0"
  }
}

resource "novasphere_networking_subnet" "internet" {
  network_id = novasphere_networking_network.internet.id
  cidr       = "203.0.113.0/24"

  allocation_pool {
    start = "203.0.113.100"
    end   = "203.0.113.199"
  }
}

resource "novasphere_networking_network" "web" {
  name = "example-web"
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}

resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.internet.id
  depends_on          = [novasphere_networking_subnet.internet]
}

resource "novasphere_networking_router_interface" "web" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.web.id
}

resource "novasphere_networking_port" "web" {
  network_id = novasphere_networking_network.web.id

  fixed_ip {
    subnet_id = novasphere_networking_subnet.web.id
  }
}

resource "novasphere_networking_floatingip" "web" {
  pool       = novasphere_networking_network.internet.name
  port_id    = novasphere_networking_port.web.id
  depends_on = [novasphere_networking_subnet.internet, novasphere_networking_router_interface.web]
}
