// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

const (
	// segment is a network on NSX with a subnet of one address to choose.
	segment = `resource "novasphere_networking_network" "lab" {
  name = "lab"
  segments { network_type = "geneve" }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.20.0.0/24"
  allocation_pool {
    start = "10.20.0.10"
    end   = "10.20.0.10"
  }
}
`
	served = "network_id = novasphere_networking_network.lab.id\ncidr = \"10.20.0.0/24\"\nenable_dhcp = true\nallocation_pool {\n" +
		"  start = \"10.20.0.10\"\n  end = \"10.20.0.10\"\n}\n"
	onVLAN = "segments {\n  network_type = \"vlan\"\n  physical_network = \"vlan\"\n  segmentation_id = %d\n}"
)

// segmentNouns are those that are on NSX.
func segmentNouns() []*faults.Noun {
	const at = "network_id = novasphere_networking_network.lab.id\nfixed_ip { ip_address = %q }\n"
	return []*faults.Noun{
		{Name: "network on NSX", NSX: others, Create: named("networking_network", "net", "segments { network_type = \"geneve\" }"),
			Update: named("networking_network", "net-2", "description = \"the other\"\ntags = [\"front\"]\nsegments { network_type = \"geneve\" }")},
		{Name: "VLAN network on NSX", NSX: others, Create: named("networking_network", "net", fmt.Sprintf(onVLAN, 130)),
			Update: named("networking_network", "net", fmt.Sprintf(onVLAN, 131))},
		{Name: "subnet with DHCP on NSX", NSX: others, Base: segmentAlone + named("networking_port", "p", "network_id = "+
			"novasphere_networking_network.lab.id"),
			Create: named("networking_subnet", "s", served),
			Update: named("networking_subnet", "s", served+"dns_nameservers = [\"10.20.0.2\"]")},
		{Name: "port on NSX", NSX: others, Base: segment, Create: named("networking_port", "p", fmt.Sprintf(at, "10.20.0.20")),
			Update: named("networking_port", "p", fmt.Sprintf(at, "10.20.0.21")+"allowed_address_pairs {\n  ip_address = \"10.20.0.99\"\n  "+
				"mac_address = \"02:00:00:00:00:99\"\n}\n")},
		{Name: "instance with a port on NSX", NSX: others, Base: flavor + segment + port,
			Create: instance("  network { port = novasphere_networking_port.lab.id }\n"),
			Update: instance("  network { port = novasphere_networking_port.lab.id }\n  network { name = \"public\" }\n")},
		{Name: "instance on a segment", NSX: others, Base: flavor + segment,
			Create: instance("  network { uuid = novasphere_networking_subnet.lab.network_id }\n")},
		{Name: "interface_attach on NSX", NSX: others, Base: flavor + segment + port + instance("  network { name = \"public\" }\n"),
			Create: block("compute_interface_attach",
				"  instance_id = novasphere_compute_instance.it.id\n  port_id = novasphere_networking_port.lab.id")},
	}
}

// segmentAlone is a network on NSX.
const segmentAlone = "resource \"novasphere_networking_network\" \"lab\" {\n  name = \"lab\"\n  segments { network_type = \"geneve\" }\n}\n"

// others makes a segment with a port, and on each segment that is there a port and a tag. Who looks in the end finds the segment, the ports
// and the tags as they were.
func others(t testing.TB, nsx *acctest.NSX) (untouched func() error) {
	t.Helper()
	theirs := map[string]map[string]any{}
	put := func(path string, body map[string]any) {
		nsx.Put(path, body)
		theirs[path], _ = nsx.Object(path)
	}
	var tagged []string
	for i, path := range nsx.Paths("Segment") {
		body, _ := nsx.Object(path)
		nsx.Put(path, tagging(faults.Written(body)))
		put(path+"/ports/theirs", map[string]any{"display_name": "theirs", "attachment": map[string]any{"id": fmt.Sprintf("theirs-%d", i)},
			"address_bindings": []any{map[string]any{"ip_address": "10.20.0.12", "mac_address": "02:00:00:00:00:12"}}})
		tagged = append(tagged, path)
	}
	put("/infra/segments/theirs", tagging(map[string]any{"display_name": "theirs", "transport_zone_path": nsxsim.OverlayZone}))
	put("/infra/segments/theirs/ports/theirs", map[string]any{"display_name": "theirs", "attachment": map[string]any{"id": "theirs"}})
	return func() error {
		for path, was := range theirs {
			if is, there := nsx.Object(path); !there || !reflect.DeepEqual(is, was) {
				return fmt.Errorf("%s is somebody else's: it was %v, and is %v", path, was, is)
			}
		}
		for _, path := range tagged {
			if is, there := nsx.Object(path); there && !bearsTheirs(is) {
				return fmt.Errorf("%s has lost the tag of somebody else: %v", path, is["tags"])
			}
		}
		return nil
	}
}

// theirTag is a tag of somebody else.
var theirTag = map[string]any{"scope": "backup", "tag": "daily"}

// tagging returns an object with the tag of somebody else.
func tagging(body map[string]any) map[string]any {
	body = maps.Clone(body)
	have, _ := body["tags"].([]any)
	body["tags"] = append(append([]any{}, have...), theirTag)
	return body
}

func bearsTheirs(body map[string]any) bool {
	have, _ := body["tags"].([]any)
	for _, tag := range have {
		if reflect.DeepEqual(tag, any(theirTag)) {
			return true
		}
	}
	return false
}
