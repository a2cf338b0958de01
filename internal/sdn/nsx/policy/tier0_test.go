// SPDX-License-Identifier: MPL-2.0

package policy_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

func TestChooseTier0(t *testing.T) {
	t.Parallel()
	north := policy.Tier0{ID: "t0-a", Path: "/infra/tier-0s/t0-a", Name: "north"}
	south := policy.Tier0{ID: "t0-b", Path: "/infra/tier-0s/t0-b", Name: "south"}
	twin := policy.Tier0{ID: "t0-c", Path: "/infra/tier-0s/t0-c", Name: "north"}
	both := []policy.Tier0{north, south}
	for name, c := range map[string]struct {
		all             []policy.Tier0
		wanted, network string
		want            string // an id, or a part of the error
	}{
		"by id":                 {both, "t0-b", "", "t0-b"},
		"by path":               {both, "/infra/tier-0s/t0-a", "south", "t0-a"},
		"by name":               {both, "south", "north", "t0-b"},
		"called as the network": {both, "", "south", "t0-b"},
		"the only one":          {both[:1], "", "public", "t0-a"},
		"unknown": {both, "west", "north",
			`NSX has none called "west": write the name or id of one of "north" (t0-a), "south" (t0-b)`},
		"which of two": {both, "", "public",
			`NSX has 2, none of which is called "public": write the name or id of one of "north" (t0-a)`},
		"two of a name": {append(both, twin), "north", "",
			`2 tier-0 gateways of NSX are called "north": write the id of one of "north" (t0-a)`},
		"the id beats a name": {[]policy.Tier0{north, {ID: "north", Name: "other"}}, "north", "", "north"},
		"there is none":       {nil, "", "public", "NSX has none, or does not show it to this account"},
	} {
		got, err := policy.ChooseTier0(c.all, c.wanted, c.network)
		if got.ID != c.want && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, c.want)
		}
	}
}
