data "novasphere_networking_network" "public" {
  name = "public"
}

data "novasphere_networking_network" "private" {
  name = "private"
}

resource "novasphere_compute_flavor" "router" {
  name  = "m1.router"
  vcpus = 2
  ram   = 2048
  disk  = 20
}

resource "novasphere_compute_instance" "router" {
  name        = "router-0"
  flavor_name = novasphere_compute_flavor.router.name
  image_name  = "debian-12"

  network {
    uuid = data.novasphere_networking_network.public.id
  }
}

# Plugged in while the instance runs, and taken off without touching it.
resource "novasphere_compute_interface_attach" "inside" {
  instance_id = novasphere_compute_instance.router.id
  network_id  = data.novasphere_networking_network.private.id
}

output "inside_mac" {
  value = novasphere_compute_interface_attach.inside.mac
}
