# A physical gateway translates the addresses; what it has to do is recorded.
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
  cidr       = "203.0.113.0/24"
}

resource "novasphere_networking_floatingip" "web" {
  pool       = novasphere_networking_network.outside.name
  depends_on = [novasphere_networking_subnet.outside]
}

data "novasphere_networking_floatingip" "web" {
  address = novasphere_networking_floatingip.web.address
}
