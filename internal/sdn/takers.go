// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// takers are the ports that have the addresses of a network.
type takers struct {
	by     map[string]openstack.Port // by address
	ranges []rangeTaker
}

// rangeTaker is what has a range of addresses: only what others have made in NSX does.
type rangeTaker struct {
	prefix netip.Prefix
	port   openstack.Port
}

// takersOf returns what has the addresses of ports.
func takersOf(ports []openstack.Port) *takers {
	t := &takers{by: map[string]openstack.Port{}}
	for _, o := range ports {
		for _, ip := range o.FixedIPs {
			t.add(ip.Address, o)
		}
	}
	return t
}

// add has a port have an address, or a range.
func (t *takers) add(address string, p openstack.Port) {
	if !strings.Contains(address, "/") {
		t.by[address] = p
		return
	}
	if prefix, err := netip.ParsePrefix(address); err == nil {
		t.ranges = append(t.ranges, rangeTaker{prefix, p})
	}
}

// of returns the port that has an address.
func (t *takers) of(address string) (openstack.Port, bool) {
	if p, has := t.by[address]; has || len(t.ranges) == 0 {
		return p, has
	}
	at, err := netip.ParseAddr(address)
	if i := slices.IndexFunc(t.ranges, func(r rangeTaker) bool { return err == nil && r.prefix.Contains(at) }); i >= 0 {
		return t.ranges[i].port, true
	}
	return openstack.Port{}, false
}

// Beside returns what others have on a network without the addresses that something has as well: it keeps them, though somebody else has
// taken them since.
func Beside(others []openstack.Port, had []openstack.FixedIP) []openstack.Port {
	out := slices.Clone(others)
	for i, p := range out {
		out[i].FixedIPs = slices.DeleteFunc(slices.Clone(p.FixedIPs), func(theirs openstack.FixedIP) bool {
			return slices.ContainsFunc(had, func(own openstack.FixedIP) bool { return Holds(theirs.Address, own.Address) })
		})
	}
	return out
}

// Holds reports whether an address is another one, or in a range.
func Holds(addresses, address string) bool {
	at, err1 := netip.ParseAddr(address)
	prefix, err2 := netip.ParsePrefix(addresses)
	return addresses == address || err1 == nil && err2 == nil && prefix.Contains(at)
}

// exhausted returns the error about a full pool: how many addresses there are, and which ports have them.
func exhausted(s openstack.Subnet, takers *takers) error {
	held, free, others := 0, 0, ""
	for address, p := range takers.by {
		if !inPools(s, address) {
			continue
		}
		if held++; p.DeviceID == "" {
			free++
		}
	}
	if len(takers.ranges) > 0 {
		others = ". Others are in a range that somebody else uses in NSX, by " + takers.ranges[0].port.ID
	}
	return &taken{text: fmt.Sprintf("no address is left on the subnet %s (%s): its pools (%s) have %d, and ports hold all of them, %d of "+
		"which are plugged in nowhere (data source novasphere_networking_ports lists them). Delete ports that are not needed, or widen "+
		"allocation_pool%s", label(s.Name, s.ID), s.CIDR, PoolText(s), held, free, others)}
}

func inPools(s openstack.Subnet, address string) bool {
	at, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(spans(s), func(p span) bool { return !at.Less(p.start) && !p.end.Less(at) })
}
