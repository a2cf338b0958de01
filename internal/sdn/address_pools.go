// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// window is how many free addresses one is chosen from at random, as in Neutron, so that two concurrent choices seldom collide.
const window = 10

// defaultPools returns all addresses between first and last except the gateway.
func defaultPools(first, last netip.Addr, gateway string) []openstack.AddressPool {
	at, err := netip.ParseAddr(gateway)
	if err != nil || at.Less(first) || last.Less(at) {
		return []openstack.AddressPool{{Start: first.String(), End: last.String()}}
	}
	var out []openstack.AddressPool
	if first.Less(at) {
		out = append(out, openstack.AddressPool{Start: first.String(), End: at.Prev().String()})
	}
	if at.Less(last) {
		out = append(out, openstack.AddressPool{Start: at.Next().String(), End: last.String()})
	}
	return out
}

type span struct{ start, end netip.Addr }

// spans returns a subnet's pools as addresses. The pools must have been checked.
func spans(s openstack.Subnet) []span {
	out := make([]span, len(s.Pools))
	for i, p := range s.Pools {
		out[i].start, _ = netip.ParseAddr(p.Start)
		out[i].end, _ = netip.ParseAddr(p.End)
	}
	slices.SortFunc(out, func(a, b span) int { return a.start.Compare(b.start) })
	return out
}

// checkPools returns the pools sorted and in canonical form.
func checkPools(s openstack.Subnet, prefix netip.Prefix) ([]openstack.AddressPool, error) {
	first, last := hosts(prefix)
	for _, p := range s.Pools {
		start, err1 := netip.ParseAddr(p.Start)
		end, err2 := netip.ParseAddr(p.End)
		switch {
		case err1 != nil || err2 != nil:
			return nil, openstack.AttributeErrorf("allocation_pool", "%s to %s: these are not two IP addresses", p.Start, p.End)
		case start.BitLen() != first.BitLen() || start.Less(first) || end.BitLen() != first.BitLen() || last.Less(end):
			return nil, openstack.AttributeErrorf("allocation_pool", "%s to %s lies outside what the subnet %s can give out: %s to %s", p.Start,
				p.End, prefix,
				first, last)
		case end.Less(start):
			return nil, openstack.AttributeErrorf("allocation_pool", "%s to %s ends before it begins: exchange start and end", p.Start, p.End)
		}
		if gateway, err := netip.ParseAddr(s.Gateway); err == nil && !gateway.Less(start) && !end.Less(gateway) {
			return nil, openstack.AttributeErrorf("allocation_pool", "%s to %s holds the gateway, %s: an instance would get its address. Leave it "+
				"out of the pool, or set another gateway_ip or no_gateway", p.Start, p.End, gateway)
		}
	}
	sorted := spans(s)
	out := make([]openstack.AddressPool, len(sorted))
	for i, p := range sorted {
		if i > 0 && !sorted[i-1].end.Less(p.start) {
			return nil, openstack.AttributeErrorf("allocation_pool", "%s to %s overlaps %s to %s", p.start, p.end, sorted[i-1].start,
				sorted[i-1].end)
		}
		out[i] = openstack.AddressPool{Start: p.start.String(), End: p.end.String()}
	}
	return out, nil
}

// Choose returns an address of a subnet's pools that is not taken: one of the first free ones, at random. ok is false where none is left.
func Choose(s openstack.Subnet, taken func(address string) bool) (address string, ok bool) {
	var free []string
	for _, pool := range spans(s) {
		for at := pool.start; len(free) < window && at.IsValid() && !pool.end.Less(at); at = at.Next() {
			if text := at.String(); !taken(text) {
				free = append(free, text)
			}
		}
	}
	if len(free) == 0 {
		return "", false
	}
	return free[rand.IntN(len(free))], true
}

// PoolText formats a subnet's pools for people.
func PoolText(s openstack.Subnet) string {
	var out []string
	for _, p := range s.Pools {
		out = append(out, p.Start+" to "+p.End)
	}
	return strings.Join(out, ", ")
}

// In reports whether an address is on a subnet.
func In(s openstack.Subnet, address string) bool {
	prefix, err1 := netip.ParsePrefix(s.CIDR)
	at, err2 := netip.ParseAddr(address)
	return err1 == nil && err2 == nil && prefix.Contains(at)
}
