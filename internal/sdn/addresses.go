// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Complete checks a subnet and fills in the values that Neutron would: the canonical CIDR, the gateway (the first address, unless
// noGateway is set) and the pools (all addresses except network, broadcast and gateway).
func Complete(s openstack.Subnet, noGateway bool) (openstack.Subnet, error) {
	prefix, err := ParseCIDR(s.CIDR)
	if err != nil {
		return s, openstack.AttributeErrorf("cidr", "%w", err)
	}
	if err := assignable(prefix); err != nil {
		return s, openstack.AttributeErrorf("cidr", "%w", err)
	}
	s.CIDR = prefix.String()
	first, last := hosts(prefix)
	if s.Gateway == "" && !noGateway {
		s.Gateway = first.String()
	}
	if s.Gateway != "" {
		gateway, err := netip.ParseAddr(s.Gateway)
		switch {
		case err != nil:
			return s, openstack.AttributeErrorf("gateway_ip", "%q is not an IP address", s.Gateway)
		// a router's link-local address, which the network service accepts
		case gateway.Is6() && prefix.Addr().Is6() && gateway.IsLinkLocalUnicast():
		case !prefix.Contains(gateway):
			return s, openstack.AttributeErrorf("gateway_ip", "%s lies outside the subnet %s: guests could not reach it", gateway, prefix)
		case gateway.Less(first) || last.Less(gateway):
			return s, openstack.AttributeErrorf("gateway_ip", "%s is the address of the network %s itself or its broadcast address: write one of "+
				"%s to %s",
				gateway, prefix, first, last)
		}
		s.Gateway = gateway.String()
	}
	if len(s.Pools) == 0 {
		s.Pools = defaultPools(first, last, s.Gateway)
	}
	if s.Pools, err = checkPools(s, prefix); err != nil {
		return s, err
	}
	if err = checkTold(s, prefix); err != nil {
		return s, err
	}
	return s, checkModes(s, prefix)
}

// unassignable are ranges whose addresses no NIC can have, and their purposes. Neutron refuses loopback and multicast, too.
var unassignable = []struct {
	of  netip.Prefix
	why string
}{
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback addresses, which never leave a guest"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast addresses, which are of groups and not of cards"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved addresses, which guests refuse"},
	{netip.MustParsePrefix("::1/128"), "the loopback address, which never leaves a guest"},
	{netip.MustParsePrefix("::/128"), "the unspecified address"},
	{netip.MustParsePrefix("ff00::/8"), "multicast addresses, which are of groups and not of cards"},
	{netip.MustParsePrefix("fe80::/10"), "link-local addresses, which guests give themselves"},
}

// assignable refuses a range that guests cannot use.
func assignable(prefix netip.Prefix) error {
	if prefix.Bits() == 0 {
		return fmt.Errorf("%s is every address, and a subnet is a part of them: write its range, as in 10.0.0.0/24", prefix)
	}
	for _, u := range unassignable {
		if u.of.Overlaps(prefix) {
			return fmt.Errorf("%s holds %s (%s): write a range for guests, as in 10.0.0.0/24 or 2001:db8::/64", prefix, u.why, u.of)
		}
	}
	return nil
}

// ParseCIDR parses a range, which must begin with its first address.
func ParseCIDR(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil || prefix.Addr().Is4In6():
		return prefix, fmt.Errorf("%q is not a range of addresses: write it as in 10.0.0.0/24 or 2001:db8::/64", text)
	case prefix != prefix.Masked():
		return prefix, fmt.Errorf("%q has bits beyond its length: write %s", text, prefix.Masked())
	}
	return prefix, nil
}

// hosts returns the first and the last address that a host can have (neutron.ipam.utils): all except the network's own and, for IPv4, the
// broadcast address; in a point-to-point range (/31, /32, /127, /128) all.
func hosts(p netip.Prefix) (first, last netip.Addr) {
	first, last = p.Addr(), Last(p)
	if p.Addr().BitLen()-p.Bits() <= 1 {
		return first, last
	}
	if first = first.Next(); p.Addr().Is4() {
		last = last.Prev()
	}
	return first, last
}

// Last returns the last address of a range.
func Last(p netip.Prefix) netip.Addr {
	raw := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(raw) // the length is unchanged
	return last
}

// checkTold checks the name servers and routes that guests get.
func checkTold(s openstack.Subnet, prefix netip.Prefix) error {
	for _, server := range s.DNS {
		if _, err := netip.ParseAddr(server); err != nil {
			return openstack.AttributeErrorf("dns_nameservers", "%q is not an IP address", server)
		}
	}
	for _, r := range s.Routes {
		if err := cmp.Or(CheckRoute(r, prefix), CheckDefault(s, r)); err != nil {
			return openstack.AttributeErrorf("host_route", "%w", err)
		}
	}
	return nil
}

// CheckRoute refuses a route that no guest on a subnet could use.
func CheckRoute(r openstack.Route, prefix netip.Prefix) error {
	to, err := ParseCIDR(r.Destination)
	if err != nil {
		return err
	}
	hop, err := netip.ParseAddr(r.NextHop)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not an IP address", r.NextHop)
	case to.Addr().BitLen() != prefix.Addr().BitLen() || hop.BitLen() != prefix.Addr().BitLen():
		return fmt.Errorf("the route to %s by %s is of another IP version than the subnet %s", to, hop, prefix)
	case !prefix.Contains(hop):
		return fmt.Errorf("the next hop %s lies outside the subnet %s: guests could not reach it", hop, prefix)
	}
	return nil
}

// The ways in which guests can get IPv6 addresses, by Neutron's names.
const (
	SLAAC           = "slaac"
	DHCPv6Stateful  = "dhcpv6-stateful"
	DHCPv6Stateless = "dhcpv6-stateless"
)

// checkModes checks that both modes are equal where both are set, and that addresses derived from a MAC have 64 bits for it.
func checkModes(s openstack.Subnet, prefix netip.Prefix) error {
	switch {
	case s.AddressMode == "" && s.RAMode == "":
		return nil
	case prefix.Addr().Is4():
		return openstack.AttributeErrorf(cmp.Or(map[bool]string{true: "ipv6_address_mode"}[s.AddressMode != ""], "ipv6_ra_mode"),
			"%s is a subnet of IPv4",
			prefix)
	case s.AddressMode != "" && s.RAMode != "" && s.AddressMode != s.RAMode:
		return openstack.AttributeErrorf("ipv6_ra_mode", "it is %s and ipv6_address_mode is %s: they must be the same where both are written",
			s.RAMode,
			s.AddressMode)
	case FromMAC(s) && prefix.Bits() != 64:
		return openstack.AttributeErrorf("cidr", "guests make their own addresses (%s) in a subnet of 64 bits only: %s has %d",
			cmp.Or(s.AddressMode, s.RAMode), prefix, prefix.Bits())
	}
	return nil
}

// FromMAC reports whether addresses on a subnet are derived from the port's MAC, because guests form them from router advertisements.
func FromMAC(s openstack.Subnet) bool {
	mode := cmp.Or(s.AddressMode, s.RAMode)
	return mode == SLAAC || mode == DHCPv6Stateless
}

// EUI64 returns the address that a guest derives from its MAC in a range of 64 bits (RFC 4291, appendix A).
func EUI64(prefix netip.Prefix, mac [6]byte) netip.Addr {
	raw := prefix.Masked().Addr().As16()
	copy(raw[8:], []byte{mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]})
	return netip.AddrFrom16(raw)
}

// Overlap returns the first of the other subnets that shares addresses with s, or nil.
func Overlap(s openstack.Subnet, others []openstack.Subnet) *openstack.Subnet {
	prefix, err := netip.ParsePrefix(s.CIDR)
	if err != nil {
		return nil
	}
	for i, other := range others {
		if p, err := netip.ParsePrefix(other.CIDR); err == nil && (other.ID == "" || other.ID != s.ID) && p.Overlaps(prefix) {
			return &others[i]
		}
	}
	return nil
}

// CheckOverlap refuses a subnet that shares addresses with another one of its network. The error tells how to adopt that one.
func CheckOverlap(s openstack.Subnet, others []openstack.Subnet) error {
	twin := Overlap(s, others)
	if twin == nil {
		return nil
	}
	if twin.ID == "" {
		return openstack.AttributeErrorf("cidr", "%s overlaps %s, which another subnet of this configuration%s is to have on the same network: "+
			"choose another range for one of them", s.CIDR, twin.CIDR, named(twin.Name))
	}
	text := fmt.Sprintf("%s overlaps the subnet %s (%s) of the same network", s.CIDR, twin.ID, twin.CIDR)
	text += twin.Mark.Clause()
	return openstack.AttributeErrorf("cidr", "%s. Choose another range, or take that subnet over. %s", text,
		openstack.ImportHint("novasphere_networking_subnet", twin.ID))
}

// named returns a name in brackets, or "" for none.
func named(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", name)
}

// IPVersion returns 4 or 6, or 0 where the subnet's CIDR cannot be parsed.
func IPVersion(s openstack.Subnet) int64 {
	prefix, err := netip.ParsePrefix(s.CIDR)
	switch {
	case err != nil:
		return 0
	case prefix.Addr().Is4():
		return 4
	}
	return 6
}

// besideDefault returns the routes that guests get beside the default route. Where there is a gateway, a route to everything is the
// default route and is left out.
func besideDefault(s openstack.Subnet) []openstack.Route {
	if s.Gateway == "" || !slices.ContainsFunc(s.Routes, toEverything) {
		return s.Routes
	}
	return slices.DeleteFunc(slices.Clone(s.Routes), toEverything)
}

func toEverything(r openstack.Route) bool {
	to, err := netip.ParsePrefix(r.Destination)
	return err == nil && to.Bits() == 0
}

// CheckDefault refuses a route to everything by another hop than the gateway: guests would have two default routes.
func CheckDefault(s openstack.Subnet, r openstack.Route) error {
	if s.Gateway == "" || s.Gateway == r.NextHop || !toEverything(r) {
		return nil
	}
	return fmt.Errorf("the route to %s leads by %s, and the subnet %s has the gateway %s: guests have one default route. Write gateway_ip "+
		"= %q in the subnet, or no_gateway = true beside the route", r.Destination, r.NextHop, s.CIDR, s.Gateway, r.NextHop)
}

// Unresolved reports whether guests of a subnet get no name server, neither from the subnet nor from DHCP or router advertisements.
func Unresolved(s openstack.Subnet) bool { return len(s.DNS) == 0 && !LeaseOf(s, "").Asks }

// LeaseOf returns the data that a guest gets for its port's address on a subnet.
func LeaseOf(s openstack.Subnet, address string) openstack.Lease {
	lease := openstack.Lease{Subnet: s.ID, Address: address, Gateway: s.Gateway, DNS: s.DNS, Routes: besideDefault(s), Asks: s.DHCP ||
		FromMAC(s) || s.AddressMode == DHCPv6Stateful}
	if prefix, err := netip.ParsePrefix(s.CIDR); err == nil {
		lease.Address = fmt.Sprintf("%s/%d", address, prefix.Bits())
		if prefix.Addr().Is6() {
			lease.Mode = cmp.Or(s.AddressMode, s.RAMode)
		}
	}
	return lease
}

// NormalPrefix parses a remote prefix as Neutron does: an address stands for itself, and bits beyond the length are dropped.
func NormalPrefix(text string) (netip.Prefix, error) {
	if at, err := netip.ParseAddr(text); err == nil && at.Zone() == "" {
		return netip.PrefixFrom(at, at.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4In6() {
		return prefix, fmt.Errorf("%q is not a range of addresses: write it as in 10.0.0.0/24 or 2001:db8::/64", text)
	}
	return prefix.Masked(), nil
}
