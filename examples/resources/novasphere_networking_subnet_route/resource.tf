resource "novasphere_networking_network" "web" {
  name = "example-route"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}

resource "novasphere_networking_subnet_route" "storage" {
  subnet_id        = novasphere_networking_subnet.web.id
  destination_cidr = "10.40.0.0/16"
  next_hop         = "10.20.0.253"
}
