# Refused in this version:
# a trunk gives each VLAN of a port a network of its own, which a distributed
# switch does not. A novasphere_networking_network with transparent_vlan =
# true carries every VLAN to the guest, tagged.
resource "novasphere_networking_trunk" "firewall" {
  name    = "firewall"
  port_id = "3d5a0d8e-1b2c-4f6e-9a55-0c1d2e3f4a5b"

  sub_port {
    port_id           = "9f0c2f0e-5f1b-4a9e-9a53-0f5f3c1f2a12"
    segmentation_type = "vlan"
    segmentation_id   = 120
  }
}
