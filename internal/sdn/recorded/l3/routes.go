// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// CheckRoutes refuses static routes whose next hop is on no subnet of the router, as far as that can be known: not while an interface is
// planned that may be on it, and not where the hop is on an external network, which a change of the router may lead to.
func (b *Backend) CheckRoutes(ctx context.Context, router string, routes []openstack.Route) error {
	for _, r := range routes {
		if err := sdn.CheckRouterRoute(r); err != nil {
			return err
		}
	}
	if router == "" {
		return nil
	}
	if err := b.hasRouter(ctx, router); err != nil {
		return err
	}
	return b.whenPlanned(ctx, func() error {
		err := b.reachable(ctx, router, routes)
		if !errors.As(err, new(unready)) {
			return err
		}
		if out, failed := b.leadOut(ctx, routes); failed != nil || out || b.Planned().RouterInterfaces.MayCome(router, "") {
			return failed
		}
		return err
	})
}

// leadOut reports whether the next hop of one of the routes is on an external network.
func (b *Backend) leadOut(ctx context.Context, routes []openstack.Route) (bool, error) {
	subnets, err := b.Subnets(ctx, "")
	for _, s := range subnets {
		if err != nil || !slices.ContainsFunc(routes, func(r openstack.Route) bool { return sdn.In(s, r.NextHop) }) {
			continue
		}
		if n, err := b.place.Network(ctx, s.NetworkID, ""); err == nil && b.willBe(n).External {
			return true, nil
		}
	}
	return false, err
}

// RouterRoutes returns a router's static routes.
func (b *Backend) RouterRoutes(ctx context.Context, router string) ([]openstack.Route, error) {
	r, err := b.Router(ctx, router)
	return r.Routes, err
}

// ChangeRouterRoutes changes a router's static routes, and waits for the interfaces that the new ones lead by. Two to one destination by
// one neighbour are refused.
func (b *Backend) ChangeRouterRoutes(ctx context.Context, router string, change func([]openstack.Route) ([]openstack.Route, error)) (
	routes []openstack.Route, err error) {
	err = b.whenReady(ctx, func() (err error) {
		routes, err = b.changeRoutes(ctx, router, change)
		return err
	})
	return routes, err
}

// changeRoutes changes a router's static routes once. Where that fails, the network follows the record as it is then: what was taken away
// or brought for the change comes back or goes.
func (b *Backend) changeRoutes(ctx context.Context, router string, change func([]openstack.Route) ([]openstack.Route, error)) (
	[]openstack.Route, error) {
	was, err := b.Router(ctx, router)
	if err != nil {
		return nil, err
	}
	want, err := change(slices.Clone(was.Routes))
	if err != nil {
		return nil, err
	}
	if err := b.reachable(ctx, router, beside(want, was.Routes)); err != nil {
		return nil, err
	}
	left := beside(was.Routes, want)
	now, added, err := b.recordRoutes(ctx, router, left, change)
	b.stay(router, left)
	if err == nil {
		if err = b.follow(ctx, []string{router}); err == nil || len(added) == 0 {
			return now, err
		}
	}
	end := context.WithoutCancel(ctx)
	if len(added) > 0 {
		_, failed := b.changeRouter(end, router, func(r *openstack.Router) error {
			r.Routes = beside(r.Routes, added)
			return nil
		})
		if failed != nil {
			return now, errors.Join(err, failed)
		}
	}
	return nil, errors.Join(err, b.follow(end, []string{router}))
}

// recordRoutes takes away the routes that leave a router, and changes its record. The interfaces that added routes lead by are recorded in
// other VMs, so no lock covers both: it looks for them again afterwards, as the deletion of an interface looks for routes.
func (b *Backend) recordRoutes(ctx context.Context, router string, left []openstack.Route,
	change func([]openstack.Route) ([]openstack.Route, error)) (now, added []openstack.Route, err error) {
	if err := b.leave(ctx, router, left); err != nil {
		return nil, nil, err
	}
	r, err := b.changeRouter(ctx, router, func(r *openstack.Router) error {
		now, err := change(slices.Clone(r.Routes))
		if err != nil {
			return err
		}
		added, r.Routes = beside(now, r.Routes), now
		return once(router, now)
	})
	if err != nil {
		return nil, nil, err
	}
	if len(added) > 0 {
		if err = b.c.Records.Refresh(ctx); err == nil {
			err = b.reachable(ctx, router, added)
		}
	}
	return r.Routes, added, err
}

// leave takes away what the network has of a router's routes, before they leave its record.
func (b *Backend) leave(ctx context.Context, router string, routes []openstack.Route) error {
	if len(routes) == 0 {
		return nil
	}
	for _, r := range routes {
		b.going.Store(r.Key(router), true)
	}
	return b.follow(ctx, []string{router}, router)
}

// stay ends what leave began.
func (b *Backend) stay(router string, routes []openstack.Route) {
	for _, r := range routes {
		b.going.Delete(r.Key(router))
	}
}

// beside returns the routes that are not among others.
func beside(routes, others []openstack.Route) []openstack.Route {
	return slices.DeleteFunc(slices.Clone(routes), func(r openstack.Route) bool { return slices.Contains(others, r) })
}

// once refuses two routes to one destination by one neighbour.
func once(router string, routes []openstack.Route) error {
	for i, route := range routes {
		if slices.ContainsFunc(routes[:i], func(o openstack.Route) bool { return sdn.SameRoute(o, route) }) {
			return openstack.AttributeErrorf("destination_cidr", "the router %s has a route to %s by %s already. %s", router, route.Destination,
				route.NextHop, openstack.ImportHint("novasphere_networking_router_route", router+"-route-"+route.Destination+"-"+route.NextHop))
		}
	}
	return nil
}

// reachable refuses, as not ready, routes whose next hop is on no subnet of a router, and those by the router itself.
func (b *Backend) reachable(ctx context.Context, router string, routes []openstack.Route) error {
	if len(routes) == 0 {
		return nil
	}
	for _, r := range routes {
		if err := sdn.CheckRouterRoute(r); err != nil {
			return err
		}
	}
	on, own, err := b.standing(ctx, router)
	if err != nil {
		return err
	}
	var has []string
	for _, s := range on {
		has = append(has, fmt.Sprintf("%s (%s)", s.CIDR, s.ID))
	}
	list := "it is on none"
	if len(has) > 0 {
		list = "it is on " + strings.Join(has, ", ")
	}
	for _, r := range routes {
		switch {
		case slices.Contains(own, sdn.NormalAddress(r.NextHop)):
			return openstack.AttributeErrorf("next_hop", "%s is an address of the router %s itself: write that of its neighbour", r.NextHop, router)
		case !slices.ContainsFunc(on, func(s openstack.Subnet) bool { return sdn.In(s, r.NextHop) }):
			return unready{openstack.AttributeErrorf("next_hop", "%s is on no subnet of the router %s, by an interface or by its external "+
				"network: %s. Make a novasphere_networking_router_interface on its subnet, and name it in depends_on", r.NextHop, router, list)}
		}
	}
	return nil
}

// standing returns the subnets that a router is on, with those of its external network, and its own addresses.
func (b *Backend) standing(ctx context.Context, router string) (on []openstack.Subnet, own []string, err error) {
	r, err := b.Router(ctx, router)
	if err != nil {
		return nil, nil, err
	}
	subnets, err := b.Subnets(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	interfaces, err := b.RouterInterfaces(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	for _, ip := range append(slices.Clone(r.Addresses), r.ExternalIPs...) {
		own = append(own, ip.Address)
	}
	for _, i := range interfaces {
		if i.RouterID != router {
			continue
		}
		for _, s := range subnets {
			if slices.Contains(i.Subnets(), s.ID) {
				on = append(on, s)
			}
			if i.PortID == "" && i.SubnetID == s.ID {
				own = append(own, s.Gateway)
			}
		}
		for _, ip := range i.FixedIPs {
			own = append(own, ip.Address)
		}
	}
	for _, s := range subnets {
		if r.ExternalNetworkID != "" && s.NetworkID == r.ExternalNetworkID {
			on = append(on, s)
		}
	}
	return on, own, nil
}
