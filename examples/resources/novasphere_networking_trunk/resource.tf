# The port that the instance is plugged into. Its network is flat, so that
# the guest sends its own traffic untagged.
resource "novasphere_networking_network" "transit" {
  name = "example-transit"

  segments {
    network_type = "flat"
  }
}

resource "novasphere_networking_port" "firewall" {
  network_id  = novasphere_networking_network.transit.id
  mac_address = "00:50:56:00:00:10"
}

resource "novasphere_networking_network" "inside" {
  name = "example-inside"

  segments {
    segmentation_id = 120
  }
}

# The guest has one card, so the sub port has its MAC address.
resource "novasphere_networking_port" "inside" {
  network_id  = novasphere_networking_network.inside.id
  mac_address = novasphere_networking_port.firewall.mac_address
}

resource "novasphere_networking_trunk" "firewall" {
  name    = "firewall"
  port_id = novasphere_networking_port.firewall.id

  sub_port {
    port_id           = novasphere_networking_port.inside.id
    segmentation_type = "vlan"
    segmentation_id   = 120
  }
}

resource "novasphere_compute_flavor" "small" {
  name  = "trunk.small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}

resource "novasphere_compute_instance" "firewall" {
  name        = "trunk-firewall"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"

  network {
    port = novasphere_networking_trunk.firewall.port_id
  }
}
