// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// facts are what the records say of a router, without what is on its way out.
type facts struct {
	Router      openstack.Router
	Interfaces  []openstack.RouterInterface // with their addresses
	Networks    map[string]openstack.Network
	Subnets     []openstack.Subnet // that the router is on by them
	FloatingIPs []openstack.FloatingIP
	Forwardings []forwarding
	Leaving     []string // ids of port forwardings
}

// forwarding is one with the address of its floating IP.
type forwarding struct {
	openstack.Forwarding
	From string
}

// factsOf reads what is recorded of a router. openstack.ErrNotFound: it is not there, or not NSX's to carry out.
func (g *Gateways) factsOf(ctx context.Context, router string) (f facts, err error) {
	if f.Router, err = g.records.Router(ctx, router); err != nil {
		return f, err
	}
	if f.Router.Home != vcenter.RoutersNSX {
		return f, openstack.NotFound("the router %s is not on NSX", router)
	}
	f.Router.Routes = slices.DeleteFunc(slices.Clone(f.Router.Routes), func(r openstack.Route) bool {
		return g.records.Going(r.Key(router))
	})
	for _, read := range []func(context.Context, *facts) error{g.readInterfaces, g.readFloatingIPs} {
		if err := read(ctx, &f); err != nil {
			return f, err
		}
	}
	return f, nil
}

// readInterfaces adds the interfaces of a router, with the networks and subnets that they are on. A network that NSX does not have stays
// away.
func (g *Gateways) readInterfaces(ctx context.Context, f *facts) error {
	all, err1 := g.records.RouterInterfaces(ctx, "")
	subnets, err2 := g.records.Subnets(ctx, "")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	f.Networks = map[string]openstack.Network{}
	for _, i := range all {
		if i.RouterID != f.Router.ID || g.records.Going(i.ID) {
			continue
		}
		n, err := g.nsx.Network(ctx, i.NetworkID, "")
		if errors.Is(err, openstack.ErrNotFound) { // another process may have made it since the segments were listed
			g.nsx.Relist()
			n, err = g.nsx.Network(ctx, i.NetworkID, "")
		}
		switch {
		case err == nil:
			f.Networks[n.ID] = openstack.Network{ID: n.ID, Name: n.Name, Overlay: n.Overlay, SegmentPath: n.SegmentPath}
		case !errors.Is(err, openstack.ErrNotFound):
			return err
		}
		on := i.Subnets()
		for _, s := range subnets {
			if !slices.Contains(on, s.ID) {
				continue
			}
			f.Subnets = append(f.Subnets, s)
			if i.PortID == "" {
				i.FixedIPs = []openstack.FixedIP{{SubnetID: s.ID, Address: s.Gateway}}
			}
		}
		f.Interfaces = append(f.Interfaces, i)
	}
	slices.SortFunc(f.Interfaces, func(a, b openstack.RouterInterface) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Subnets, func(a, b openstack.Subnet) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// readFloatingIPs adds the floating IPs and port forwardings by which a router leads to ports that are there.
func (g *Gateways) readFloatingIPs(ctx context.Context, f *facts) error {
	all, err := g.records.FloatingIPs(ctx, "")
	if err != nil {
		return err
	}
	for _, ip := range all {
		if ip.RouterID != f.Router.ID || ip.NetworkID != f.Router.ExternalNetworkID || g.records.Going(ip.ID) {
			continue
		}
		if ip.PortID != "" && !g.records.Going(ip.PortID) {
			f.FloatingIPs = append(f.FloatingIPs, ip)
		}
		if ip.PortID != "" {
			continue
		}
		behind, err := g.records.Forwardings(ctx, ip.ID)
		if err != nil {
			return err
		}
		for _, one := range behind {
			if g.records.Going(one.ID) || g.records.Going(one.PortID) {
				f.Leaving = append(f.Leaving, one.ID)
			} else {
				f.Forwardings = append(f.Forwardings, forwarding{one, ip.Address})
			}
		}
	}
	slices.SortFunc(f.FloatingIPs, func(a, b openstack.FloatingIP) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Forwardings, func(a, b forwarding) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// recently is how long facts are good enough for a plan, which compares each floating IP of a router by itself.
const recently = 2 * time.Second

// knownFacts are facts of a moment ago.
type knownFacts struct {
	facts  facts
	writes int64
	at     time.Time
}

// recentFacts returns the facts of a router as they were read a moment ago, unless this process has written records since.
func (g *Gateways) recentFacts(ctx context.Context, router string) (facts, error) {
	found, _ := g.plan.known.Load(router)
	if k, is := found.(knownFacts); is && k.writes == g.c.Records.Writes() && time.Since(k.at) < recently {
		return k.facts, nil
	}
	now := knownFacts{writes: g.c.Records.Writes(), at: time.Now()}
	var err error
	if now.facts, err = g.factsOf(ctx, router); err == nil {
		g.plan.known.Store(router, now)
	}
	return now.facts, err
}
