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
