// SPDX-License-Identifier: MPL-2.0

package routers

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// CheckRouter refuses a router that NSX cannot have: one that is off, whose external network is no tier-0 gateway, or that translates
// without an edge cluster.
func (g *Gateways) CheckRouter(ctx context.Context, r openstack.Router) error {
	var want wanted
	if r.ID != "" {
		f, err := g.factsOf(ctx, r.ID)
		if err != nil && !errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		if err == nil {
			owner, err := g.nsx.Owner(ctx)
			if err != nil {
				return err
			}
			want = wantedOf(owner, g.root, f)
			want.translated = want.translated && f.Router.ExternalNetworkID == r.ExternalNetworkID
		}
	}
	u, err := g.uplinkOf(ctx, r, want)
	if err != nil {
		return err
	}
	return gateway.CheckRouter(r, u)
}

// CheckInterface refuses an interface that a router cannot have on its network: on one that is no segment of ours, on an overlay that has
// another router, or beside another routed subnet of the same IP version.
func (g *Gateways) CheckInterface(ctx context.Context, i openstack.RouterInterface) error {
	at := "subnet_id"
	if i.PortID != "" {
		at = "port_id"
	}
	n, err := g.nsx.Network(ctx, i.NetworkID, "")
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return openstack.AttributeErrorf(at, "its network %s is no segment of NSX, and the provider's routers are tier-1 gateways of NSX, which "+
			"reach segments only: take a subnet of a network on NSX (network_type = \"geneve\"), or write routers = \"physical\"", i.NetworkID)
	case err != nil:
		return err
	case n.Mark == nil:
		return openstack.AttributeErrorf(at, "the network %s is a segment that somebody else made in NSX, and is left as it is: let its owner "+
			"connect it to a gateway, or take a network of your own", n.Name)
	}
	r, err := g.routerToBe(ctx, i.RouterID)
	if err != nil {
		return err
	}
	subnets, err := g.records.Subnets(ctx, n.ID)
	if err != nil {
		return err
	}
	subnets = g.records.Planned().Subnets.Overlay(ctx, openstack.Subnet{ID: "none of them", NetworkID: n.ID}, subnets)
	on := slices.DeleteFunc(slices.Clone(subnets), func(s openstack.Subnet) bool { return !slices.Contains(i.Subnets(), s.ID) })
	if err := gateway.CheckInterface(r, i, n, on); err != nil {
		return err
	}
	if !n.Overlay {
		return nil
	}
	return g.aloneOn(ctx, n, i, at, subnets)
}

// routerToBe returns a router as it is planned to be. One that is not known, or is yet to be made, may have an external network.
func (g *Gateways) routerToBe(ctx context.Context, id string) (openstack.Router, error) {
	unknown := openstack.Router{ID: id, ExternalNetworkID: "unknown"}
	if id == "" {
		return unknown, nil
	}
	if all := g.records.Planned().Routers.At(id); len(all) > 0 {
		return all[len(all)-1], nil
	}
	r, err := g.records.Router(ctx, id)
	if errors.Is(err, openstack.ErrNotFound) {
		return unknown, nil
	}
	return r, err
}

// aloneOn refuses a second router on an overlay network, and a second routed subnet of an IP version.
func (g *Gateways) aloneOn(ctx context.Context, n openstack.Network, i openstack.RouterInterface, at string,
	subnets []openstack.Subnet) error {
	there, err := g.records.RouterInterfaces(ctx, n.ID)
	if err != nil {
		return err
	}
	served := map[string]bool{}
	for _, o := range g.records.Planned().RouterInterfaces.Overlay(ctx, i, there) {
		if o.NetworkID != n.ID || o.ID != "" && o.ID == i.ID {
			continue
		}
		if o.RouterID != "" && i.RouterID != "" && o.RouterID != i.RouterID {
			return openstack.AttributeErrorf(at, "the network %s has the router %s already, and an overlay network of NSX has one: delete its "+
				"interface first, or take another network", n.Name, o.RouterID)
		}
		for _, id := range o.Subnets() {
			served[id] = true
		}
	}
	var routed []openstack.Subnet
	for _, s := range subnets {
		if served[s.ID] || s.DHCP {
			routed = append(routed, s)
		}
	}
	for _, s := range subnets {
		if !slices.Contains(i.Subnets(), s.ID) {
			continue
		}
		if field := (*openstack.FieldError)(nil); errors.As(policy.CheckOnlyOne(s, routed), &field) {
			return openstack.AttributeErrorf(at, "%w", field.Err)
		}
	}
	return nil
}
