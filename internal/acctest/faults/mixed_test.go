// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// mixedConfig is a format of a name, a number, a role, a port and a power state.
const mixedConfig = `
resource "novasphere_compute_flavor" "f" {
  count = 2
  name  = "%[1]s.${count.index}"
  vcpus = 1
  ram   = 1024
  disk  = 5
}
resource "novasphere_compute_keypair" "k" {
  name       = "%[1]s"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJJjuINH8TredHVhBtEfDwCVqSaQiZ+VRA9oyqibLnY ops@example.com"
}
resource "novasphere_compute_servergroup" "g" {
  name     = "%[1]s"
  policies = ["soft-anti-affinity"]
}
resource "novasphere_compute_aggregate" "a" {
  name     = "%[1]s"
  metadata = { role = %[3]q }
  hosts    = ["esx-%[2]d"]
}
resource "novasphere_networking_network" "n" {
  count    = 2
  name     = "%[1]s-${count.index}"
  external = count.index == 1
  segments { segmentation_id = 10%[2]d + 10 * count.index }
}
resource "novasphere_networking_subnet" "s" {
  count      = 2
  network_id = novasphere_networking_network.n[count.index].id
  cidr       = "10.%[2]d.${count.index}.0/24"
}
resource "novasphere_networking_subnet_route" "r" {
  subnet_id        = novasphere_networking_subnet.s[0].id
  destination_cidr = "10.99.0.0/16"
  next_hop         = "10.%[2]d.0.254"
}
resource "novasphere_networking_secgroup" "g" {
  count    = 2
  name     = "%[1]s-${count.index}"
  stateful = false
}
resource "novasphere_networking_secgroup_rule" "r" {
  count             = 3
  security_group_id = novasphere_networking_secgroup.g[0].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = %[4]d + count.index
  port_range_max    = %[4]d + count.index
}
resource "novasphere_networking_port" "p" {
  count              = 4
  name               = "%[1]s-${count.index}"
  network_id         = novasphere_networking_network.n[0].id
  security_group_ids = [novasphere_networking_secgroup.g[0].id]
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.s[0].id
    ip_address = "10.%[2]d.0.1${count.index}"
  }
}
resource "novasphere_networking_port" "q" {
  network_id = novasphere_networking_network.n[1].id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.s[1].id
    ip_address = "10.%[2]d.1.20"
  }
}
resource "novasphere_networking_port_secgroup_associate" "q" {
  port_id            = novasphere_networking_port.q.id
  security_group_ids = [novasphere_networking_secgroup.g[1].id]
}
resource "novasphere_networking_router" "r" {
  name                = "%[1]s"
  external_network_id = novasphere_networking_subnet.s[1].network_id
  external_fixed_ip { ip_address = "10.%[2]d.1.200" }
}
resource "novasphere_networking_router_interface" "r" {
  router_id = novasphere_networking_router.r.id
  subnet_id = novasphere_networking_subnet.s[0].id
}
resource "novasphere_compute_instance" "ported" {
  count        = 3
  name         = "%[1]s-ported-${count.index}"
  flavor_name  = novasphere_compute_flavor.f[0].name
  image_name   = "debian-12"
  key_pair     = novasphere_compute_keypair.k.name
  config_drive = true
  metadata     = { role = %[3]q }
  network { port = novasphere_networking_port.p[count.index].id }
}
resource "novasphere_compute_instance" "grouped" {
  count       = 3
  name        = "%[1]s-grouped-${count.index}"
  flavor_name = novasphere_compute_flavor.f[1].name
  image_name  = "debian-12"
  power_state = %[5]q
  network { name = "public" }
  scheduler_hints { group = novasphere_compute_servergroup.g.id }
}
resource "novasphere_compute_interface_attach" "a" {
  instance_id = novasphere_compute_instance.ported[0].id
  port_id     = novasphere_networking_port.q.id
}
`

// mixed returns a configuration of thirty resources of all kinds, with config drives, groups and ports. Several can exist on one vCenter,
// each with its own name and number (1 to 9).
func mixed(name string, number int, changed bool) string {
	role, port, state := "web", 443, "active"
	if changed {
		role, port, state = "db", 8443, "shutoff"
	}
	return fmt.Sprintf(mixedConfig, name, number, role, port, state)
}

// mixture returns mixed as a noun.
func mixture() *faults.Noun {
	return &faults.Noun{Name: "thirty mixed resources", Settings: groups + "\n  " + routers, Create: mixed("mix", 1, false),
		Update: mixed("mix", 1, true)}
}
