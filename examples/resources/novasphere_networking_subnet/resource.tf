resource "novasphere_networking_network" "web" {
  name = "example-subnet"

  segments {
    segmentation_id = 120
  }
}

# Addresses are chosen from the pool; the gateway is 10.20.0.1.
resource "novasphere_networking_subnet" "web" {
  network_id      = novasphere_networking_network.web.id
  cidr            = "10.20.0.0/24"
  dns_nameservers = ["10.20.0.2", "10.20.0.3"]

  allocation_pool {
    start = "10.20.0.10"
    end   = "10.20.0.199"
  }

  host_route {
    destination_cidr = "10.30.0.0/16"
    next_hop         = "10.20.0.254"
  }
}

# IPv6 beside it, static as well.
resource "novasphere_networking_subnet" "web6" {
  network_id = novasphere_networking_network.web.id
  cidr       = "2001:db8:20::/64"
}
