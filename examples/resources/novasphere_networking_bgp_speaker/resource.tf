# Refused in this version:
# a BGP speaker needs a router that speaks BGP: a vCenter has no routers, and
# the record of a physical gateway changes nothing on it. Gateways of NSX are
# not in this version. Write the routes into the physical gateway, and delete it
# here.
resource "novasphere_networking_bgp_speaker" "edge" {
  name     = "edge"
  local_as = 64512
}
