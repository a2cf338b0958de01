resource "novasphere_networking_network" "web" {
  name = "example-find"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}

data "novasphere_networking_subnet" "web" {
  subnet_id = novasphere_networking_subnet.web.id
}

output "free" {
  value = data.novasphere_networking_subnet.web.addresses_total - data.novasphere_networking_subnet.web.addresses_taken
}
