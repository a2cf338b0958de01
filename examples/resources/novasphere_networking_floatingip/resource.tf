# Refused in this version:
# a floating IP needs a router that translates addresses (NAT): a vCenter has
# no routers, and the record of a physical gateway changes nothing on it. That
# takes the NSX backend, which is not in this version. Take it out, and write
# the port's own address (all_fixed_ips[0] of novasphere_networking_port) or
# the instance's access_ip_v4 where its address is used; or make a port on the
# external network, with a fixed IP.
resource "novasphere_networking_floatingip" "web" {
  pool = "public"
}
