// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// arguments are the names of the arguments of a floating IP, or of a forwarding, that name the port and its address.
type arguments struct{ port, address string }

var (
	ofFloatingIP = arguments{"port_id", "fixed_ip"}
	ofForwarding = arguments{"internal_port_id", "internal_ip_address"}
)

// portOf finds the port that something is to lead to.
func (b *Backend) portOf(ctx context.Context, id string, names arguments) (openstack.Port, error) {
	p, err := b.FindPort(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		err = openstack.AttributeErrorf(names.port, "there is no port with the id %q: write the id of a novasphere_networking_port, or "+
			"network[0].port of an instance", id)
	}
	return p, err
}

// addressOf returns the address of a port that something leads to: the written one, or the only IPv4 address, as in Neutron.
func addressOf(p openstack.Port, written string, names arguments) (openstack.FixedIP, error) {
	var has []openstack.FixedIP
	var list []string
	for _, ip := range p.FixedIPs {
		if at, err := netip.ParseAddr(ip.Address); err == nil && at.Is4() {
			has, list = append(has, ip), append(list, ip.Address)
		}
	}
	at := slices.Index(list, written)
	switch {
	case at >= 0:
		return has[at], nil
	case len(has) == 0:
		return openstack.FixedIP{}, openstack.AttributeErrorf(names.port, "the port %s has no IPv4 address, and no other can be translated to: "+
			"give it one (fixed_ip), or name another port", p.ID)
	case written != "":
		return openstack.FixedIP{}, openstack.AttributeErrorf(names.address, "the port %s does not have the address %s: it has %s. Write one of "+
			"these, or leave it out where the port has only one", p.ID, written, strings.Join(list, ", "))
	case len(has) > 1:
		return openstack.FixedIP{}, openstack.AttributeErrorf(names.address, "the port %s has several addresses, %s: write the one that is meant",
			p.ID, strings.Join(list, ", "))
	}
	return has[0], nil
}

// way is what a way from an external network to an address of a port begins and ends with.
type way struct {
	network string // the external one
	port    openstack.Port
	ip      openstack.FixedIP
	names   arguments
}

// router returns the id of the router that leads there, as far as records are known: one that has an interface on the address's subnet
// and is on the external network. Where there are several it is the one that has the subnet's gateway address. Without one the error is
// an unready.
func (b *Backend) router(ctx context.Context, w way) (string, error) {
	interfaces, err := b.RouterInterfaces(ctx, w.port.NetworkID)
	if err != nil {
		return "", err
	}
	routers, err := b.Routers(ctx)
	if err != nil {
		return "", err
	}
	var found openstack.RouterInterface
	var besides []openstack.Router
	for _, i := range interfaces {
		at := slices.IndexFunc(routers, func(r openstack.Router) bool { return r.ID == i.RouterID })
		switch {
		case at < 0 || !slices.Contains(i.Subnets(), w.ip.SubnetID):
		case routers[at].ExternalNetworkID != w.network:
			besides = append(besides, routers[at])
		case found.ID == "" || i.PortID == "":
			found = i
		}
	}
	if found.ID == "" {
		return "", unready{b.unreached(ctx, w, besides)}
	}
	at := slices.IndexFunc(routers, func(r openstack.Router) bool { return r.ID == found.RouterID })
	return found.RouterID, b.atHome(routers[at])
}

// unreached says why no router leads to an address, and what to do.
func (b *Backend) unreached(ctx context.Context, w way, besides []openstack.Router) error {
	network := w.network
	if n, err := b.place.Network(ctx, network, ""); err == nil {
		network = fmt.Sprintf("%s (%s)", n.Name, n.ID)
	}
	on, err := b.place.Network(ctx, w.port.NetworkID, "")
	if err == nil && b.Gateways != nil && on.Kind != openstack.NetworkSegment {
		return openstack.AttributeErrorf(w.names.port, "the port %s is on the network %s of a distributed switch, and the provider's "+
			"routers are "+
			"tier-1 gateways of NSX, which reach segments only: name a port of a network on NSX (network_type = \"geneve\")", w.port.ID, on.Name)
	}
	if len(besides) > 0 {
		r, is := besides[0], "has no external network"
		if r.ExternalNetworkID != "" {
			is = "is on the external network " + r.ExternalNetworkID
		}
		return openstack.AttributeErrorf(w.names.port, "no router leads from %s to %s of the port %s: the router %q (%s) of the subnet %s %s. "+
			"Write external_network_id = %q there, or take an address of its "+
			"network", network, w.ip.Address, w.port.ID, r.Name, r.ID, w.ip.SubnetID, is,
			w.network)
	}
	return openstack.AttributeErrorf(w.names.port, "no router leads from %s to %s of the port %s: the subnet %s has no router. Make a "+
		"novasphere_networking_router_interface on it, of a router with external_network_id = %q; where this configuration has one, let this "+
		"depend on it (depends_on)", network, w.ip.Address, w.port.ID, w.ip.SubnetID, w.network)
}

// foreseen refuses a way that no router leads, as far as a plan can know.
func (b *Backend) foreseen(ctx context.Context, w way) error {
	return b.whenPlanned(ctx, func() error {
		_, err := b.router(ctx, w)
		if !errors.As(err, new(unready)) || b.Planned().RouterInterfaces.MayCome("", w.ip.SubnetID) {
			return ignoreUnready(err)
		}
		joins, failed := b.mayJoin(ctx, w)
		if failed != nil || joins {
			return failed
		}
		return err
	})
}

// ignoreUnready returns an error that no wait helps against.
func ignoreUnready(err error) error {
	if errors.As(err, new(unready)) {
		return nil
	}
	return err
}

// mayJoin reports whether a router that has an interface on a way's subnet may get the external network by the same apply.
func (b *Backend) mayJoin(ctx context.Context, w way) (bool, error) {
	interfaces, err := b.RouterInterfaces(ctx, w.port.NetworkID)
	if err != nil {
		return false, err
	}
	routers, err := b.Routers(ctx)
	for _, i := range interfaces {
		at := slices.IndexFunc(routers, func(r openstack.Router) bool { return r.ID == i.RouterID })
		if at < 0 || !slices.Contains(i.Subnets(), w.ip.SubnetID) {
			continue
		}
		planned := b.Planned().Routers.At(i.RouterID)
		if len(planned) > 0 && planned[len(planned)-1].ExternalNetworkID == w.network {
			return true, err
		}
		stays := b.Planned().Routers.Overlay(ctx, openstack.Router{ID: "none of them"}, routers[at:at+1])
		if len(planned)+len(stays) == 0 { // its plan is yet to come
			return true, err
		}
	}
	return false, err
}

// portToBe returns a port with the addresses that it is planned to have. known is false where they are chosen by the apply.
func (b *Backend) portToBe(ctx context.Context, p openstack.Port) (now openstack.Port, known bool, err error) {
	all := b.Planned().Ports.All()
	at := slices.IndexFunc(all, func(o openstack.Port) bool { return o.ID == p.ID && o.NetworkID == p.NetworkID })
	if at < 0 || sameAddresses(all[at].FixedIPs, p.FixedIPs) {
		return p, true, nil
	}
	subnets, err := b.Subnets(ctx, p.NetworkID)
	p.FixedIPs = nil
	for _, ip := range all[at].FixedIPs {
		in := slices.IndexFunc(subnets, func(s openstack.Subnet) bool { return sdn.In(s, ip.Address) })
		if in < 0 {
			return p, false, err
		}
		p.FixedIPs = append(p.FixedIPs, openstack.FixedIP{SubnetID: subnets[in].ID, Address: ip.Address})
	}
	return p, true, err
}

func sameAddresses(a, b []openstack.FixedIP) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(ip openstack.FixedIP) bool {
		return !slices.ContainsFunc(b, func(o openstack.FixedIP) bool { return o.Address == ip.Address })
	})
}

// there reports whether a port exists and has an address.
func (b *Backend) there(ctx context.Context, port, address string) (bool, error) {
	p, err := b.FindPort(ctx, port)
	if errors.Is(err, openstack.ErrNotFound) {
		return false, nil
	}
	return slices.ContainsFunc(p.FixedIPs, func(ip openstack.FixedIP) bool { return ip.Address == address }), err
}
