// SPDX-License-Identifier: MPL-2.0

package planned_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

func uses(zone string, amounts ...int64) *planned.Usage {
	u := &planned.Usage{Zone: zone}
	copy(u.Of[:], amounts)
	return u
}

// TestUsageGrows: an instance that does not grow needs no room.
func TestUsageGrows(t *testing.T) {
	t.Parallel()
	small, large, away := uses("a", 1, 1000, 40, 0, 0), uses("a", 1, 1000, 41, 0, 0), uses("b", 1, 1000, 40, 0, 0)
	for name, one := range map[string]struct {
		change planned.UsageChange
		want   bool
	}{
		"new":       {planned.UsageChange{Wants: small}, true},
		"not known": {planned.UsageChange{}, false},
		"unchanged": {planned.UsageChange{Has: small, Wants: small}, false},
		"larger":    {planned.UsageChange{Has: small, Wants: large}, true},
		"smaller":   {planned.UsageChange{Has: large, Wants: small}, false},
		"elsewhere": {planned.UsageChange{Has: small, Wants: away}, true},
	} {
		if got := planned.New().Usage.Grows("vm", one.change); got != one.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	l := planned.New().Usage
	l.Meet("vm", *small)
	like, other := planned.UsageChange{Wants: small}, planned.UsageChange{Wants: large}
	if l.Grows("vm", like) || !l.Grows("vm", other) || !l.Grows("other", like) {
		t.Error("an instance that is replaced by its like grows, or another does not")
	}
}
