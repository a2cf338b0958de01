// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// taken is the error that another port has what is claimed.
type taken struct {
	text string
	by   openstack.Port // the port that has it; zero where the whole pool is taken
}

// Error names what is taken, and by which port.
func (t *taken) Error() string { return t.text }

// There reports whether the other port exists, and is not only planned.
func (t *taken) There() bool { return t.by.ID != "" }

// IsTaken reports whether an error is about an address or a MAC that another port has, or about a pool without free addresses.
func IsTaken(err error) bool {
	var t *taken
	return errors.As(err, &t)
}

// Claim turns a request into a port with a MAC and addresses that no other port of its network has. Addresses that the port already has
// and still requests stay. It works on its arguments alone, and may be repeated.
func Claim(w PortRequest, subnets []openstack.Subnet, ports []openstack.Port) (openstack.Port, error) {
	p := w.Port
	others := slices.DeleteFunc(slices.Clone(ports), func(o openstack.Port) bool { return o.ID == p.ID })
	var err error
	if p.MAC, err = claimMAC(p.MAC, others); err != nil {
		return p, err
	}
	wanted := w.FixedIPs
	if len(wanted) == 0 && !w.NoFixedIP {
		wanted = defaultAddresses(subnets)
	}
	takers := takersOf(others)
	p.FixedIPs = slices.Clone(wanted)
	for _, given := range []bool{true, false} { // none of the written addresses is chosen for another wish
		for i, ip := range wanted {
			if given != (ip.Address != "") {
				continue
			}
			if p.FixedIPs[i], err = claimAddress(ip, p, subnets, takers); err != nil {
				return p, openstack.AttributeErrorf(fmt.Sprintf("fixed_ip[%d]", i), "%w", err)
			}
			takers.add(p.FixedIPs[i].Address, p)
		}
	}
	return p, nil
}

// Foresee refuses what Claim is certain to refuse, as far as a plan knows the port: written addresses, on existing subnets. An address
// outside of all subnets may belong to one that does not exist yet.
func Foresee(w PortRequest, subnets []openstack.Subnet, ports []openstack.Port) error {
	p := w.Port
	p.ID = cmp.Or(p.ID, "this") // other planned ports have no id either
	ports = slices.DeleteFunc(slices.Clone(ports), func(o openstack.Port) bool { return o.ID == p.ID })
	if p.MAC != "" {
		if _, err := claimMAC(p.MAC, ports); err != nil {
			return err
		}
	}
	takers := takersOf(ports)
	for i, ip := range w.FixedIPs {
		s, err := subnetFor(ip, subnets)
		if ip.Address == "" || err != nil {
			continue
		}
		got, err := claimGiven(ip, s, p, takers)
		if err != nil {
			return openstack.AttributeErrorf(fmt.Sprintf("fixed_ip[%d]", i), "%w", err)
		}
		takers.add(got.Address, p)
	}
	return nil
}

// defaultAddresses requests one address of the network's first subnet of each IP version, as Neutron does.
func defaultAddresses(subnets []openstack.Subnet) (out []openstack.FixedIP) {
	sorted := slices.Clone(subnets)
	slices.SortFunc(sorted, func(a, b openstack.Subnet) int {
		return cmp.Or(whenMade(a).Compare(whenMade(b)), cmp.Compare(a.ID, b.ID))
	})
	for _, version := range []int64{4, 6} {
		if i := slices.IndexFunc(sorted, func(s openstack.Subnet) bool { return IPVersion(s) == version }); i >= 0 {
			out = append(out, openstack.FixedIP{SubnetID: sorted[i].ID})
		}
	}
	return out
}

// Subnets returns the subnets on which a new port gets its addresses. It leaves out an address that is on none of them.
func (w PortRequest) Subnets(subnets []openstack.Subnet) (out []openstack.Subnet) {
	wanted := w.FixedIPs
	if len(wanted) == 0 && !w.NoFixedIP {
		wanted = defaultAddresses(subnets)
	}
	for _, ip := range wanted {
		if s, err := subnetFor(ip, subnets); err == nil {
			out = append(out, s)
		}
	}
	return out
}

func whenMade(s openstack.Subnet) time.Time {
	if s.Mark == nil {
		return time.Time{}
	}
	return s.Mark.At
}

func claimAddress(ip openstack.FixedIP, p openstack.Port, subnets []openstack.Subnet, takers *takers) (openstack.FixedIP, error) {
	s, err := subnetFor(ip, subnets)
	if err != nil {
		return ip, err
	}
	if ip.SubnetID = s.ID; ip.Address != "" {
		return claimGiven(ip, s, p, takers)
	}
	if FromMAC(s) {
		return claimFromMAC(ip, s, p, takers)
	}
	address, ok := Choose(s, func(address string) bool { _, is := takers.of(address); return is })
	if !ok {
		return ip, exhausted(s, takers)
	}
	ip.Address = address
	return ip, nil
}

// subnetFor returns the subnet of a requested address.
func subnetFor(ip openstack.FixedIP, subnets []openstack.Subnet) (openstack.Subnet, error) {
	var has []string
	for _, s := range subnets {
		if ip.SubnetID != "" && s.ID == ip.SubnetID || ip.SubnetID == "" && In(s, ip.Address) {
			return s, nil
		}
		has = append(has, fmt.Sprintf("%s (%s)", s.ID, s.CIDR))
	}
	list := "it has none"
	if len(has) > 0 {
		list = "it has " + strings.Join(has, ", ")
	}
	if ip.SubnetID != "" {
		return openstack.Subnet{}, fmt.Errorf("the network has no subnet %s: %s", ip.SubnetID, list)
	}
	return openstack.Subnet{}, fmt.Errorf("no subnet of the network has the address %s: %s", ip.Address, list)
}

// claimGiven claims the requested address. As in Neutron, it may lie outside the pools.
func claimGiven(ip openstack.FixedIP, s openstack.Subnet, p openstack.Port, takers *takers) (openstack.FixedIP, error) {
	at, err := netip.ParseAddr(ip.Address)
	if err != nil {
		return ip, fmt.Errorf("%q is not an IP address", ip.Address)
	}
	prefix, err := netip.ParsePrefix(s.CIDR)
	if err != nil {
		return ip, fmt.Errorf("the subnet %s cannot be read: %w", s.ID, err)
	}
	first, last := hosts(prefix)
	switch taker, has := takers.of(at.String()); {
	case !prefix.Contains(at) || at.Less(first) || last.Less(at):
		return ip, fmt.Errorf("%s is no address that a port on the subnet %s can have: write one of %s to %s", at, prefix, first, last)
	case at.String() == s.Gateway && p.DeviceID != "" && !p.Implicit:
		return ip, fmt.Errorf("%s is the gateway of the subnet %s, which a router has: no instance can have the port %s", at, prefix, p.ID)
	case at.String() == s.Gateway && !mayBeRouters(p):
		return ip, fmt.Errorf("%s is the gateway of the subnet %s: choose another address", at, prefix)
	case has && taker.ID == p.ID:
		return ip, fmt.Errorf("%s is asked for twice", at)
	case has:
		return ip, &taken{fmt.Sprintf("%s belongs to %s", at, Describe(taker)), taker}
	}
	ip.Address = at.String()
	return ip, nil
}

// mayBeRouters reports whether a router may have the port, and with it a gateway's address, as in Neutron: one that is a resource of its
// own, and the interface of a router.
func mayBeRouters(p openstack.Port) bool {
	return !p.Implicit && p.DeviceID == "" && p.Owner != openstack.OwnerFloatingIP && p.Owner != openstack.OwnerRouterGateway
}

func claimFromMAC(ip openstack.FixedIP, s openstack.Subnet, p openstack.Port, takers *takers) (openstack.FixedIP, error) {
	prefix, err1 := netip.ParsePrefix(s.CIDR)
	mac, err2 := net.ParseMAC(p.MAC)
	if err1 != nil || err2 != nil || len(mac) != 6 {
		return ip, fmt.Errorf("no address can be made of the MAC %q on the subnet %s", p.MAC, s.CIDR)
	}
	ip.Address = EUI64(prefix, [6]byte(mac)).String()
	if taker, has := takers.of(ip.Address); has {
		return ip, &taken{fmt.Sprintf("%s, which follows from the MAC %s, belongs to %s", ip.Address, p.MAC, Describe(taker)), taker}
	}
	return ip, nil
}

// Noun names what has a port's addresses, for a list.
func Noun(p openstack.Port) string {
	switch {
	case p.Owner == openstack.OwnerFloatingIP:
		return "the floating IP " + p.ID
	case p.Owner == openstack.OwnerRouterGateway:
		return "the router " + p.ID
	case p.Name == "":
		return "the port " + p.ID
	}
	return fmt.Sprintf("the port %q (%s)", p.Name, p.ID)
}

func label(name, id string) string {
	if name == "" {
		return id
	}
	return fmt.Sprintf("%q (%s)", name, id)
}

// claimMAC checks a requested MAC, or chooses one from VMware's range for manually assigned addresses.
func claimMAC(wanted string, others []openstack.Port) (string, error) {
	takers := map[string]openstack.Port{}
	for _, o := range others {
		takers[o.MAC] = o
	}
	if wanted != "" {
		mac, err := NormalMAC(wanted)
		if err != nil {
			return wanted, openstack.AttributeErrorf("mac_address", "%w", err)
		}
		if taker, is := takers[mac]; is {
			return mac, openstack.AttributeErrorf("mac_address", "%w", &taken{fmt.Sprintf("%s belongs to %s", mac, Describe(taker)), taker})
		}
		return mac, nil
	}
	for {
		if mac := openstack.RandomMAC(); takers[mac].ID == "" {
			return mac, nil
		}
	}
}

// NormalMAC returns the MAC address of a single NIC in lower case with colons.
func NormalMAC(text string) (string, error) {
	mac, err := net.ParseMAC(text)
	switch {
	case err != nil || len(mac) != 6:
		return text, fmt.Errorf("%q is not a MAC address: write it as in 00:50:56:01:02:03", text)
	case slices.Max(mac) == 0:
		return text, fmt.Errorf("%s is no card's address: every card has one of its own, as in 00:50:56:01:02:03", mac)
	case mac[0]&1 != 0:
		return text, fmt.Errorf("%s is the address of a group, not of one card: its first byte must be even", mac)
	}
	return mac.String(), nil
}
