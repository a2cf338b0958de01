// SPDX-License-Identifier: MPL-2.0

// Package intent gathers what a gateway has to do for a router, in one value.
package intent

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
)

// Records is what a network backend has recorded.
type Records interface {
	Router(ctx context.Context, id string) (openstack.Router, error)
	RouterInterfaces(ctx context.Context, network string) ([]openstack.RouterInterface, error)
	Subnets(ctx context.Context, network string) ([]openstack.Subnet, error)
	FloatingIPs(ctx context.Context, network string) ([]openstack.FloatingIP, error)
	Forwardings(ctx context.Context, floatingIP string) ([]openstack.Forwarding, error)
}

// Networks finds networks.
type Networks interface {
	Networks(ctx context.Context) ([]openstack.Network, error)
	Network(ctx context.Context, id, name string) (openstack.Network, error)
}

// Of gathers what the gateway has to do for a router: its place on its networks, and the floating IPs, forwardings and rules of groups
// behind it, in an order that does not depend on when they were made.
func Of(ctx context.Context, all Records, networks Networks, policy *traffic.Policy, router string) (out openstack.GatewayIntent,
	err error) {
	if out.Router, err = all.Router(ctx, router); err != nil {
		return out, err
	}
	out.Router.Routes = slices.SortedFunc(slices.Values(out.Router.Routes), func(a, b openstack.Route) int {
		return cmp.Or(byAddress(a.Destination, b.Destination), byAddress(a.NextHop, b.NextHop))
	})
	g := gathering{all: all, networks: networks, policy: policy, intent: &out}
	for _, gather := range []func(context.Context) error{g.wires, g.uplink, g.interfaces, g.ports, g.floatingIPs} {
		if err := gather(ctx); err != nil {
			return out, err
		}
	}
	out.Rules, err = policy.GatewayRules(out.Ports)
	return out, err
}

// gathering is an intent in the making.
type gathering struct {
	all      Records
	networks Networks
	policy   *traffic.Policy
	intent   *openstack.GatewayIntent
	nets     map[string]openstack.Network // by id
	subnets  map[string]openstack.Subnet  // by id
	foreign  map[string]bool              // ids of the ports that routers have
}

// wires reads networks and subnets.
func (g *gathering) wires(ctx context.Context) error {
	networks, err := g.networks.Networks(ctx)
	if err != nil {
		return err
	}
	subnets, err := g.all.Subnets(ctx, "")
	g.nets, g.subnets = map[string]openstack.Network{}, map[string]openstack.Subnet{}
	for _, n := range networks {
		g.nets[n.ID] = n
	}
	for _, s := range subnets {
		g.subnets[s.ID] = s
	}
	return err
}

// wire returns where a network lies. One that was made since this process listed them is looked up by itself.
func (g *gathering) wire(ctx context.Context, network string) (openstack.GatewayWire, error) {
	n, known := g.nets[network]
	if !known {
		var err error
		if n, err = g.networks.Network(ctx, network, ""); err != nil {
			return openstack.GatewayWire{}, err
		}
		g.nets[network] = n
	}
	return openstack.GatewayWire{NetworkID: network, NetworkName: n.Name, PhysicalNetwork: cmp.Or(n.SwitchName, n.Zone), VLAN: n.VLAN}, nil
}

// uplink adds the router's addresses on its external network.
func (g *gathering) uplink(ctx context.Context) (err error) {
	r := g.intent.Router
	if r.ExternalNetworkID == "" {
		return nil
	}
	g.intent.External.GatewayWire, err = g.wire(ctx, r.ExternalNetworkID)
	for _, ip := range r.Addresses {
		s := g.subnets[ip.SubnetID]
		g.intent.External.Addresses = append(g.intent.External.Addresses,
			openstack.GatewayAddress{SubnetID: ip.SubnetID, Address: ip.Address, CIDR: s.CIDR, NextHop: s.Gateway})
	}
	return err
}

// interfaces adds each address of the router on a subnet of its own, and what is translated for these subnets.
func (g *gathering) interfaces(ctx context.Context) error {
	all, err := g.all.RouterInterfaces(ctx, "")
	if err != nil {
		return err
	}
	g.foreign = map[string]bool{}
	out := &g.intent.Interfaces
	for _, i := range all {
		if g.foreign[i.PortID] = i.PortID != ""; i.RouterID != g.intent.Router.ID {
			continue
		}
		at, err := g.wire(ctx, i.NetworkID)
		if err != nil {
			return err
		}
		ips := i.FixedIPs
		if len(ips) == 0 {
			ips = []openstack.FixedIP{{SubnetID: i.SubnetID, Address: g.subnets[i.SubnetID].Gateway}}
		}
		for _, ip := range ips {
			s := g.subnets[ip.SubnetID]
			*out = append(*out, openstack.GatewayInterface{GatewayWire: at, ID: i.ID, SubnetID: ip.SubnetID, SubnetName: s.Name,
				PortID: i.PortID, Address: ip.Address, CIDR: s.CIDR})
		}
	}
	slices.SortFunc(*out, func(a, b openstack.GatewayInterface) int {
		return cmp.Or(byAddress(a.Address, b.Address), cmp.Compare(a.ID, b.ID))
	})
	g.translate()
	return nil
}

// translate adds the translation of what leaves from the router's subnets. As in Neutron that is IPv4 alone, to the first address.
func (g *gathering) translate() {
	r := g.intent.Router
	if r.ExternalNetworkID == "" || r.SNAT != nil && !*r.SNAT {
		return
	}
	var snat openstack.GatewaySNAT
	for _, i := range g.intent.Interfaces {
		if is4(i.CIDR) && !slices.Contains(snat.Sources, i.CIDR) {
			snat.Sources = append(snat.Sources, i.CIDR)
		}
	}
	for _, a := range r.Addresses {
		if snat.Address == "" && is4(a.Address) {
			snat.Address = a.Address
		}
	}
	if len(snat.Sources) > 0 {
		g.intent.SNAT = []openstack.GatewaySNAT{snat}
	}
}

// ports adds the ports on the router's subnets, but for those that are a router's own.
func (g *gathering) ports(context.Context) error {
	for _, p := range g.policy.Ports {
		at, behind := g.behind(p, "")
		if !behind || g.foreign[p.ID] {
			continue
		}
		groups, err := g.policy.GroupsOf(p)
		if err != nil {
			return err
		}
		out := openstack.GatewayPort{GatewayWire: at, ID: p.ID, Name: p.Name, MAC: p.MAC, Down: p.Down,
			Filtered: p.Down || len(groups) > 0, Addresses: g.addressesOf(p)}
		for _, group := range groups {
			out.Groups = append(out.Groups, group.ID)
		}
		slices.Sort(out.Groups)
		g.intent.Ports = append(g.intent.Ports, out)
	}
	slices.SortFunc(g.intent.Ports, func(a, b openstack.GatewayPort) int {
		return cmp.Or(byAddress(a.Addresses[0], b.Addresses[0]), cmp.Compare(a.ID, b.ID))
	})
	return nil
}

// behind returns where a port lies, if the router reaches its address, or any of its addresses where address is empty.
func (g *gathering) behind(p openstack.Port, address string) (at openstack.GatewayWire, is bool) {
	for _, ip := range p.FixedIPs {
		if i, reaches := g.by(ip.SubnetID); reaches && (address == "" || address == ip.Address) {
			return i.GatewayWire, true
		}
	}
	return at, false
}

// by returns the interface by which the router reaches a subnet.
func (g *gathering) by(subnet string) (i openstack.GatewayInterface, reaches bool) {
	at := slices.IndexFunc(g.intent.Interfaces, func(i openstack.GatewayInterface) bool { return i.SubnetID == subnet })
	if at < 0 {
		return i, false
	}
	return g.intent.Interfaces[at], true
}

// addressesOf returns a port's addresses behind the router: the fixed ones on its subnets, and then the allowed pairs. A pair that is a
// range with addresses of other ports is left out, because a gateway tells ports by addresses, and would allow those what this one may.
func (g *gathering) addressesOf(p openstack.Port) (out []string) {
	for _, ip := range p.FixedIPs {
		if _, reaches := g.by(ip.SubnetID); reaches {
			out = append(out, prefixText(ip.Address))
		}
	}
	for _, pair := range p.AllowedPairs {
		at, err := sdn.NormalPrefix(pair.Address)
		if err == nil && !slices.Contains(out, at.String()) && (at.IsSingleIP() || !g.others(p, at)) {
			out = append(out, at.String())
		}
	}
	return out
}

// others reports whether a port other than p has a fixed address in a range, or a router does.
func (g *gathering) others(p openstack.Port, in netip.Prefix) bool {
	has := func(text string) bool {
		at, err := netip.ParseAddr(text)
		return err == nil && in.Contains(at)
	}
	for _, o := range g.policy.Ports {
		if o.ID != p.ID && slices.ContainsFunc(o.FixedIPs, func(ip openstack.FixedIP) bool {
			_, reaches := g.by(ip.SubnetID)
			return reaches && has(ip.Address)
		}) {
			return true
		}
	}
	return slices.ContainsFunc(g.intent.Interfaces, func(i openstack.GatewayInterface) bool { return has(i.Address) })
}

// floatingIPs adds the floating IPs of the router and their forwardings, as far as the ports that they lead to are there.
func (g *gathering) floatingIPs(ctx context.Context) error {
	r := g.intent.Router
	if r.ExternalNetworkID == "" {
		return nil
	}
	floating, err := g.all.FloatingIPs(ctx, r.ExternalNetworkID)
	for _, f := range floating {
		if err != nil {
			return err
		}
		if f.RouterID != r.ID {
			continue
		}
		if at, leads := g.behind(g.policy.Ports[f.PortID], cmp.Or(f.FixedIP, nowhere)); leads {
			g.intent.FloatingIPs = append(g.intent.FloatingIPs, openstack.GatewayFloatingIP{GatewayWire: at, ID: f.ID, Address: f.Address,
				FixedIP: f.FixedIP, PortID: f.PortID, Description: f.Description})
		}
		if f.PortID == "" {
			err = g.forwardings(ctx, f)
		}
	}
	slices.SortFunc(g.intent.FloatingIPs, func(a, b openstack.GatewayFloatingIP) int { return byAddress(a.Address, b.Address) })
	slices.SortFunc(g.intent.Forwardings, func(a, b openstack.GatewayForwarding) int {
		return cmp.Or(byAddress(a.Address, b.Address), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.External, b.External))
	})
	return err
}

// forwardings adds those of a floating IP. One that leads to a port has none.
func (g *gathering) forwardings(ctx context.Context, f openstack.FloatingIP) error {
	all, err := g.all.Forwardings(ctx, f.ID)
	for _, w := range all {
		if at, leads := g.behind(g.policy.Ports[w.PortID], cmp.Or(w.Address, nowhere)); leads {
			g.intent.Forwardings = append(g.intent.Forwardings, openstack.GatewayForwarding{GatewayWire: at, ID: w.ID, FloatingIPID: f.ID,
				Address: f.Address, Protocol: w.Protocol, External: w.External, FixedIP: w.Address, Internal: w.Internal, PortID: w.PortID,
				Description: w.Description})
		}
	}
	return err
}

// nowhere stands for the address that a floating IP does not lead to.
const nowhere = "nowhere"

// prefixText returns an address as a CIDR.
func prefixText(address string) string {
	at, err := sdn.NormalPrefix(address)
	if err != nil {
		return address
	}
	return at.String()
}

// is4 reports whether an address or a CIDR is of IPv4.
func is4(text string) bool {
	at, err := sdn.NormalPrefix(text)
	return err == nil && at.Addr().Is4()
}

// byAddress compares addresses or CIDRs: IPv4 before IPv6, then by number.
func byAddress(a, b string) int {
	one, err1 := sdn.NormalPrefix(a)
	two, err2 := sdn.NormalPrefix(b)
	if err1 != nil || err2 != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Or(one.Addr().Compare(two.Addr()), cmp.Compare(one.Bits(), two.Bits()))
}
