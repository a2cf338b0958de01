// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3/law"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

func subnetText(all records.Set, id string) string {
	var s openstack.Subnet
	if err := all.Get(recorded.SubnetKind, id, &s); err != nil {
		return "the subnet " + id // gone, or unreadable: its id says enough
	}
	return fmt.Sprintf("the subnet %s (%s)", s.ID, s.CIDR)
}

// hasRouter refuses a router that is not there.
func (b *Backend) hasRouter(ctx context.Context, id string) error {
	all, err := b.Routers(ctx)
	if at := slices.IndexFunc(all, func(r openstack.Router) bool { return r.ID == id }); err == nil && at >= 0 {
		err = b.atHome(all[at])
		return asRouter(err)
	}
	if err != nil {
		return err
	}
	return openstack.AttributeErrorf("router_id", "there is no router with the id %q", id)
}

// placed completes an interface with its network, and with its port's addresses and first subnet.
func (b *Backend) placed(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	if i.PortID == "" {
		s, err := b.subnetOf(ctx, i)
		if err == nil {
			err = law.HasGateway(s)
		}
		if err == nil {
			i.NetworkID = s.NetworkID
		}
		return i, err
	}
	p, err := b.FindPort(ctx, i.PortID)
	if errors.Is(err, openstack.ErrNotFound) {
		return i, openstack.AttributeErrorf("port_id", "there is no port with the id %q", i.PortID)
	}
	if err != nil {
		return i, err
	}
	if err := b.CheckUnplugged(ctx, p.NetworkID, p.ID); err != nil {
		return i, openstack.AttributeErrorf("port_id", "%w", err)
	}
	return law.WithPort(i, p)
}

// subnetOf finds an interface's subnet, of whichever network, with its planned changes.
func (b *Backend) subnetOf(ctx context.Context, i openstack.RouterInterface) (openstack.Subnet, error) {
	s, found, err := recorded.Find[openstack.Subnet](ctx, b.Backend, recorded.SubnetKind, i.SubnetID)
	if err == nil && !found {
		err = openstack.AttributeErrorf("subnet_id", "there is no subnet with the id %q", i.SubnetID)
	}
	for _, changed := range b.Planned().Subnets.At(s.NetworkID) {
		if changed.ID == s.ID {
			s = changed
		}
	}
	return s, err
}

// gatewayIsFree refuses an interface on a subnet whose gateway's address a port has or is planned to have.
func (b *Backend) gatewayIsFree(ctx context.Context, i openstack.RouterInterface) error {
	s, err := b.subnetOf(ctx, i)
	if err != nil || !sdn.In(s, s.Gateway) {
		return err
	}
	holders, err := b.HoldersOn(ctx, i.NetworkID)
	if err != nil {
		return err
	}
	w := recorded.InterfaceRequest(i, s.Gateway)
	return law.TakenGateway(sdn.Foresee(w, []openstack.Subnet{s}, b.Planned().Ports.Overlay(ctx, w.Port,
		slices.DeleteFunc(holders, recorded.IsInterface))))
}

// fits refuses an interface that other interfaces are in the way of: on its port, its subnets, or of its router and on the same addresses.
func (b *Backend) fits(ctx context.Context, i openstack.RouterInterface, others []openstack.RouterInterface) error {
	err := law.SoleRouter(i, others)
	if err == nil {
		err = b.apart(ctx, i, others)
	}
	return b.Naming(ctx, err)
}

// apart refuses a subnet that shares addresses with another one that its router is on, or with one of its external network: it could not
// tell them apart.
func (b *Backend) apart(ctx context.Context, i openstack.RouterInterface, others []openstack.RouterInterface) error {
	if i.RouterID == "" {
		return nil
	}
	all, err := b.Subnets(ctx, "")
	if err != nil {
		return err
	}
	on := map[string]string{} // by subnet: how the router is on it
	for _, o := range others {
		if o.RouterID != i.RouterID || o.ID != "" && o.ID == i.ID {
			continue
		}
		by := "by the interface " + o.ID
		if o.ID == "" {
			by = "by another interface of this configuration"
		}
		for _, id := range o.Subnets() {
			on[id] = by
		}
	}
	routers, err := b.Routers(ctx)
	if err != nil {
		return err
	}
	external := ""
	for _, r := range append(routers, b.Planned().Routers.At(i.RouterID)...) {
		if r.ID == i.RouterID {
			external = r.ExternalNetworkID
		}
	}
	for _, s := range all {
		if external != "" && s.NetworkID == external && on[s.ID] == "" {
			on[s.ID] = "because its external network has that"
		}
	}
	return law.Overlap(i, all, on)
}
