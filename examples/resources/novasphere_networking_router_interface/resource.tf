# The gateway of these VLANs is a physical one; the router is its record.
provider "novasphere" {
  routers = "physical"
}

resource "novasphere_networking_network" "outside" {
  name     = "example-outside"
  external = true

  segments {
    segmentation_id = 110
  }
}

resource "novasphere_networking_network" "web" {
  name = "example-web"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}

resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.outside.id
}

resource "novasphere_networking_router_interface" "web" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.web.id
}

# An address of the router's own, other than the gateway's.
resource "novasphere_networking_network" "db" {
  name = "example-db"

  segments {
    segmentation_id = 130
  }
}

resource "novasphere_networking_subnet" "db" {
  network_id = novasphere_networking_network.db.id
  cidr       = "10.30.0.0/24"
  no_gateway = true
}

resource "novasphere_networking_port" "db" {
  name       = "edge-db"
  network_id = novasphere_networking_network.db.id

  fixed_ip {
    subnet_id  = novasphere_networking_subnet.db.id
    ip_address = "10.30.0.254"
  }
}

resource "novasphere_networking_router_interface" "db" {
  router_id = novasphere_networking_router.edge.id
  port_id   = novasphere_networking_port.db.id
}
