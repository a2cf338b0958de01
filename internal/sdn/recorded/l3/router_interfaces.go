// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3/law"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckRouterInterface looks for the router, its port or its subnet, and for what is in its way, the planned interfaces included.
func (b *Backend) CheckRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	if i.ID != "" {
		b.Planned().RouterInterfaces.Replace(i.ID)
	}
	if i.RouterID != "" {
		if err := b.hasRouter(ctx, i.RouterID); err != nil {
			return i, err
		}
	}
	if i.SubnetID == "" && i.PortID == "" {
		return i, nil
	}
	i, err := b.placed(ctx, i)
	if err != nil {
		return i, err
	}
	others, err := b.RouterInterfaces(ctx, "")
	if err != nil {
		return i, err
	}
	err = b.fits(ctx, i, b.Planned().RouterInterfaces.Overlay(ctx, i, others))
	if err == nil && b.Gateways != nil {
		err = b.Gateways.CheckInterface(ctx, i)
	}
	if err != nil || i.PortID != "" {
		return i, err
	}
	return i, b.gatewayIsFree(ctx, i)
}

// CheckKeptInterface compares an existing interface with planned ones that do not exist yet.
func (b *Backend) CheckKeptInterface(ctx context.Context, i openstack.RouterInterface) error {
	return b.fits(ctx, i, b.Planned().RouterInterfaces.Overlay(ctx, i, nil))
}

// CreateRouterInterface writes the record beside its subnet's, in one write, and then looks whether the router is still there, and has no
// other interface on the same addresses: these are recorded in other VMs.
func (b *Backend) CreateRouterInterface(ctx context.Context, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	i.ID = ""
	if err := b.hasRouter(ctx, i.RouterID); err != nil {
		return i, err
	}
	made, err := b.placed(ctx, i)
	if err != nil {
		return i, err
	}
	others, err := b.RouterInterfaces(ctx, "")
	if err == nil {
		err = b.fits(ctx, made, others)
	}
	if err == nil && b.Gateways != nil {
		err = b.Gateways.CheckInterface(ctx, made)
	}
	if err != nil {
		return i, err
	}
	mark := b.c.Records.Mark("")
	made.ID, made.Mark = uuid.NewString(), &mark
	err = b.c.Records.OfNetwork(made.NetworkID).Update(ctx, func(all records.Set) (err error) {
		made, err = addInterface(all, made)
		return err
	})
	if err != nil {
		return i, b.Lost(ctx, "subnet", made.NetworkID, made.SubnetID, b.Naming(ctx, err))
	}
	if err := b.c.Records.Refresh(ctx); err != nil {
		return made, err
	}
	refused := b.stands(ctx, made)
	if refused == nil {
		refused = b.follow(ctx, []string{made.RouterID})
	}
	if refused == nil {
		return made, nil
	}
	end := context.WithoutCancel(ctx)
	if err := b.part(end, made.ID, []string{made.RouterID}, func() error {
		_, err := b.dropInterface(end, made.NetworkID, made.ID)
		return err
	}); err != nil {
		return made, errors.Join(refused, err)
	}
	return i, refused
}

// stands refuses an interface that was recorded a moment ago and whose router is gone, or has got another one on its addresses.
func (b *Backend) stands(ctx context.Context, i openstack.RouterInterface) error {
	_, err := b.Router(ctx, i.RouterID)
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("router_id", "the router %s was deleted a moment ago", i.RouterID)
	}
	if err != nil {
		return err
	}
	others, err := b.RouterInterfaces(ctx, "")
	if err != nil {
		return err
	}
	return b.fits(ctx, i, slices.DeleteFunc(others, func(o openstack.RouterInterface) bool { return o.ID == i.ID }))
}

// addInterface adds a record to those of its network, where nothing has come in its way.
func addInterface(all records.Set, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	interfaces, err := records.All[openstack.RouterInterface](all, recorded.RouterInterfaceKind)
	if err != nil {
		return i, err
	}
	if i.PortID != "" {
		i, err = addByPort(all, i)
	} else {
		err = addBySubnet(all, i)
	}
	if err == nil {
		err = law.SoleRouter(i, interfaces)
	}
	if err != nil {
		return i, err
	}
	return i, all.Put(recorded.RouterInterfaceKind, i.ID, i)
}

// addBySubnet claims the gateway's address of an interface's subnet.
func addBySubnet(all records.Set, i openstack.RouterInterface) error {
	var s openstack.Subnet
	err := all.Get(recorded.SubnetKind, i.SubnetID, &s)
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("subnet_id", "the subnet %s was deleted a moment ago", i.SubnetID)
	}
	if err == nil {
		err = law.HasGateway(s)
	}
	if err != nil || !sdn.In(s, s.Gateway) {
		return err
	}
	holders, err := recorded.Holders(all)
	if err != nil {
		return err
	}
	_, err = sdn.Claim(recorded.InterfaceRequest(i, s.Gateway), []openstack.Subnet{s}, slices.DeleteFunc(holders, recorded.IsInterface))
	return law.TakenGateway(err)
}

// addByPort gives an interface the addresses that its port has now.
func addByPort(all records.Set, i openstack.RouterInterface) (openstack.RouterInterface, error) {
	var p openstack.Port
	switch err := all.Get(recorded.PortKind, i.PortID, &p); {
	case errors.Is(err, openstack.ErrNotFound):
		return i, openstack.AttributeErrorf("port_id", "the port %s was deleted a moment ago", i.PortID)
	case err != nil:
		return i, err
	}
	return law.WithPort(i, p)
}

// RouterInterface reads one interface.
func (b *Backend) RouterInterface(ctx context.Context, network, id string) (i openstack.RouterInterface, err error) {
	all, err := b.View(ctx, "router interface", network, id)
	if err != nil {
		return i, err
	}
	return i, all.Get(recorded.RouterInterfaceKind, id, &i)
}

// RouterInterfaces returns the interfaces on one network, or on all.
func (b *Backend) RouterInterfaces(ctx context.Context, network string) ([]openstack.RouterInterface, error) {
	return recorded.On[openstack.RouterInterface](ctx, b.Backend, recorded.RouterInterfaceKind, network)
}

// DeleteRouterInterface removes an interface's record, and the network's records VM with the last record. Floating IPs and routers are
// recorded in other VMs, so no lock covers all: it looks again afterwards, as the creation of a floating IP or a route does.
func (b *Backend) DeleteRouterInterface(ctx context.Context, network, id string, force bool) error {
	err := b.whenLet(ctx, func() error {
		i, err := b.RouterInterface(ctx, network, id)
		if err == nil {
			err = b.unneeded(ctx, i, force)
		}
		if err != nil {
			return err
		}
		return b.part(ctx, id, []string{i.RouterID}, func() error {
			i, err := b.dropInterface(ctx, network, id)
			if err != nil {
				return err
			}
			end := context.WithoutCancel(ctx) // what is in use after all is restored, though the time is up
			if err = b.c.Records.Refresh(end); err == nil {
				err = b.unneeded(end, i, force)
			}
			if err != nil {
				return errors.Join(err, b.restoreInterface(end, i))
			}
			return nil
		})
	})
	if err != nil {
		return b.Naming(ctx, err)
	}
	return b.Retire(ctx, network)
}

// dropInterface removes an interface's record and returns it.
func (b *Backend) dropInterface(ctx context.Context, network, id string) (i openstack.RouterInterface, err error) {
	err = b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		i = openstack.RouterInterface{}
		if err := all.Get(recorded.RouterInterfaceKind, id, &i); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		all.Drop(recorded.RouterInterfaceKind, id)
		return nil
	})
	return i, b.Lost(ctx, "router interface", network, id, err)
}

// restoreInterface writes an interface's record unchanged.
func (b *Backend) restoreInterface(ctx context.Context, i openstack.RouterInterface) error {
	return b.c.Records.OfNetwork(i.NetworkID).Claim(ctx, func(all records.Set) error {
		return all.Put(recorded.RouterInterfaceKind, i.ID, i)
	})
}
