// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestRegionsInherit: what a region does not write is the provider's own, argument by argument, or the environment's; what takes another
// argument's place is the region's. Every secret is kept out of the log.
func TestRegionsInherit(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	const former = "6f6b1a1c-3f0e-5b0c-9a53-0d9a7c1e5d11"
	environment(t, map[string]string{"VSPHERE_SERVER": "env", "VSPHERE_PASSWORD": "p-env", "NOVASPHERE_PREVIOUS_INSTANCE_UUID": former})
	zone := func(name string) []any { return []any{map[string]any{"name": name, "cluster": "c"}} }
	p := New("test")
	protocol.Configured(t, func() (tfprotov6.ProviderServer, error) { return p.Server(), nil }, map[string]any{
		"user": "u", "datastore": "one", "previous_instance_uuid": former, "availability_zone": zone("z"), "network_vlan_ranges": []any{"a:1:2"},
		"nsx": map[string]any{"server": "nsx", "user": "n", "password": "p-nsx"},
		"region": []any{
			map[string]any{"name": "plain"},
			map[string]any{"name": "own", "vsphere_server": "vc", "user": "v", "password": "p-own", "datastore_regex": "x",
				"availability_zone": zone("y"), "network_vlan_ranges": []any{}, "previous_instance_uuid": former,
				"nsx": map[string]any{"server": "nsx2", "password": "p-nsx2"}},
		}})
	if len(p.opened) != 2 {
		t.Fatalf("there are %d connections", len(p.opened))
	}
	plain, own := p.opened[0].client.Config, p.opened[1].client.Config
	if plain.Server != "env" || plain.User != "u" || plain.Password != "p-env" || plain.Datastore != "one" || plain.Former != "" ||
		plain.Zones[0].Name != "z" || len(plain.VLANRanges) != 1 || p.opened[0].nsx == nil {
		t.Errorf("the region that writes nothing has %+v", plain)
	}
	if own.Server != "vc" || own.User != "v" || own.Password != "p-own" || own.Datastore != "" || own.DatastoreRegex != "x" ||
		own.Former != former || own.Zones[0].Name != "y" || len(own.VLANRanges) != 0 || p.opened[1].nsx == nil {
		t.Errorf("the region that writes everything has %+v", own)
	}
	if plain.Planned == own.Planned {
		t.Error("two regions share what is planned")
	}
	for _, secret := range []string{"p-env", "p-own", "p-nsx", "p-nsx2"} {
		if !slices.Contains(p.secrets(), secret) {
			t.Errorf("%s is not kept out of the log", secret)
		}
	}
}
