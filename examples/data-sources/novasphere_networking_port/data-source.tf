resource "novasphere_networking_network" "web" {
  name = "example-ports"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}

resource "novasphere_networking_port" "web" {
  network_id = novasphere_networking_network.web.id

  fixed_ip {
    subnet_id = novasphere_networking_subnet.web.id
  }
}

data "novasphere_networking_port" "web" {
  port_id = novasphere_networking_port.web.id
}

output "mac" {
  value = data.novasphere_networking_port.web.mac_address
}
