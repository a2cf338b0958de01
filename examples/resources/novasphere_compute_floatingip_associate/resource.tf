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

resource "novasphere_networking_floatingip" "web" {
  pool       = novasphere_networking_network.outside.name
  depends_on = [novasphere_networking_subnet.outside]
}

resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 1
  ram   = 2048
  disk  = 20
}

resource "novasphere_compute_instance" "web" {
  name        = "web-1"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  network {
    uuid = novasphere_networking_subnet.web.network_id
  }
}

resource "novasphere_compute_floatingip_associate" "web" {
  floating_ip = novasphere_networking_floatingip.web.address
  instance_id = novasphere_compute_instance.web.id
  depends_on  = [novasphere_networking_router_interface.web]
}
