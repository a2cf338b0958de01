// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestListRefused: errors of a list stand at its filters.
func TestListRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	for _, wrong := range []struct {
		noun    string
		filters map[string]any
		at, say string
	}{
		{"compute_instance", map[string]any{"name_regex": "("}, "name_regex", "is not a regular expression"},
		{"images_image", map[string]any{"name_regex": "("}, "name_regex", "is not a regular expression"},
		{"networking_port", map[string]any{"name_regex": "("}, "name_regex", "is not a regular expression"},
		{"compute_node", map[string]any{"cluster": "none"}, "cluster", "none"},
		{"compute_node", map[string]any{"name_regex": "("}, "name_regex", "is not a regular expression"},
		{"compute_cluster", map[string]any{"name_regex": "("}, "name_regex", "is not a regular expression"},
		{"networking_port", map[string]any{"status": "down"}, "status", `"ACTIVE" "DOWN"`},
		{"blockstorage_volume", map[string]any{"status": "free"}, "status", `"available" "in-use"`},
		{"networking_port", map[string]any{"mac_address": "52:54"}, "mac_address", "is not a MAC address"},
		{"networking_subnet", map[string]any{"cidr": "10.0.0.0"}, "cidr", "is not a range of addresses"},
		{"networking_subnet", map[string]any{"cidr": "10.20.0.1/24"}, "cidr", "write 10.20.0.0/24"},
		{"networking_floatingip", map[string]any{"address": "203.0.113"}, "address", "is not an IP address"},
		{"compute_flavor", map[string]any{"min_ram": -1}, "min_ram", "at least 0"},
		{"compute_servergroup", map[string]any{"policy": "spread"}, "policy", `"anti-affinity"`},
		{"images_image", map[string]any{"visibility": "all"}, "visibility", `"community"`},
		{"compute_instance", map[string]any{"orphans": true}, "orphans", "has no block openstack"},
		{"compute_instance", map[string]any{"project": "none"}, "project", "no project"},
		{"compute_instance", map[string]any{"project": "none", "unmanaged": true}, "project", "no project"},
	} {
		all, said := p.List("novasphere_"+wrong.noun, wrong.filters, 0, false)
		if len(all) > 0 || len(said) != 1 || said[0].Attribute != wrong.at || !strings.Contains(said[0].Text, wrong.say) {
			t.Errorf("%v: %v, %v", wrong, all, said)
		}
	}
}
