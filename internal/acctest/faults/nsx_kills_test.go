// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// groupsBase are networks on NSX and security groups, whose names need not be unique: what a killed creation leaves of one, nobody can tell
// from one of another workspace.
const groupsBase = `
resource "novasphere_networking_network" "n" {
  count = 2
  name  = "n-${count.index}"
  segments {
    network_type = "geneve"
  }
}
resource "novasphere_networking_subnet" "s" {
  count      = 2
  network_id = novasphere_networking_network.n[count.index].id
  cidr       = "10.20.${count.index}.0/24"
}
resource "novasphere_networking_secgroup" "g" {
  count = 3
  name  = "g-${count.index}"
}
`

// groupsConfig is a format of a network, and the number of a TCP port.
const groupsConfig = `
resource "novasphere_networking_address_group" "a" {
  name      = "a"
  addresses = [%[1]q]
}
resource "novasphere_networking_secgroup_rule" "r" {
  count             = 4
  security_group_id = novasphere_networking_secgroup.g[count.index %% 2].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = %[2]d + count.index
  port_range_max    = %[2]d + count.index
  remote_group_id   = novasphere_networking_secgroup.g[2].id
}
resource "novasphere_networking_secgroup_rule" "a" {
  security_group_id       = novasphere_networking_secgroup.g[2].id
  direction               = "ingress"
  ethertype               = "IPv4"
  remote_address_group_id = novasphere_networking_address_group.a.id
}
resource "novasphere_networking_qos_policy" "q" {
  name = "q"
}
resource "novasphere_networking_qos_bandwidth_limit_rule" "q" {
  qos_policy_id = novasphere_networking_qos_policy.q.id
  max_kbps      = 1000 * %[2]d
}
resource "novasphere_networking_port" "p" {
  count              = 4
  name               = "p-${count.index}"
  network_id         = novasphere_networking_network.n[count.index %% 2].id
  security_group_ids = [novasphere_networking_secgroup.g[count.index %% 3].id]
  qos_policy_id      = count.index < 2 ? novasphere_networking_qos_policy.q.id : ""
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.s[count.index %% 2].id
    ip_address = "10.20.${count.index %% 2}.3${count.index}"
  }
}
`

// groupsOnNSX are the rules of security groups, an address group and a QoS policy with ports on NSX.
func groupsOnNSX() *faults.Noun {
	return &faults.Noun{Name: "groups on NSX", Settings: groupsOfNSX, NSX: everybody, Base: groupsBase,
		Create: fmt.Sprintf(groupsConfig, "192.0.2.0/24", 443), Update: fmt.Sprintf(groupsConfig, "198.51.100.0/24", 8443)}
}

// gatewaysOnNSX are those of gateways, on NSX, where none gets another external network.
func gatewaysOnNSX() *faults.Noun {
	const two, out = "\n  network_id = novasphere_networking_network.out[", "novasphere_networking_network.out[0]"
	config := strings.NewReplacer(two+"count.index].id", two+"0].id", "novasphere_networking_network.out[%[2]d]", out,
		"  count    = 2\n  name     = \"out-", "  count    = 1\n  name     = \"out-", "\n  segments { segmentation_id = 110 + count.index }", "",
		`"203.0.113.2"`, `"203.0.113.4"`, "segments { segmentation_id = 120 }", "segments { network_type = \"geneve\" }").Replace(gatewayConfig)
	return &faults.Noun{Name: "gateways on NSX", Settings: routersOfNSX, NSX: everybody,
		Create: fmt.Sprintf(config, "one", 0, "203.0.113.9", 2200), Update: fmt.Sprintf(config, "two", 1, "198.51.100.9", 2300)}
}
