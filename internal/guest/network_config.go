// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// zeroes holds the prefix of every address by IP version (true: IPv6). A route to it is the default route.
var zeroes = map[bool]string{false: "0.0.0.0/0", true: "::/0"}

// Told returns the NICs with the leases as guests see them: each subnet's gateway and routes come once, with the first address on it, and
// each IP version has one default route. That is the route of the first NIC whose network has a gateway, or of one of the access network
// before all others. A route to every address counts as a gateway. Nova passes on all gateways, which leaves it to chance which of several
// default routes a guest takes.
func Told(nics []openstack.NIC) []openstack.NIC {
	out := slices.Clone(nics)
	for i := range out {
		out[i].Guest = oncePerSubnet(out[i].Guest)
	}
	for six := range zeroes {
		keepDefault(out, six)
	}
	return out
}

// oncePerSubnet returns leases of which only the first on each subnet has a gateway and routes.
func oncePerSubnet(leases []openstack.Lease) []openstack.Lease {
	out, told := slices.Clone(leases), map[string]bool{}
	for i := range out {
		l := &out[i]
		routes := l.Routes
		l.Routes = nil
		if l.Subnet != "" && told[l.Subnet] {
			l.Gateway = ""
			continue
		}
		told[l.Subnet] = true
		for _, r := range routes {
			if r.Destination != zeroes[isIPv6(*l)] {
				l.Routes = append(l.Routes, r)
			} else if l.Gateway == "" {
				l.Gateway = r.NextHop
			}
		}
	}
	return out
}

func isIPv6(l openstack.Lease) bool { return strings.Contains(l.Address, ":") }

// keepDefault removes all gateways of an IP version but one. Gateways of leases that the guest requests stay, because it learns them from
// the network.
func keepDefault(nics []openstack.NIC, six bool) {
	routes := func(l openstack.Lease) bool { return l.Gateway != "" && isIPv6(l) == six }
	leads := func(n openstack.NIC) bool { return slices.ContainsFunc(n.Guest, routes) }
	chosen := slices.IndexFunc(nics, func(n openstack.NIC) bool { return n.Access && leads(n) })
	if chosen < 0 {
		chosen = slices.IndexFunc(nics, leads)
	}
	for i := range nics {
		routed := i != chosen
		for j := range nics[i].Guest {
			l := &nics[i].Guest[j]
			switch {
			case !routes(*l):
			case routed && !l.Asks:
				l.Gateway = ""
			default:
				routed = true
			}
		}
	}
}

// MTU returns the MTU that a guest is told for a NIC, in bytes, or 0 where DHCP tells it, as in Nova.
func MTU(nic openstack.NIC) int64 {
	if len(nic.Guest) == 0 || slices.ContainsFunc(nic.Guest, func(l openstack.Lease) bool { return l.Asks && l.Mode == "" }) {
		return 0
	}
	return nic.MTU
}

// NetworkConfig returns the guest's NICs in cloud-init's network configuration of version 2: each is matched by its MAC and keeps the
// name that the guest gives it. A NIC without a lease uses DHCP. It is nil where no NIC has a lease: guests then use their own defaults.
func NetworkConfig(nics []openstack.NIC) map[string]any {
	if !slices.ContainsFunc(nics, func(n openstack.NIC) bool { return len(n.Guest) > 0 }) {
		return nil
	}
	ethernets := map[string]any{}
	for i, nic := range Told(nics) {
		ethernets[fmt.Sprintf("id%d", i)] = ethernet(nic)
	}
	return map[string]any{"version": 2, "ethernets": ethernets}
}

// ethernet returns the entry of one NIC, in a form that every cloud-init since 22.3.4 renders correctly for netplan, ifupdown,
// NetworkManager and sysconfig. A default route is gateway4 or gateway6, because cloud-init 22.4 turns a route to ::/0 into one to ::/64.
func ethernet(nic openstack.NIC) map[string]any {
	out := map[string]any{"match": map[string]any{"macaddress": nic.MAC}}
	var addresses []string
	routes, four, asks := []any{}, len(nic.Guest) == 0, map[bool]*openstack.Lease{}
	for i, l := range nic.Guest {
		six := isIPv6(l)
		four = four || !six
		if l.Asks {
			asks[six] = &nic.Guest[i]
			continue
		}
		addresses = append(addresses, l.Address)
		if l.Gateway != "" {
			out[map[bool]string{false: "gateway4", true: "gateway6"}[six]] = l.Gateway
		}
		for _, r := range l.Routes {
			routes = append(routes, map[string]any{"to": r.Destination, "via": r.NextHop})
		}
	}
	out["dhcp4"] = len(nic.Guest) == 0 || asks[false] != nil
	out["dhcp6"] = asks[true] != nil && (!four || !autonomous(asks[true].Mode))
	if asks[true] != nil {
		out["accept-ra"] = true
	} else if slices.ContainsFunc(addresses, func(a string) bool { return strings.Contains(a, ":") }) {
		out["accept-ra"] = false
	}
	if len(addresses) > 0 {
		out["addresses"] = addresses
	}
	if len(routes) > 0 {
		out["routes"] = routes
	}
	if mtu := MTU(nic); mtu > 0 {
		out["mtu"] = mtu
	}
	if resolver := resolver(nic, four && asks[true] != nil); len(resolver) > 0 {
		out["nameservers"] = resolver
	}
	return out
}

// autonomous reports whether guests derive their addresses from router advertisements. Beside IPv4, accept-ra alone tells them so.
// Without IPv4, version 2 has no setting for it with which ifupdown would bring the card up, so DHCPv6 is requested too; networkd and
// NetworkManager use it only where the router tells them to.
func autonomous(mode string) bool { return mode == "slaac" || mode == "dhcpv6-stateless" }

// resolver returns the DNS servers and search domains of a NIC. IPv6 servers are left to the router's advertisements where there are IPv4
// ones, because the NetworkManager profile of cloud-init 22.4 turns IPv6 off for them.
func resolver(nic openstack.NIC, announced bool) map[string]any {
	out := map[string]any{}
	servers := nameservers(nic)
	if four := slices.DeleteFunc(slices.Clone(servers), func(s string) bool { return strings.Contains(s, ":") }); announced && len(four) > 0 {
		servers = four
	}
	if len(servers) > 0 {
		out["addresses"] = servers
	}
	if domain := undotted(nic.DNSDomain); domain != "" && len(nic.Guest) > 0 {
		out["search"] = []string{domain}
	}
	return out
}

// WithNetwork returns guestinfo.metadata with a new "network" part and everything else unchanged.
func WithNetwork(value, encoding string, nics []openstack.NIC) (map[string]string, error) {
	network := NetworkConfig(nics)
	return withPart(value, encoding, "network", network, network != nil)
}

// Rewired returns guestinfo.metadata for other NICs: a NIC that has an entry keeps it, one that comes with a lease gets it, and all
// others use DHCP. It is nil where nothing would change.
func Rewired(value, encoding string, nics []openstack.NIC) (map[string]string, error) {
	told := entries(value, encoding)
	if NetworkConfig(nics) == nil && len(told) == 0 {
		return nil, nil
	}
	ethernets, static := map[string]any{}, false
	for i, nic := range nics {
		one := told[nic.MAC]
		if one == nil || len(nic.Guest) > 0 {
			delete(told, nic.MAC)
			one = ethernet(Told([]openstack.NIC{nic})[0])
			dropDefaults(one, told)
			told[nic.MAC] = one
		}
		_, addressed := one["addresses"]
		static = static || addressed || len(nic.Guest) > 0
		ethernets[fmt.Sprintf("id%d", i)] = one
	}
	return withPart(value, encoding, "network", map[string]any{"version": 2, "ethernets": ethernets}, static)
}

// entries returns the NICs in guestinfo.metadata, by MAC.
func entries(value, encoding string) map[string]map[string]any {
	var metadata struct {
		Network struct {
			Ethernets map[string]map[string]any `json:"ethernets"`
		} `json:"network"`
	}
	if raw, err := base64.StdEncoding.DecodeString(value); err == nil && encoding == "base64" {
		_ = json.Unmarshal(raw, &metadata) // unreadable metadata has no entries
	}
	told := map[string]map[string]any{}
	for _, e := range metadata.Network.Ethernets {
		if match, ok := e["match"].(map[string]any); ok {
			told[fmt.Sprint(match["macaddress"])] = e
		}
	}
	return told
}

// dropDefaults removes the default routes of a new NIC's entry where another NIC has one, or asks DHCP or a router, which may give it one.
func dropDefaults(entry map[string]any, others map[string]map[string]any) {
	for _, other := range others {
		if other["gateway4"] != nil || other["dhcp4"] == true {
			delete(entry, "gateway4")
		}
		if other["gateway6"] != nil || other["dhcp6"] == true || other["accept-ra"] == true {
			delete(entry, "gateway6")
		}
	}
}
