# Refused in this version:
# a segment of its own is one wire of several under a network, and a portgroup
# has exactly one. Write the segments block of novasphere_networking_network.
data "novasphere_networking_segment" "second" {
  network_id = "app"
}
