// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// segmentsConfig is a format of a description, a name server, and a role.
const segmentsConfig = `
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 5
}
resource "novasphere_networking_network" "n" {
  count       = 2
  name        = "n-${count.index}"
  description = %[1]q
  segments {
    network_type = "geneve"
  }
}
resource "novasphere_networking_subnet" "s" {
  count           = 2
  network_id      = novasphere_networking_network.n[count.index].id
  cidr            = "10.20.${count.index}.0/24"
  enable_dhcp     = count.index == 0
  dns_nameservers = [%[2]q]
  allocation_pool {
    start = "10.20.${count.index}.10"
    end   = "10.20.${count.index}.10"
  }
}
resource "novasphere_networking_port" "p" {
  count       = 3
  name        = "p-${count.index}"
  description = %[1]q
  network_id  = novasphere_networking_network.n[0].id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.s[0].id
    ip_address = "10.20.0.2${count.index}"
  }
}
resource "novasphere_networking_port" "q" {
  name       = "q"
  network_id = novasphere_networking_network.n[1].id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.s[1].id
    ip_address = "10.20.1.20"
  }
}
resource "novasphere_compute_instance" "i" {
  count       = 2
  name        = "i-${count.index}"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = "debian-12"
  metadata    = { role = %[3]q }
  network {
    port = novasphere_networking_port.p[count.index].id
  }
}
resource "novasphere_compute_interface_attach" "a" {
  instance_id = novasphere_compute_instance.i[0].id
  port_id     = novasphere_networking_port.q.id
}
`

// segments are two networks on NSX, one with DHCP, with ports and instances.
func segments() *faults.Noun {
	return &faults.Noun{Name: "segments", NSX: others, Create: fmt.Sprintf(segmentsConfig, "one", "192.0.2.1", "web"),
		Update: fmt.Sprintf(segmentsConfig, "two", "192.0.2.2", "db")}
}
