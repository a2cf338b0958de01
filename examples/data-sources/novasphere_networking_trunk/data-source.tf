resource "novasphere_networking_network" "transit" {
  name = "example-trunk"

  segments {
    network_type = "flat"
  }
}

resource "novasphere_networking_port" "firewall" {
  network_id = novasphere_networking_network.transit.id
}

resource "novasphere_networking_trunk" "firewall" {
  name    = "firewall"
  port_id = novasphere_networking_port.firewall.id
}

data "novasphere_networking_trunk" "firewall" {
  name = novasphere_networking_trunk.firewall.name
}

output "ports" {
  description = "The ports whose traffic goes through the trunk."
  value       = data.novasphere_networking_trunk.firewall.sub_port[*].port_id
}
