# Refused in this version:
# a floating IP needs a router that translates addresses (NAT): a vCenter has
# no routers, and the record of a physical gateway changes nothing on it. That
# takes the NSX backend, which is not in this version. The nearest thing is a
# port on the external network (novasphere_networking_port) with a fixed IP.
resource "novasphere_networking_floatingip" "web" {
  pool = "public"
}
