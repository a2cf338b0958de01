# Somebody else on the same NSX, behind the same tier-0 gateway.
resource "novasphere_networking_network" "neighbour" {
  name = "neighbour"
}

resource "novasphere_networking_subnet" "neighbour" {
  network_id = novasphere_networking_network.neighbour.id
  cidr       = "10.61.0.0/24"
}

resource "novasphere_networking_router" "neighbour" {
  name                = "neighbour"
  external_network_id = novasphere_networking_subnet.internet.network_id
}

resource "novasphere_networking_router_interface" "neighbour" {
  router_id = novasphere_networking_router.neighbour.id
  subnet_id = novasphere_networking_subnet.neighbour.id
}

resource "novasphere_networking_secgroup" "neighbour" {
  name = "neighbour"
}

resource "novasphere_networking_port" "neighbour" {
  name               = "neighbour"
  network_id         = novasphere_networking_network.neighbour.id
  security_group_ids = [novasphere_networking_secgroup.neighbour.id]

  fixed_ip {
    subnet_id  = novasphere_networking_subnet.neighbour.id
    ip_address = "10.61.0.200"
  }
}

resource "novasphere_networking_floatingip" "neighbour" {
  pool       = novasphere_networking_network.internet.name
  port_id    = novasphere_networking_port.neighbour.id
  depends_on = [novasphere_networking_router_interface.neighbour, novasphere_networking_subnet.internet]
}
