// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestConsoleInARegion opens the console of an instance in the second region, and in no other.
func TestConsoleInARegion(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	p := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("west", nil))
	flavor := p.Bring("novasphere_compute_flavor", map[string]any{"name": "s", "vcpus": 1, "ram": 512, "disk": 20, "region": "west"},
		p.None("novasphere_compute_flavor"))
	const kind = "novasphere_compute_instance"
	web := p.Bring(kind, map[string]any{"name": "web", "flavor_id": flavor.Text("id"), "image_name": "debian-12", "region": "west",
		"wait_for_ip": "0s", "network": []any{map[string]any{"name": "public"}}}, p.None(kind))
	opened, said := p.Open("novasphere_compute_console", map[string]any{"instance_id": web.Text("id"), "region": "west"})
	if len(protocol.Errors(said)) > 0 || opened["ticket"].IsNull() {
		t.Errorf("no console: %v", said)
	}
	_, said = p.Open("novasphere_compute_console", map[string]any{"instance_id": web.Text("id")})
	says(t, said, "instance_id", "is in the region west, and this is to be in east")
	_, said = p.Open("novasphere_compute_console", map[string]any{"instance_id": web.Text("id"), "region": "north"})
	says(t, said, "region", "(east, west)")
}
