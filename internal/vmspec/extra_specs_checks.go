package vmspec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Meant refuses extra specs that Nova's driver passes over without a word, because they can mean nothing: a negative reservation, which it
// takes for none. An error sits at the extra spec. It is asked of flavors that are written here; those of an OpenStack cloud mean what they
// mean there.
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

// leastOf is the least number that an allocation's extra spec can have.
func leastOf(key string) (least int64, held bool) {
	switch {
	case strings.HasPrefix(key, "quota:") && strings.HasSuffix(key, "_limit"):
		return -1, true // -1 is no limit
	case strings.HasPrefix(key, "quota:") && (strings.HasSuffix(key, "_reservation") || strings.HasSuffix(key, "_shares_share")):
		return 0, true
	}
	return 0, false
}

// Unkept names the preferred topologies that a flavor's vcpus cannot have: one sentence each. Nova takes them for wishes, and so do we.
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
