# Everyone on VLAN 120 of the datacenter's distributed switch.
resource "novasphere_networking_network" "web" {
  name        = "web"
  description = "What the internet sees"
  dns_domain  = "example.org"
  tags        = ["front"]

  segments {
    segmentation_id = 120
  }
}

# Frames without a tag, and guests that answer for addresses of others, as virtual routers do.
resource "novasphere_networking_network" "edge" {
  name                  = "edge"
  port_security_enabled = false

  segments {
    network_type = "flat"
  }
}
