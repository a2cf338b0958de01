# The gateway of these VLANs is a physical one; routers and floating IPs are
# its records.
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

resource "novasphere_networking_subnet" "outside" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "203.0.113.0/28"
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
  depends_on          = [novasphere_networking_subnet.outside]
}

resource "novasphere_networking_router_interface" "web" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.web.id
}

# The next hop is on a subnet of the router: router_id of its interface says
# that the interface comes first.
resource "novasphere_networking_router_route" "lab" {
  router_id        = novasphere_networking_router_interface.web.router_id
  destination_cidr = "10.40.0.0/16"
  next_hop         = "10.20.0.253"
}
