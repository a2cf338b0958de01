// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"cmp"
	"hash/fnv"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// cutWindow is how many free prefixes one is chosen from, so that two processes seldom choose the same, and a pool stays dense.
const cutWindow = 64

// compact returns the same addresses in the fewest prefixes, in order.
func compact(all []netip.Prefix) (out []netip.Prefix) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	for _, p := range all {
		if n := len(out); n > 0 && out[n-1].Overlaps(p) { // it lies inside: it begins later, or is longer
			continue
		}
		out = append(out, p)
		for n := len(out); n > 1; n = len(out) {
			pair := netip.PrefixFrom(out[n-2].Addr(), out[n-2].Bits()-1).Masked()
			if out[n-2].Bits() != out[n-1].Bits() || !pair.Contains(out[n-1].Addr()) {
				break
			}
			out = append(out[:n-2], pair)
		}
	}
	return out
}

// covers reports whether a prefix lies inside one of the others.
func covers(all []netip.Prefix, p netip.Prefix) bool {
	return slices.ContainsFunc(all, func(one netip.Prefix) bool { return one.Bits() <= p.Bits() && one.Contains(p.Addr()) })
}

// parsed returns the prefixes of texts, and leaves out those that are none.
func parsed(texts []string) (out []netip.Prefix) {
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func prefixTexts(all []netip.Prefix) []string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.String()
	}
	return out
}

// NormalPrefixes parses ranges and addresses, and returns them as CIDRs: sorted, and each once.
func NormalPrefixes(texts []string) (out []string, err error) {
	var all []netip.Prefix
	for _, text := range texts {
		p, err := NormalPrefix(text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return prefixTexts(slices.Compact(all)), nil
}

// Merged returns the same addresses in the fewest CIDRs, in order.
func Merged(texts []string) []string { return prefixTexts(compact(parsed(texts))) }

// freePrefixes returns the first free prefixes of a length that lie in the ranges, at most as many as most.
func freePrefixes(ranges, taken []netip.Prefix, length, most int) (out []netip.Prefix) {
	for _, r := range ranges {
		if r.Bits() > length {
			continue
		}
		for at := netip.PrefixFrom(r.Addr(), length); len(out) < most && r.Contains(at.Addr()); {
			last := Last(at)
			if i := slices.IndexFunc(taken, at.Overlaps); i < 0 {
				out = append(out, at)
			} else if end := Last(taken[i]); last.Less(end) {
				last = end
			}
			at = netip.PrefixFrom(last.Next(), length) // the address after the last one of all is invalid, and in no range
		}
	}
	return out
}

// Cut chooses a free prefix of a length from a pool that has the given subnets. The subnet's id and the attempt decide which of the first
// free ones. ok is false where none is left.
func Cut(p openstack.SubnetPool, subnets []openstack.Subnet, length int64, id string, attempt int) (cidr string, ok bool) {
	var taken []netip.Prefix
	for _, s := range subnets {
		taken = append(taken, parsed([]string{s.CIDR})...)
	}
	free := freePrefixes(parsed(p.Prefixes), compact(taken), int(length), cutWindow)
	if len(free) == 0 {
		return "", false
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(id + strconv.Itoa(attempt)))
	return free[sum.Sum32()%uint32(len(free))].String(), true
}

// quotaUnits returns what a prefix counts against a pool's quota, as Neutron counts: IPv4 addresses, or IPv6 networks of 64 bits.
func quotaUnits(version, length int64) float64 {
	if version == 4 {
		return math.Exp2(float64(32 - length))
	}
	return math.Exp2(float64(64 - length))
}
