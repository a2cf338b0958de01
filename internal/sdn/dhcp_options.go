// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Nobody here serves DHCP. A guest with a static address is told by its network configuration what some options would have told it.

// dhcpOption is an option that a guest can be told without DHCP.
type dhcpOption struct {
	names []string // as dnsmasq and RFC 2132 call it, and its numbers for IPv4 and IPv6
	check func(value string) error
	tell  func(nic *openstack.NIC, leases []*openstack.Lease, value string)
}

var dhcpOptions = []dhcpOption{
	{[]string{"mtu", "interface-mtu", "26"}, checkMTU, func(nic *openstack.NIC, _ []*openstack.Lease, value string) {
		nic.MTU, _ = strconv.ParseInt(value, 10, 64)
	}},
	{[]string{"dns-server", "domain-name-servers", "6", "23"}, checkAddresses, func(_ *openstack.NIC, leases []*openstack.Lease,
		value string) {
		for _, l := range leases {
			l.DNS = fields(value)
		}
	}},
	{[]string{"router", "3"}, checkAddresses, func(_ *openstack.NIC, leases []*openstack.Lease, value string) {
		for _, l := range leases {
			l.Gateway = fields(value)[0]
		}
	}},
	{[]string{"domain-name", "domain-search", "15", "119", "24"}, checkDomain, func(nic *openstack.NIC, _ []*openstack.Lease, value string) {
		nic.DNSDomain = fields(value)[0]
	}},
	{[]string{"classless-static-route", "121"}, checkRoutes, func(_ *openstack.NIC, leases []*openstack.Lease, value string) {
		routes, _ := routesOf(value)
		for _, l := range leases {
			l.Routes = append(slices.Clone(l.Routes), routes...)
		}
	}},
}

// optionNamed finds an option by a name of Neutron's: dnsmasq's, with or without "option:", or a number.
func optionNamed(name string) (dhcpOption, bool) {
	name = strings.TrimPrefix(strings.ToLower(name), "option:")
	at := slices.IndexFunc(dhcpOptions, func(o dhcpOption) bool { return slices.Contains(o.names, name) })
	if at < 0 {
		return dhcpOption{}, false
	}
	return dhcpOptions[at], true
}

// CheckDHCPOption refuses a value that the option cannot have. told is false for an option that no guest can be told.
func CheckDHCPOption(o openstack.DHCPOption) (told bool, err error) {
	known, told := optionNamed(o.Name)
	if !told {
		return false, nil
	}
	err = known.check(o.Value)
	if err == nil && slices.Contains(known.names, "router") {
		err = checkFamily(o)
	}
	if err != nil {
		return true, fmt.Errorf("the value of the option %s: %w", o.Name, err)
	}
	return true, nil
}

// TellOptions has a NIC's guest told the DHCP options of its port, as far as its addresses are static.
func TellOptions(nic *openstack.NIC, options []openstack.DHCPOption) {
	for _, o := range options {
		known, told := optionNamed(o.Name)
		if _, err := CheckDHCPOption(o); !told || err != nil {
			continue
		}
		var leases []*openstack.Lease
		for i := range nic.Guest {
			l := &nic.Guest[i]
			if six := strings.Contains(l.Address, ":"); !l.Asks && six == (o.Version == 6) {
				leases = append(leases, l)
			}
		}
		if len(leases) > 0 {
			known.tell(nic, leases, o.Value)
		}
	}
}

func checkMTU(value string) error {
	if n, err := strconv.ParseInt(value, 10, 64); err != nil || n < 68 || n > 65535 {
		return fmt.Errorf("%q is no MTU: write 68 to 65535, in bytes", value)
	}
	return nil
}

func checkAddresses(value string) error {
	if len(fields(value)) == 0 {
		return fmt.Errorf("it is empty: write addresses, with commas between them")
	}
	for _, one := range fields(value) {
		if _, err := netip.ParseAddr(one); err != nil {
			return fmt.Errorf("%q is not an IP address", one)
		}
	}
	return nil
}

// checkFamily refuses routers of another IP version than the option's.
func checkFamily(o openstack.DHCPOption) error {
	for _, one := range fields(o.Value) {
		if at, err := netip.ParseAddr(one); err == nil && at.Is6() != (o.Version == 6) {
			return fmt.Errorf("%s is not an address of IPv%d: write ip_version = %d beside it", one, o.Version,
				map[bool]int{false: 4, true: 6}[at.Is6()])
		}
	}
	return nil
}

func checkDomain(value string) error {
	if len(fields(value)) == 0 {
		return fmt.Errorf("it is empty: write a domain")
	}
	return nil
}

func checkRoutes(value string) error {
	_, err := routesOf(value)
	return err
}

// routesOf parses destinations and next hops in turn.
func routesOf(value string) (out []openstack.Route, err error) {
	all := fields(value)
	if len(all) == 0 || len(all)%2 != 0 {
		return nil, fmt.Errorf("write ranges and next hops in turn, with commas between them: 10.1.0.0/16,10.0.0.1")
	}
	for i := 0; i < len(all); i += 2 {
		prefix, err := NormalPrefix(all[i])
		if err != nil {
			return nil, err
		}
		if _, err := netip.ParseAddr(all[i+1]); err != nil {
			return nil, fmt.Errorf("%q is not an IP address", all[i+1])
		}
		out = append(out, openstack.Route{Destination: prefix.String(), NextHop: all[i+1]})
	}
	return out, nil
}

// fields splits a value at commas and blanks.
func fields(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
}
