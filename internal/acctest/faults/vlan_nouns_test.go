// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
)

// ofRanges are the provider's arguments with a range so wide that the names below begin their search at different VLANs: each network gets
// the same one whatever else fails.
const ofRanges = `network_vlan_ranges = ["physnet1:1000:3999"]
  physical_networks   = { physnet1 = "dvs-1" }`

// vlanNouns are networks that get a VLAN of a range.
func vlanNouns() []*faults.Noun {
	return []*faults.Noun{{Name: "network of a range", Settings: ofRanges, Create: named("networking_network", "net", ""),
		Update: named("networking_network", "net", "description = \"the other\"\nsegments { segmentation_id = 130 }")}}
}

// vlans are twenty networks that get VLANs of a range.
func vlans() *faults.Noun {
	config := func(description string) string {
		return fmt.Sprintf("resource \"novasphere_networking_network\" \"n\" {\n  count       = 20\n  name        = \"n-${count.index}\"\n  "+
			"description = %q\n}\n", description)
	}
	return &faults.Noun{Name: "vlans", Settings: ofRanges, Create: config("one"), Update: config("two")}
}

// pools are eight subnet pools in an address scope, each with a subnet that takes all of it and a port on the subnet, and address groups.
func pools() *faults.Noun {
	config := func(description string) string {
		return fmt.Sprintf(`
resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { segmentation_id = 120 }
}
resource "novasphere_networking_addressscope" "lab" {
  name = "lab"
}
resource "novasphere_networking_subnetpool" "p" {
  count            = 8
  name             = "p-${count.index}"
  description      = %[1]q
  address_scope_id = novasphere_networking_addressscope.lab.id
  prefixes         = ["10.30.${count.index}.0/24"]
}
resource "novasphere_networking_subnet" "s" {
  count         = 8
  name          = "s-${count.index}"
  description   = %[1]q
  network_id    = novasphere_networking_network.lab.id
  subnetpool_id = novasphere_networking_subnetpool.p[count.index].id
  prefix_length = 24
}
resource "novasphere_networking_port" "p" {
  count      = 8
  name       = "p-${count.index}"
  network_id = novasphere_networking_network.lab.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.s[count.index].id
    ip_address = "10.30.${count.index}.9"
  }
}
resource "novasphere_networking_address_group" "a" {
  count       = 4
  name        = "a-${count.index}"
  description = %[1]q
  addresses   = ["10.40.${count.index}.0/24"]
}
`, description)
	}
	return &faults.Noun{Name: "pools", Create: config("one"), Update: config("two")}
}
