# Refused in this version:
# a trunk gives each VLAN of a port a network of its own, which a distributed
# switch does not. A novasphere_networking_network with transparent_vlan =
# true carries every VLAN to the guest, tagged.
data "novasphere_networking_trunk" "firewall" {
  name = "firewall"
}
