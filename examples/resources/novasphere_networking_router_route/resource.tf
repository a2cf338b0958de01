# Refused in this version:
# a route of a router needs a router that takes static routes: a vCenter has
# no routers, and the record of a physical gateway changes nothing on it. That
# takes the NSX backend, which is not in this version. Guests can be told
# routes: with novasphere_networking_subnet_route, or with the host_route
# blocks of their subnet.
resource "novasphere_networking_router_route" "lab" {
  router_id        = "5b3a1d0e-7c1f-4b59-9a60-2f6b1f0c9d11"
  destination_cidr = "10.40.0.0/16"
  next_hop         = "10.20.0.253"
}
