# Refused in this version:
# the association of a floating IP needs a router that translates addresses
# (NAT): a vCenter has no routers, and the record of a physical gateway
# changes nothing on it. That takes the NSX backend, which is not in this
# version. The nearest thing is a port on the external network
# (novasphere_networking_port) with a fixed IP.
resource "novasphere_networking_floatingip_associate" "web" {
  floating_ip = "203.0.113.10"
  port_id     = "0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2"
}
