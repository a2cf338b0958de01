# Refused in this version:
# a BGP peer needs a router that speaks BGP: a vCenter has no routers, and the
# record of a physical gateway changes nothing on it. Gateways of NSX are
# not in this version. Write the routes into the physical gateway, and delete it
# here.
resource "novasphere_networking_bgp_peer" "edge" {
  name      = "edge"
  peer_ip   = "192.0.2.1"
  remote_as = 64513
}
