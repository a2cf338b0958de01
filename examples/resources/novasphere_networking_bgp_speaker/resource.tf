# Refused in this version:
# a BGP speaker needs a router that speaks BGP: a vCenter has no routers, the
# record of a physical gateway changes nothing on it, and a router of NSX learns
# and tells its routes through the tier-0 gateway, which is its operator's.
# Write the routes into the physical gateway, or have the tier-0 speak BGP in
# NSX, and delete it here.
resource "novasphere_networking_bgp_speaker" "edge" {
  name     = "edge"
  local_as = 64512
}
