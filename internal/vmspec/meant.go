package vmspec

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Meant refuses extra specs that Nova's driver passes over without a word, because they can mean nothing: a negative reservation, which it
// takes for none, and a preferred topology that the vcpus cannot be split into, which it drops. An error sits at the extra spec. It is asked
// of flavors that are written here; those of an OpenStack cloud mean there what they mean.
func Meant(f openstack.Flavor) error {
	for _, key := range slices.Sorted(maps.Keys(f.ExtraSpecs)) {
		n, err := strconv.ParseInt(f.ExtraSpecs[key], 10, 64)
		if err != nil {
			continue
		}
		least, held := leastOf(key)
		if held && n < least {
			return wrongSpec(key, "%d is below %d, the least that can be meant: leave it out for none", n, least)
		}
	}
	return meantTopology(f)
}

// leastOf is the least number that an allocation's or a topology's extra spec can have.
func leastOf(key string) (least int64, held bool) {
	switch {
	case strings.HasPrefix(key, "quota:") && strings.HasSuffix(key, "_limit"):
		return -1, true // -1 is no limit
	case strings.HasPrefix(key, "quota:") && (strings.HasSuffix(key, "_reservation") || strings.HasSuffix(key, "_shares_share")):
		return 0, true
	case strings.HasPrefix(key, "hw:cpu_") && slices.Contains([]string{"sockets", "cores", "threads"}, key[strings.LastIndexByte(key, '_')+1:]):
		return 1, true
	}
	return 0, false
}

// meantTopology refuses sockets and cores that do not divide the vcpus.
func meantTopology(f openstack.Flavor) error {
	for _, word := range []string{"sockets", "cores"} {
		n, err := strconv.ParseInt(f.ExtraSpecs["hw:cpu_"+word], 10, 64)
		if err == nil && n > 0 && f.VCPUs%n != 0 {
			return wrongSpec("hw:cpu_"+word, "%d vcpus are no multiple of %d %s: write a divisor of %d, or leave it out",
				f.VCPUs, n, word, f.VCPUs)
		}
	}
	return nil
}
