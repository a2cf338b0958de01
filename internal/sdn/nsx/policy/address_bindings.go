// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// AddressBinding is a pair of addresses that a port may send from, and that spoof guard lets pass (NSX API, PortAddressBindingEntry).
type AddressBinding struct {
	IPAddress  string `json:"ip_address,omitempty"` // an address, or a CIDR without host bits
	MACAddress string `json:"mac_address,omitempty"`
}

// The most address bindings of a port (vmware-nsxlib).
const (
	maxBindings4 = 128
	maxBindings6 = 15
)

// linkLocal is the range of the addresses that guests give themselves for neighbour discovery.
var linkLocal = netip.MustParsePrefix("fe80::/64")

// bound is a binding that was parsed.
type bound struct {
	prefix netip.Prefix
	mac    string
}

// AddressBindings returns the bindings of a port with port security: its fixed addresses, the link-local address that an IPv6 guest has
// besides, without which spoof guard stops neighbour discovery, and its allowed address pairs. One that lies inside another's range is left
// out.
func AddressBindings(p openstack.Port) ([]AddressBinding, error) {
	all, err := boundOf(p)
	if err != nil {
		return nil, err
	}
	var out []AddressBinding
	count := map[bool]int{}
	for i, b := range all {
		covered := func(j int, other bound) bool {
			return j != i && other.mac == b.mac && other.prefix.Bits() <= b.prefix.Bits() && other.prefix.Contains(b.prefix.Addr()) &&
				(other.prefix != b.prefix || j < i) // of equal ones the first stays
		}
		if !anyIndexed(all, covered) {
			count[b.prefix.Addr().Is4()]++
			out = append(out, AddressBinding{prefixText(b.prefix), b.mac})
		}
	}
	if count[true] > maxBindings4 || count[false] > maxBindings6 {
		return nil, openstack.AttributeErrorf("allowed_address_pairs", "the port would have %d addresses and ranges of IPv4 and %d of IPv6 "+
			"with its own, and NSX allows %d and %d: write wider ranges, or port_security_enabled = false", count[true], count[false],
			maxBindings4, maxBindings6)
	}
	return out, nil
}

// anyIndexed reports whether a condition is true of any element.
func anyIndexed[T any](all []T, is func(int, T) bool) bool {
	for i, one := range all {
		if is(i, one) {
			return true
		}
	}
	return false
}

// boundOf returns the addresses of a port and of its allowed pairs, in the order in which they are written.
func boundOf(p openstack.Port) (out []bound, err error) {
	for _, ip := range p.FixedIPs {
		if ip.Address == "" { // it is chosen when the port is made
			continue
		}
		at, err := netip.ParseAddr(ip.Address)
		if err != nil {
			return nil, openstack.AttributeErrorf("fixed_ip", "%q is not an IP address", ip.Address)
		}
		out = append(out, bound{netip.PrefixFrom(at, at.BitLen()), p.MAC})
		if mac, err := net.ParseMAC(p.MAC); err == nil && len(mac) == 6 && at.Is6() {
			out = append(out, bound{netip.PrefixFrom(sdn.EUI64(linkLocal, [6]byte(mac)), 128), p.MAC})
		}
	}
	for _, pair := range p.AllowedPairs {
		prefix, err := sdn.NormalPrefix(pair.Address)
		if err != nil {
			return nil, openstack.AttributeErrorf("allowed_address_pairs", "%w", err)
		}
		if prefix.Addr().IsUnspecified() || prefix.Addr().IsLoopback() {
			return nil, openstack.AttributeErrorf("allowed_address_pairs", "NSX binds no port to %s: write the ranges that the guest uses, or "+
				"port_security_enabled = false for every address", prefixText(prefix))
		}
		mac := pair.MAC
		if mac == "" {
			mac = p.MAC
		}
		out = append(out, bound{prefix, strings.ToLower(mac)})
	}
	return out, nil
}

// prefixText returns a range as NSX writes it: a single address without its bits.
func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// bindings returns the address bindings of a port as it was read, in their usual spelling.
func (o Object) bindings() (out []AddressBinding) {
	for _, b := range o.objects("address_bindings") {
		ip := b.text("ip_address")
		if prefix, err := sdn.NormalPrefix(ip); err == nil {
			ip = prefixText(prefix)
		}
		out = append(out, AddressBinding{ip, strings.ToLower(b.text("mac_address"))})
	}
	return out
}

// address returns a binding's single address. It is false for a range, none, and a link-local one, which guests give themselves.
func (b AddressBinding) address() (netip.Addr, bool) {
	at, err := netip.ParseAddr(b.IPAddress)
	return at, err == nil && !at.IsLinkLocalUnicast()
}

// Shrinks reports whether a change takes address bindings away from a port. NSX may refuse that for one whose addresses are realized.
func Shrinks(o Object, want []AddressBinding) bool {
	return slices.ContainsFunc(o.bindings(), func(b AddressBinding) bool { return !slices.Contains(want, b) })
}
