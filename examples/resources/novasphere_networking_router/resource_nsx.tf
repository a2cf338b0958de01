# On NSX a router is a tier-1 gateway, and the network outside a tier-0 gateway.
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

resource "novasphere_networking_router" "edge" {
  name                = "edge"
  external_network_id = novasphere_networking_network.internet.id
  depends_on          = [novasphere_networking_subnet.internet]
}
