# The gateway of these VLANs is a physical one; the router is its record.
provider "novasphere" {
  routers = "physical"
}

resource "novasphere_networking_network" "lab" {
  name = "example-lab"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.20.0.0/24"
}

resource "novasphere_networking_router" "edge" {
  name = "edge"
}

resource "novasphere_networking_router_interface" "lab" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.lab.id
}

resource "novasphere_networking_router_routes" "edge" {
  router_id = novasphere_networking_router_interface.lab.router_id

  routes {
    destination_cidr = "10.40.0.0/16"
    next_hop         = "10.20.0.253"
  }
  routes {
    destination_cidr = "10.50.0.0/16"
    next_hop         = "10.20.0.254"
  }
}
