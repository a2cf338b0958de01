package l3

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
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
			err = hasGateway(s)
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
	return withPort(i, p)
}

// withPort gives an interface the addresses of its port. As in Neutron it must have some, and only one of IPv4.
func withPort(i openstack.RouterInterface, p openstack.Port) (openstack.RouterInterface, error) {
	v4 := 0
	for _, ip := range p.FixedIPs {
		if at, err := netip.ParseAddr(ip.Address); err == nil && at.Is4() {
			v4++
		}
	}
	switch {
	case len(p.FixedIPs) == 0:
		return i, openstack.AttributeErrorf("port_id", "the port %s has no address, and its addresses are to be the router's: write fixed_ip "+
			"in its novasphere_networking_port", p.ID)
	case v4 > 1:
		return i, openstack.AttributeErrorf("port_id", "the port %s has %d IPv4 addresses, and a router's interface has one: give each address "+
			"a port and an interface of its own", p.ID, v4)
	}
	i.NetworkID, i.SubnetID, i.FixedIPs = p.NetworkID, p.FixedIPs[0].SubnetID, p.FixedIPs
	return i, nil
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

// hasGateway refuses a subnet on which a router would have no address.
func hasGateway(s openstack.Subnet) error {
	if s.Gateway != "" {
		return nil
	}
	return openstack.AttributeErrorf("subnet_id", "the subnet %s (%s) has no gateway, and that is the address of its router: write its "+
		"gateway_ip, or leave no_gateway out", s.ID, s.CIDR)
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
	return takenGateway(sdn.Foresee(w, []openstack.Subnet{s}, b.Planned().Ports.Overlay(ctx, w.Port,
		slices.DeleteFunc(holders, recorded.IsInterface))))
}

// takenGateway explains the error that something has the gateway's address.
func takenGateway(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) {
		err = field.Err
	}
	if err == nil {
		return nil
	}
	return openstack.AttributeErrorf("subnet_id", "its gateway's address is to be the router's, and it is taken. If the router is to have "+
		"the port at that address, write port_id in place of subnet_id: %w", err)
}

// fits refuses an interface that other interfaces are in the way of: on its port, its subnets, or of its router and on the same addresses.
func (b *Backend) fits(ctx context.Context, i openstack.RouterInterface, others []openstack.RouterInterface) error {
	err := soleRouter(i, others)
	if err == nil {
		err = b.apart(ctx, i, others)
	}
	return b.Naming(ctx, err)
}

// placeOf is the argument that says where an interface is.
func placeOf(i openstack.RouterInterface) string {
	if i.PortID != "" {
		return "port_id"
	}
	return "subnet_id"
}

// soleRouter refuses a port that another interface has, and a subnet that has a router already.
func soleRouter(i openstack.RouterInterface, others []openstack.RouterInterface) error {
	for _, o := range others {
		what := ""
		for _, id := range i.Subnets() {
			if slices.Contains(o.Subnets(), id) {
				what = "the subnet " + id
			}
		}
		if i.PortID != "" && i.PortID == o.PortID {
			what = "the port " + i.PortID
		}
		switch {
		case what == "" || o.ID != "" && o.ID == i.ID:
		case o.ID == "":
			return openstack.AttributeErrorf(placeOf(i), "another router interface of this configuration is to be on %s, which can have one "+
				"router: take one of them out", what)
		default:
			return &openstack.FieldError{Field: placeOf(i), Err: &recorded.ByRouter{Before: what + " has a router already, ", Router: o.RouterID,
				After: fmt.Sprintf(", by the interface %s, and it can have one. Delete that interface first, or import it if this is its router. %s",
					o.ID, openstack.ImportHint("novasphere_networking_router_interface", o.ID)+
						"\n\nIts router goes along, where no state has that either:\n\n"+
						openstack.ImportBlock("novasphere_networking_router", o.RouterID))}}
		}
	}
	return nil
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
	return overlap(i, all, on)
}

// overlap refuses an interface whose subnets share addresses with those that its router is on.
func overlap(i openstack.RouterInterface, all []openstack.Subnet, on map[string]string) error {
	var others []openstack.Subnet
	for _, s := range all {
		if on[s.ID] != "" {
			others = append(others, s)
		}
	}
	for _, s := range all {
		if !slices.Contains(i.Subnets(), s.ID) {
			continue
		}
		twin := sdn.Overlap(s, others)
		if on[s.ID] != "" {
			twin = &s
		}
		if twin != nil {
			return &openstack.FieldError{Field: placeOf(i), Err: &recorded.ByRouter{Before: fmt.Sprintf("%s of the subnet %s overlaps %s of the "+
				"subnet %s, on which is ", s.CIDR, s.ID, twin.CIDR, twin.ID), Router: i.RouterID, After: ", " + on[twin.ID] + ": it could not " +
				"tell them apart. Choose another range for one of them, or another router"}}
		}
	}
	return nil
}
