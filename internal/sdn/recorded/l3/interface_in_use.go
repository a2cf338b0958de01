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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// unneeded refuses, as busy, to take away an interface that floating IPs and port forwardings of its router lead through, or by which its
// static routes lead. It removes such routes where force is set.
func (b *Backend) unneeded(ctx context.Context, i openstack.RouterInterface, force bool) error {
	through, err := b.translatedBy(ctx, i)
	if err != nil {
		return err
	}
	by, err := b.routesBy(ctx, i)
	if err != nil {
		return err
	}
	var why []string
	if len(through) > 0 {
		why = append(why, listed(through)+" through it. Delete or disassociate them first")
	}
	if len(by) > 0 && !force {
		var routes []string
		for _, r := range by {
			routes = append(routes, fmt.Sprintf("the route to %s by %s leads", r.Destination, r.NextHop))
		}
		why = append(why, listed(routes)+" by it. Delete that first (novasphere_networking_router_route, novasphere_networking_router_routes), "+
			"or apply force_destroy = true before")
	}
	if len(why) > 0 {
		return busy{&recorded.ByRouter{Before: "the router interface " + i.ID + " is in use by ", Router: i.RouterID, After: ": " +
			strings.Join(why, "; ")}}
	}
	if len(by) == 0 {
		return nil
	}
	_, err = b.changeRouter(ctx, i.RouterID, func(r *openstack.Router) error {
		r.Routes = slices.DeleteFunc(r.Routes, func(one openstack.Route) bool { return slices.Contains(by, one) })
		return nil
	})
	return err
}

// listed joins the first of some texts, and counts the rest.
func listed(all []string) string {
	if more := len(all) - recorded.MostNamed; more > 0 {
		all = append(slices.Clip(all[:recorded.MostNamed]), fmt.Sprintf("%d more lead", more))
	}
	return strings.Join(all, ", ")
}

// translatedBy returns the floating IPs and port forwardings that lead through an interface to ports which are there.
func (b *Backend) translatedBy(ctx context.Context, i openstack.RouterInterface) (out []string, err error) {
	ports, err := b.Ports(ctx, i.NetworkID)
	if err != nil {
		return nil, err
	}
	networks, err := b.c.Records.Networks(ctx)
	if err != nil {
		return nil, err
	}
	for _, network := range networks {
		all, has, err := b.RecordsOn(ctx, network)
		if err != nil {
			return nil, err
		}
		if has {
			one, err := translations(all, i.RouterID, leads(ports, i.Subnets()))
			if err != nil {
				return nil, err
			}
			out = append(out, one...)
		}
	}
	return out, nil
}

// leads reports of a port's address whether it is there, on one of some subnets; nil: on any.
func leads(ports []openstack.Port, subnets []string) func(port, address string) bool {
	return func(port, address string) bool {
		return slices.ContainsFunc(ports, func(p openstack.Port) bool {
			return p.ID == port && slices.ContainsFunc(p.FixedIPs, func(ip openstack.FixedIP) bool {
				return ip.Address == address && (subnets == nil || slices.Contains(subnets, ip.SubnetID))
			})
		})
	}
}

// translations returns the floating IPs and port forwardings of an external network by which a router leads to some addresses of ports.
func translations(all records.Set, router string, leads func(port, address string) bool) (out []string, err error) {
	floating, err1 := records.All[openstack.FloatingIP](all, recorded.FloatingIPKind)
	forwardings, err2 := records.All[openstack.Forwarding](all, forwardingKind)
	of := map[string]string{} // the addresses of the router's floating IPs
	for _, f := range floating {
		if f.RouterID != router {
			continue
		}
		of[f.ID] = f.Address
		if leads(f.PortID, f.FixedIP) {
			out = append(out, fmt.Sprintf("the floating IP %s (%s%s) leads to %s", f.Address, f.ID, f.Mark.Clause(), f.FixedIP))
		}
	}
	for _, f := range forwardings {
		if of[f.FloatingIPID] != "" && leads(f.PortID, f.Address) {
			out = append(out, fmt.Sprintf("the port forwarding %s of the floating IP %s (%s) leads to %s", f.ID, of[f.FloatingIPID], f.FloatingIPID,
				f.Address))
		}
	}
	return out, errors.Join(err1, err2)
}

// routesBy returns a router's static routes whose next hops are on the subnets of an interface. A router or a subnet that is gone has none.
func (b *Backend) routesBy(ctx context.Context, i openstack.RouterInterface) (out []openstack.Route, err error) {
	r, err := b.Router(ctx, i.RouterID)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	subnets, err := b.Subnets(ctx, i.NetworkID)
	for _, route := range r.Routes {
		if slices.ContainsFunc(subnets, func(s openstack.Subnet) bool {
			return slices.Contains(i.Subnets(), s.ID) && sdn.In(s, route.NextHop)
		}) {
			out = append(out, route)
		}
	}
	return out, err
}
