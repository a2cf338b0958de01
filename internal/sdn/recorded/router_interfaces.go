package recorded

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

func subnetText(all records.Set, id string) string {
	var s openstack.Subnet
	if err := all.Get(subnetKind, id, &s); err != nil {
		return "the subnet " + id // gone, or unreadable: its id says enough
	}
	return fmt.Sprintf("the subnet %s (%s)", s.ID, s.CIDR)
}

// CheckRouterInterface looks for the router, the subnet and its gateway, and for another router there.
func (b *Backend) CheckRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	if i.ID != "" {
		b.planned.RouterInterfaces.Replace(i.ID)
	}
	if i.RouterID != "" {
		if err := b.hasRouter(ctx, i.RouterID); err != nil {
			return i, err
		}
	}
	if i.SubnetID == "" {
		return i, nil
	}
	s, err := b.subnetOf(ctx, i)
	if err != nil {
		return i, err
	}
	for _, changed := range b.planned.Subnets.At(s.NetworkID) {
		if changed.ID == s.ID {
			s = changed
		}
	}
	if err := hasGateway(s); err != nil {
		return i, err
	}
	i.NetworkID = s.NetworkID
	others, err := b.RouterInterfaces(ctx, s.NetworkID)
	if err != nil {
		return i, err
	}
	return i, b.naming(ctx, soleRouter(s, b.planned.RouterInterfaces.Overlay(ctx, i, others)))
}

// hasRouter refuses a router that is not there.
func (b *Backend) hasRouter(ctx context.Context, id string) error {
	all, err := b.Routers(ctx)
	if err != nil || slices.ContainsFunc(all, func(r openstack.Router) bool { return r.ID == id }) {
		return err
	}
	return openstack.AttributeErrorf("router_id", "there is no router with the id %q", id)
}

// subnetOf finds an interface's subnet, of whichever network.
func (b *Backend) subnetOf(ctx context.Context, i openstack.RouterInterface) (openstack.Subnet, error) {
	s, found, err := find[openstack.Subnet](ctx, b, subnetKind, i.SubnetID)
	if err == nil && !found {
		err = openstack.AttributeErrorf("subnet_id", "there is no subnet with the id %q", i.SubnetID)
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

// soleRouter refuses a subnet that has a router already.
func soleRouter(s openstack.Subnet, interfaces []openstack.RouterInterface) error {
	at := slices.IndexFunc(interfaces, func(i openstack.RouterInterface) bool { return i.SubnetID == s.ID })
	if at < 0 {
		return nil
	}
	return &openstack.FieldError{Field: "subnet_id", Err: &byRouter{fmt.Sprintf("the subnet %s (%s) has a router already, ", s.ID, s.CIDR),
		interfaces[at].RouterID,
		fmt.Sprintf(", by the interface %s, and there is one address for it, the gateway's. Delete that interface first, or import it if this "+
			"is its router. %s", interfaces[at].ID,
			openstack.ImportHint("novasphere_networking_router_interface", interfaces[at].ID)+
				"\n\nIts router goes along, where no state has that either:\n\n"+
				openstack.ImportBlock("novasphere_networking_router", interfaces[at].RouterID))}}
}

// unrouted refuses to delete a subnet that has a router.
func unrouted(all records.Set, subnet string) error {
	i, err := interfaceOn(all, subnet)
	if err != nil || i.ID == "" {
		return err
	}
	return &byRouter{"the subnet " + subnet + " is in use by ", i.RouterID, ", which has the interface " + i.ID +
		" on it. Delete that interface first"}
}

// keepGateway refuses to take the gateway from a subnet that has a router.
func keepGateway(all records.Set, s openstack.Subnet) error {
	if s.Gateway != "" {
		return nil
	}
	i, err := interfaceOn(all, s.ID)
	if err != nil || i.ID == "" {
		return err
	}
	return &openstack.FieldError{Field: "gateway_ip", Err: &byRouter{"it is the address that ", i.RouterID,
		" has on this subnet, by the interface " + i.ID + ", and cannot go. Delete that interface first"}}
}

// interfaceOn is the router interface on a subnet, without an id where there is none.
func interfaceOn(all records.Set, subnet string) (i openstack.RouterInterface, err error) {
	interfaces, err := records.All[openstack.RouterInterface](all, routerInterfaceKind)
	if at := slices.IndexFunc(interfaces, func(i openstack.RouterInterface) bool { return i.SubnetID == subnet }); at >= 0 {
		i = interfaces[at]
	}
	return i, err
}

// byRouter is an error that names a router: by its id, until naming has looked the name up. Changes of records are asked without
// the catalogue at hand.
type byRouter struct{ before, router, after string }

// Error is the sentence.
func (e *byRouter) Error() string { return e.before + "the router " + e.router + e.after }

// naming lets an error that names a router say what it is called, where that can be learned.
func (b *Backend) naming(ctx context.Context, err error) error {
	var by *byRouter
	if !errors.As(err, &by) {
		return err
	}
	all, failed := b.Routers(ctx)
	if at := slices.IndexFunc(all, func(r openstack.Router) bool { return r.ID == by.router }); failed == nil && at >= 0 &&
		all[at].Name != "" {
		by.router = fmt.Sprintf("%q (%s)", all[at].Name, by.router)
	}
	return err
}

// CreateRouterInterface writes the record beside its subnet's, in one write, and then looks whether the router is still there.
func (b *Backend) CreateRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	i.ID = ""
	if err := b.hasRouter(ctx, i.RouterID); err != nil {
		return i, err
	}
	home, err := b.subnetOf(ctx, i)
	if err != nil {
		return i, err
	}
	mark := b.c.Records.Mark("")
	made := i
	made.ID, made.NetworkID, made.Mark = uuid.NewString(), home.NetworkID, &mark
	err = b.c.Records.OfNetwork(made.NetworkID).Update(ctx, func(all records.Set) error { return addInterface(all, made) })
	if err != nil {
		return i, b.lost(ctx, "subnet", made.NetworkID, made.SubnetID, b.naming(ctx, err))
	}
	err = b.routerIsThere(ctx, made.RouterID)
	if !errors.Is(err, openstack.ErrNotFound) {
		return made, err
	}
	gone := openstack.AttributeErrorf("router_id", "the router %s was deleted a moment ago", made.RouterID)
	if err := b.DeleteRouterInterface(ctx, made.NetworkID, made.ID); err != nil {
		return made, errors.Join(gone, err)
	}
	return i, gone
}

// addInterface adds a record to those of its network, where its subnet is there, has a gateway and has no router.
func addInterface(all records.Set, i openstack.RouterInterface) error {
	var s openstack.Subnet
	err := all.Get(subnetKind, i.SubnetID, &s)
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("subnet_id", "the subnet %s was deleted a moment ago", i.SubnetID)
	}
	if err == nil {
		err = hasGateway(s)
	}
	if err != nil {
		return err
	}
	interfaces, err := records.All[openstack.RouterInterface](all, routerInterfaceKind)
	if err != nil {
		return err
	}
	if err := soleRouter(s, interfaces); err != nil {
		return err
	}
	return all.Put(routerInterfaceKind, i.ID, i)
}

// RouterInterface reads one interface.
func (b *Backend) RouterInterface(ctx context.Context, network, id string) (i openstack.RouterInterface, err error) {
	all, err := b.view(ctx, "router interface", network, id)
	if err != nil {
		return i, err
	}
	return i, all.Get(routerInterfaceKind, id, &i)
}

// RouterInterfaces are those on one network, or on all.
func (b *Backend) RouterInterfaces(ctx context.Context, network string) ([]openstack.RouterInterface, error) {
	return recordsOf[openstack.RouterInterface](ctx, b, routerInterfaceKind, network)
}

// DeleteRouterInterface removes an interface's record, and the network's records VM with the last record.
func (b *Backend) DeleteRouterInterface(ctx context.Context, network, id string) error {
	err := b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		if err := all.Get(routerInterfaceKind, id, &openstack.RouterInterface{}); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		all.Drop(routerInterfaceKind, id)
		return nil
	})
	if err != nil {
		return b.lost(ctx, "router interface", network, id, err)
	}
	return b.retire(ctx, network)
}
