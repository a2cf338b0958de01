# Refused in this version:
# the forwarding of a floating IP's port needs a router that translates
# addresses (NAT): a vCenter has no routers, and the record of a physical
# gateway changes nothing on it. That takes the NSX backend, which is not in
# this version. Take it out, and write the port's own address
# (all_fixed_ips[0] of novasphere_networking_port) or the instance's
# access_ip_v4 where its address is used; or make a port on the external
# network, with a fixed IP.
resource "novasphere_networking_portforwarding" "ssh" {
  floatingip_id       = "8f1e3c52-90a7-4a0e-8d4b-6e1f2c3a4b5d"
  protocol            = "tcp"
  external_port       = 2222
  internal_port       = 22
  internal_port_id    = "0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"
  internal_ip_address = "10.20.0.10"
}
