// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestPortedInstances: arguments that no vCenter supports validate; they are refused at plan where an effect would be expected, and
// ignored where they have none.
func TestPortedInstances(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	const kind = "novasphere_compute_instance"
	planned := 0
	plans := func(config map[string]any, at, refused string) {
		t.Helper()
		planned++
		for name, value := range map[string]any{"name": fmt.Sprintf("web-%d", planned), "image_name": "debian-12", "flavor_name": "g1.small"} {
			if _, written := config[name]; !written {
				config[name] = value
			}
		}
		if reported := p.Validate(kind, config); len(reported) > 0 {
			t.Errorf("%v does not validate: %v", config, reported)
		}
		reported := p.Plan(kind, config, p.None(kind)).Errors()
		if refused == "" && len(reported) > 0 || refused != "" && (len(reported) != 1 || reported[0].Attribute != at ||
			!strings.Contains(reported[0].Text, refused)) {
			t.Errorf("%v: %v", config, reported)
		}
	}
	p.Bring("novasphere_compute_flavor", map[string]any{"name": "g1.small", "vcpus": 1, "ram": 512, "disk": 20},
		p.None("novasphere_compute_flavor"))
	plans(map[string]any{"network_mode": "auto"}, "network_mode", "nobody to choose a network")
	plans(map[string]any{"network_mode": "none"}, "", "")
	plans(map[string]any{"vendor_options": []any{map[string]any{"ignore_resize_confirmation": true}}, "region": "here"}, "", "")
	if reported := p.Validate(kind, map[string]any{"name": "web", "network_mode": "none",
		"network": []any{map[string]any{"name": "public"}}}); len(reported) != 1 || reported[0].Attribute != "network_mode" {
		t.Errorf("%v", reported)
	}
}
