// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"net/netip"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// CheckRouterRoute refuses a static route that no router can have. Its texts may be other than the canonical ones, as in Neutron.
func CheckRouterRoute(r openstack.Route) error {
	to, err := ParseCIDR(r.Destination)
	if err != nil {
		return openstack.AttributeErrorf("destination_cidr", "%w", err)
	}
	hop, err := netip.ParseAddr(r.NextHop)
	switch {
	case err != nil || hop.Zone() != "" || hop.Is4In6():
		return openstack.AttributeErrorf("next_hop", "%q is not an IP address", r.NextHop)
	case hop.BitLen() != to.Addr().BitLen():
		return openstack.AttributeErrorf("next_hop", "%s is of another IP version than the destination %s", r.NextHop, r.Destination)
	case hop.IsUnspecified() || hop.IsMulticast() || hop.IsLoopback():
		return openstack.AttributeErrorf("next_hop", "%s is no neighbour's address: write one of a subnet that the router is on", r.NextHop)
	}
	return nil
}

// SameRoute reports whether two routes lead to one destination by one neighbour, however they are written.
func SameRoute(a, b openstack.Route) bool {
	return normalRange(a.Destination) == normalRange(b.Destination) && NormalAddress(a.NextHop) == NormalAddress(b.NextHop)
}

// NormalAddress returns an address in its canonical text; other texts are returned unchanged.
func NormalAddress(text string) string {
	if at, err := netip.ParseAddr(text); err == nil {
		return at.String()
	}
	return text
}

func normalRange(text string) string {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.String()
	}
	return text
}
