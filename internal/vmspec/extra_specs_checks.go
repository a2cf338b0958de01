// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Meant refuses extra specs that Nova's driver ignores silently although they cannot mean anything, such as a negative reservation, which
// it reads as none. An error is at the extra spec. Only flavors written here are checked; those of an OpenStack cloud keep their meaning
// there.
func Meant(f openstack.Flavor) error {
	for _, key := range slices.Sorted(maps.Keys(f.ExtraSpecs)) {
		n, err := strconv.ParseInt(f.ExtraSpecs[key], 10, 64)
		least, held := leastOf(key)
		if err == nil && held && n < least {
			return wrongSpec(key, "%d is below %d, the least that can be meant: leave it out for none", n, least)
		}
	}
	return nil
}

// leastOf returns the lowest number that an allocation's extra spec accepts.
func leastOf(key string) (least int64, held bool) {
	switch {
	case strings.HasPrefix(key, "quota:") && strings.HasSuffix(key, "_limit"):
		return -1, true // -1 is no limit
	case strings.HasPrefix(key, "quota:") && (strings.HasSuffix(key, "_reservation") || strings.HasSuffix(key, "_shares_share")):
		return 0, true
	}
	return 0, false
}

// Unkept returns the preferred topologies that do not divide a flavor's vcpus, one sentence each. They are preferences, as in Nova, and
// so not refused.
func Unkept(f openstack.Flavor) (out []string) {
	for _, word := range []string{"sockets", "cores"} {
		n, err := strconv.ParseInt(f.ExtraSpecs["hw:cpu_"+word], 10, 64)
		if err == nil && n > 0 && f.VCPUs%n != 0 {
			out = append(out, fmt.Sprintf("hw:cpu_%s: %d vcpus are no multiple of %d %s. As with Nova it is a wish that is not kept: write a "+
				"divisor, or leave it out",
				word, f.VCPUs, n, word))
		}
	}
	return out
}
