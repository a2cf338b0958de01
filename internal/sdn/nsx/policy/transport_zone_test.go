// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestChooseZone(t *testing.T) {
	t.Parallel()
	second := policy.TransportZone{ID: "tz-2", Path: "/zones/transport-zones/tz-2", Name: "overlay", Type: "OVERLAY_ENS"}
	plain := []policy.TransportZone{{ID: "1", Name: "one", Type: "OVERLAY_BACKED"}, {ID: "2", Name: "two", Type: "OVERLAY_STANDARD"}}
	for name, c := range map[string]struct {
		zones   []policy.TransportZone
		wanted  string
		overlay bool
		want    string // an id, or a part of the error
	}{
		"the only one":            {zones, "", false, "tz-v"},
		"the default":             {append(zones, second), "", true, "tz-o"},
		"by id":                   {append(zones, second), "tz-2", true, "tz-2"},
		"by path":                 {zones, "/zones/transport-zones/tz-v", false, "tz-v"},
		"by name":                 {zones, "vlan", false, "tz-v"},
		"two of a name":           {append(zones, second), "overlay", true, `2 overlay transport zones of NSX are called "overlay"`},
		"none is the default":     {plain, "", true, `none of them is the default: write the name of one of "one" (1), "two" (2)`},
		"of the other type":       {zones, "vlan", true, `"vlan" of NSX is not of the type overlay`},
		"unknown":                 {zones, "nowhere", false, `no VLAN transport zone "nowhere"`},
		"there is none":           {zones[:1], "", false, "NSX has no VLAN transport zone"},
		"unknown and none exists": {nil, "nowhere", true, "(there is none)"},
	} {
		got, err := policy.ChooseZone(c.zones, c.wanted, c.overlay)
		if got.ID != c.want && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := policy.ChooseZone(zones, "nowhere", false); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("an unknown zone is %v", err)
	}
}
