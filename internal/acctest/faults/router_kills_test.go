// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// gatewayConfig is a format of a description, a way out, an address on that, and the number of a TCP port.
const gatewayConfig = `
locals { out = ["203.0.113", "198.51.100"] }
resource "novasphere_networking_network" "out" {
  count    = 2
  name     = "out-${count.index}"
  external = true
  segments { segmentation_id = 110 + count.index }
}
resource "novasphere_networking_subnet" "out" {
  count      = 2
  network_id = novasphere_networking_network.out[count.index].id
  cidr       = "${local.out[count.index]}.0/24"
}
resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 120 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.20.0.0/24"
}
resource "novasphere_networking_port" "p" {
  count      = 6
  network_id = novasphere_networking_network.lab.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.lab.id
    ip_address = "10.20.0.1${count.index}"
  }
}
resource "novasphere_networking_router" "moving" {
  name                = "moving"
  external_network_id = novasphere_networking_network.out[%[2]d].id
  external_fixed_ip {
    subnet_id  = novasphere_networking_subnet.out[%[2]d].id
    ip_address = %[3]q
  }
}
resource "novasphere_networking_router" "edge" {
  name                = "edge"
  description         = %[1]q
  external_network_id = novasphere_networking_network.out[0].id
  external_fixed_ip {
    subnet_id  = novasphere_networking_subnet.out[0].id
    ip_address = "203.0.113.2"
  }
}
resource "novasphere_networking_router_interface" "edge" {
  router_id = novasphere_networking_router.edge.id
  subnet_id = novasphere_networking_subnet.lab.id
}
resource "novasphere_networking_router_route" "edge" {
  router_id        = novasphere_networking_router_interface.edge.router_id
  destination_cidr = "10.40.0.0/16"
  next_hop         = "10.20.0.254"
}
resource "novasphere_networking_floatingip" "p" {
  count       = 4
  pool        = novasphere_networking_network.out[0].name
  description = %[1]q
  address     = "203.0.113.2${count.index}"
  port_id     = novasphere_networking_port.p[count.index].id
  depends_on  = [novasphere_networking_router_interface.edge, novasphere_networking_subnet.out]
}
resource "novasphere_networking_floatingip" "free" {
  count      = 2
  pool       = novasphere_networking_network.out[0].name
  address    = "203.0.113.3${count.index}"
  depends_on = [novasphere_networking_subnet.out]
}
resource "novasphere_networking_floatingip_associate" "free" {
  floating_ip = novasphere_networking_floatingip.free[0].address
  port_id     = novasphere_networking_port.p[4].id
  depends_on  = [novasphere_networking_router_interface.edge]
}
resource "novasphere_networking_portforwarding" "free" {
  count               = 3
  floatingip_id       = novasphere_networking_floatingip.free[1].id
  internal_port_id    = novasphere_networking_port.p[5].id
  internal_ip_address = "10.20.0.15"
  protocol            = "tcp"
  internal_port       = 22
  external_port       = %[4]d + count.index
  depends_on          = [novasphere_networking_router_interface.edge]
}
`

// gateways are two routers, of which one gets another external network, and floating IPs and port forwardings behind the other.
func gateways() *faults.Noun {
	return &faults.Noun{Name: "gateways", Settings: routers, Create: fmt.Sprintf(gatewayConfig, "one", 0, "203.0.113.9", 2200),
		Update: fmt.Sprintf(gatewayConfig, "two", 1, "198.51.100.9", 2300)}
}
