// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// writtenNetwork is a state that release 0.1 has written, when segments were blocks: a format of the id, transparent_vlan and segments.
const writtenNetwork = `{"id": %q, "name": "web", "description": null, "tags": null, "all_tags": [], "region": null, "tenant_id": null,
  "value_specs": null, "admin_state_up": true, "port_security_enabled": true, "shared": false, "external": false,
  "transparent_vlan": %v, "mtu": 9000, "dns_domain": null, "qos_policy_id": null, "availability_zone_hints": null,
  "segments": %s, "timeouts": null}`

// TestNetworkStatesOfBlocks: states of the time when segments were blocks are read as they are, and plan no change, refreshed or not.
func TestNetworkStatesOfBlocks(t *testing.T) {
	t.Parallel()
	const kind = "novasphere_networking_network"
	for name, c := range map[string]struct {
		config   args
		segments string
	}{
		"a VLAN": {args{"segments": block(args{"segmentation_id": 120})},
			`[{"network_type": null, "physical_network": null, "segmentation_id": 120}]`},
		"all of it": {args{"segments": block(args{"segmentation_id": 120, "network_type": "vlan", "physical_network": "dvs-1"})},
			`[{"network_type": "vlan", "physical_network": "dvs-1", "segmentation_id": 120}]`},
		"flat": {args{"segments": block(args{"network_type": "flat"})},
			`[{"network_type": "flat", "physical_network": null, "segmentation_id": null}]`},
		"no block": {args{"transparent_vlan": true}, `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			p := vc.Provider(t, nil)
			config := with(c.config, args{"name": "web"})
			id := p.Bring(kind, config, protocol.Object{}).Text("id")
			old, said := vc.Provider(t, nil).Upgrade(kind, 0, fmt.Appendf(nil, writtenNetwork, id, c.segments == `[]`, c.segments))
			if len(said) > 0 {
				t.Fatal(said)
			}
			p = vc.Provider(t, nil)
			if plan := p.Plan(kind, config, old); plan.Action != protocol.Nothing {
				t.Errorf("without a refresh it is planned to %s: %s, %v", plan.Action, plan.Planned, plan.Diagnostics)
			}
			now, said := p.Read(old)
			if was := old.Attributes()["segments"]; len(said) > 0 || !now.Attributes()["segments"].Equal(was) {
				t.Errorf("segments were %s and are %s, %v", was, now.Attributes()["segments"], said)
			}
			if plan := p.Plan(kind, config, now); plan.Action != protocol.Nothing {
				t.Errorf("it is planned to %s: %s, %v", plan.Action, plan.Planned, plan.Diagnostics)
			}
			if changed := p.Bring(kind, with(config, args{"description": "front"}), old); changed.Text("description") != "front" {
				t.Errorf("it is not changed: %s", changed.State)
			}
		})
	}
}
