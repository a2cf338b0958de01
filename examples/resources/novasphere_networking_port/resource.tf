resource "novasphere_networking_network" "web" {
  name = "example-port"

  segments {
    segmentation_id = 120
  }
}

resource "novasphere_networking_subnet" "web" {
  network_id = novasphere_networking_network.web.id
  cidr       = "10.20.0.0/24"
}

# An address that outlives the instance.
resource "novasphere_networking_port" "web" {
  name       = "web-1"
  network_id = novasphere_networking_network.web.id

  fixed_ip {
    subnet_id  = novasphere_networking_subnet.web.id
    ip_address = "10.20.0.10"
  }
}

resource "novasphere_compute_flavor" "small" {
  name  = "port.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "web" {
  name        = "port-web"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  network {
    port = novasphere_networking_port.web.id
  }
}
