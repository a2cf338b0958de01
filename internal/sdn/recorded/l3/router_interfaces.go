package l3

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
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

// CheckRouterInterface looks for the router, the subnet and its gateway, and for another router there.
func (b *Backend) CheckRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	if i.ID != "" {
		b.Planned().RouterInterfaces.Replace(i.ID)
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
	for _, changed := range b.Planned().Subnets.At(s.NetworkID) {
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
	return i, b.Naming(ctx, soleRouter(s, b.Planned().RouterInterfaces.Overlay(ctx, i, others)))
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
	s, found, err := recorded.Find[openstack.Subnet](ctx, b.Backend, recorded.SubnetKind, i.SubnetID)
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
	return &openstack.FieldError{Field: "subnet_id", Err: &recorded.ByRouter{Before: fmt.Sprintf("the subnet %s (%s) has a router already, ",
		s.ID, s.CIDR),
		Router: interfaces[at].RouterID,
		After: fmt.Sprintf(", by the interface %s, and there is one address for it, the gateway's. Delete that interface first, or import it "+
			"if this "+
			"is its router. %s", interfaces[at].ID,
			openstack.ImportHint("novasphere_networking_router_interface", interfaces[at].ID)+
				"\n\nIts router goes along, where no state has that either:\n\n"+
				openstack.ImportBlock("novasphere_networking_router", interfaces[at].RouterID))}}
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
		return i, b.Lost(ctx, "subnet", made.NetworkID, made.SubnetID, b.Naming(ctx, err))
	}
	err = b.routerIsThere(ctx, made.RouterID)
	if !errors.Is(err, openstack.ErrNotFound) {
		return made, err
	}
	gone := openstack.AttributeErrorf("router_id", "the router %s was deleted a moment ago", made.RouterID)
	if err := b.DeleteRouterInterface(ctx, made.NetworkID, made.ID, false); err != nil {
		return made, errors.Join(gone, err)
	}
	return i, gone
}

// addInterface adds a record to those of its network, where its subnet is there, has a gateway and has no router.
func addInterface(all records.Set, i openstack.RouterInterface) error {
	var s openstack.Subnet
	err := all.Get(recorded.SubnetKind, i.SubnetID, &s)
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("subnet_id", "the subnet %s was deleted a moment ago", i.SubnetID)
	}
	if err == nil {
		err = hasGateway(s)
	}
	if err != nil {
		return err
	}
	interfaces, err := records.All[openstack.RouterInterface](all, recorded.RouterInterfaceKind)
	if err != nil {
		return err
	}
	if err := soleRouter(s, interfaces); err != nil {
		return err
	}
	return all.Put(recorded.RouterInterfaceKind, i.ID, i)
}

// RouterInterface reads one interface.
func (b *Backend) RouterInterface(ctx context.Context, network, id string) (i openstack.RouterInterface, err error) {
	all, err := b.View(ctx, "router interface", network, id)
	if err != nil {
		return i, err
	}
	return i, all.Get(recorded.RouterInterfaceKind, id, &i)
}

// RouterInterfaces are those on one network, or on all.
func (b *Backend) RouterInterfaces(ctx context.Context, network string) ([]openstack.RouterInterface, error) {
	return recorded.On[openstack.RouterInterface](ctx, b.Backend, recorded.RouterInterfaceKind, network)
}

// DeleteRouterInterface removes an interface's record, and the network's records VM with the last record.
func (b *Backend) DeleteRouterInterface(ctx context.Context, network, id string, _ bool) error {
	err := b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		if err := all.Get(recorded.RouterInterfaceKind, id, &openstack.RouterInterface{}); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		all.Drop(recorded.RouterInterfaceKind, id)
		return nil
	})
	if err != nil {
		return b.Lost(ctx, "router interface", network, id, err)
	}
	return b.Retire(ctx, network)
}
