// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestPlainWords checks the errors of the framework that are reworded for users. Each is one sentence at its argument.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	data := func(kind string, config map[string]any) func() []protocol.Diagnostic {
		return func() []protocol.Diagnostic {
			_, said := p.Query("novasphere_"+kind, config)
			return said
		}
	}
	resource := func(kind string, config map[string]any) func() []protocol.Diagnostic {
		return func() []protocol.Diagnostic { return p.Validate("novasphere_"+kind, config) }
	}
	flavor := func(vcpus any) map[string]any {
		return map[string]any{"name": "odd", "vcpus": vcpus, "ram": 1024, "disk": 1}
	}
	segment := func(id any) map[string]any {
		return map[string]any{"name": "odd", "segments": []any{map[string]any{"segmentation_id": id, "physical_network": `a "quoted)] name`}}}
	}
	for _, c := range []struct {
		said     func() []protocol.Diagnostic
		at, says string
	}{
		{resource("compute_flavor", flavor(1.5)), "vcpus", "vcpus: it is to be a whole number, and is 1.5."},
		{resource("compute_flavor", flavor(1e30)), "vcpus", "vcpus: 1e+30 is larger than any number here may be."},
		{resource("compute_instance", map[string]any{"name": "odd", "image_name": "debian-12",
			"block_device": []any{map[string]any{"source_type": "blank", "volume_size": 2.5}}}),
			"block_device[0].volume_size", "block_device[0].volume_size: it is to be a whole number, and is 2.5."},
		{resource("networking_network", segment(5.5)), "segments.segmentation_id",
			"segments.segmentation_id: it is to be a whole number, and is 5.5."},
		{data("compute_flavor", map[string]any{"vcpus": 0.5}), "vcpus", "vcpus: it is to be a whole number, and is 0.5."},
		{func() []protocol.Diagnostic {
			return protocol.New(t, acctest.Factories["novasphere"]).Configure(vc.Settings(map[string]any{"api_timeout": 1.5}))
		}, "api_timeout", "api_timeout: it is to be a whole number, and is 1.5."},
	} {
		said := c.said()
		if len(said) != 1 || said[0].Attribute != c.at || !strings.HasSuffix(said[0].Text, c.says) ||
			strings.Contains(said[0].Text, "provider developer") {
			t.Errorf("at %s: %v", c.at, said)
		}
	}
}

// TestFlavorNamedTwice names a flavor by an id and a name of different flavors: the plan fails, and names both.
func TestFlavorNamedTwice(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	small := p.Bring("novasphere_compute_flavor", map[string]any{"name": "g1.small", "vcpus": 1, "ram": 1024, "disk": 10},
		p.None("novasphere_compute_flavor"))
	plan := func(id, name string) []protocol.Diagnostic {
		return p.Plan("novasphere_compute_instance", map[string]any{"name": "web", "flavor_id": id, "flavor_name": name,
			"image_name": "debian-12"}, p.None("novasphere_compute_instance")).Diagnostics
	}
	for says, said := range map[string][]protocol.Diagnostic{
		`no flavor in the catalogue has the id "x", and the one called "g1.small" has the id "` + small.Text("id") +
			`": write only one`: plan("x", "g1.small"),
		`the flavor with the id "` + small.Text("id") +
			`" is called "g1.small", not "other": write only one`: plan(small.Text("id"), "other"),
	} {
		if len(said) != 1 || !said[0].Failed() || said[0].Attribute != "flavor_id" || !strings.Contains(said[0].Text, says) {
			t.Errorf("%q is not in %v", says, said)
		}
	}
	if said := plan(small.Text("id"), "g1.small"); len(said) != 0 {
		t.Errorf("both of one flavor: %v", said)
	}
}
