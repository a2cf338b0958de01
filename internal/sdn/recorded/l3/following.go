// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3/law"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Going reports whether this process deletes something at this moment: its record is there still, and nothing is to follow that any more.
// The id is that of a router, an interface, a floating IP, a port forwarding or a port, or the key of a route.
func (b *Backend) Going(id string) bool {
	_, is := b.going.Load(id)
	return is
}

// home returns what a new router's Home is.
func (b *Backend) home() string {
	if b.Gateways != nil {
		return vcenter.RoutersNSX
	}
	return ""
}

// atHome refuses a router that is carried out otherwise than the provider's configuration says of all routers.
func (b *Backend) atHome(r openstack.Router) error {
	switch {
	case r.Home == b.home():
		return nil
	case r.Home == vcenter.RoutersNSX:
		return openstack.ProviderErrorf("routers", "it is %q, and the router %s is a tier-1 gateway of NSX, which nobody would bring in line: "+
			"write routers = %q with the block nsx", b.c.Config.Routers, r.ID, vcenter.RoutersNSX)
	}
	return openstack.ProviderErrorf("routers", "it is %q, and the router %s is recorded for a physical gateway: a configuration has "+
		"routers of "+
		"one kind. Make another router, or write routers = %q", b.c.Config.Routers, r.ID, vcenter.RoutersPhysical)
}

// asRouter attaches an error about a router to the argument that names it.
func asRouter(err error) error {
	if err == nil {
		return nil
	}
	return openstack.AttributeErrorf("router_id", "%w", law.ClaimError(err))
}

// carried returns those of some routers that the network carries out, each once. Where this configuration cannot have that done, it is an
// error.
func (b *Backend) carried(ctx context.Context, routers []string) (out []string, err error) {
	for _, id := range routers {
		if id == "" || slices.Contains(out, id) {
			continue
		}
		r, err := b.recordOf(ctx, id)
		switch {
		case errors.Is(err, openstack.ErrNotFound) || err == nil && r.Home == "":
			continue
		case err == nil:
			err = b.atHome(r)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// follow has the network follow what the records say of routers, one after the other. gone are the ids of what is going.
func (b *Backend) follow(ctx context.Context, routers []string, gone ...string) error {
	routers, failed := b.carried(ctx, routers)
	for _, id := range routers {
		failed = errors.Join(failed, b.Gateways.FollowRouter(ctx, id, gone...))
	}
	return failed
}

// part takes what the network has of something away before drop removes its record, so that a process that is killed in between leaves
// nothing that nobody knows. Then the network follows once more: a record that stays, or one that is gone and that another process had
// read before.
func (b *Backend) part(ctx context.Context, id string, routers []string, drop func() error) error {
	routers, err := b.carried(ctx, routers)
	if err != nil {
		return err
	}
	if len(routers) == 0 {
		return drop()
	}
	b.going.Store(id, true)
	if err = b.follow(ctx, routers, id); err == nil {
		err = drop()
	}
	b.going.Delete(id)
	end := context.WithoutCancel(ctx)
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return errors.Join(err, b.follow(end, routers))
	}
	return errors.Join(err, b.follow(end, routers, id))
}

// partPorts has drop remove the records of ports after what leads to them: their addresses are given to others then.
func (b *Backend) partPorts(ctx context.Context, ports []openstack.Port, drop func() error) error {
	if b.Gateways == nil || len(ports) == 0 {
		return drop()
	}
	routers, err := b.routersTo(ctx, ports[0].ID)
	if err != nil {
		return err
	}
	return b.part(ctx, ports[0].ID, routers, func() error { return b.partPorts(ctx, ports[1:], drop) })
}

// carryNew has the network carry out something that was recorded just now. Where that fails, its record goes again.
func (b *Backend) carryNew(ctx context.Context, id, router string, drop func(end context.Context) error) error {
	err := b.follow(ctx, []string{router})
	if err == nil {
		return nil
	}
	end := context.WithoutCancel(ctx)
	return errors.Join(err, b.part(end, id, []string{router}, func() error { return drop(end) }))
}

// UpdatePort changes a port, and has what leads to its addresses follow.
func (b *Backend) UpdatePort(ctx context.Context, network, id string, change func(*sdn.PortRequest) error) (openstack.Port, error) {
	before, _ := b.Port(ctx, network, id) // that it is not there is said below
	p, err := b.Backend.UpdatePort(ctx, network, id, change)
	if err != nil && !openstack.IsPartialEnforcement(err) || b.Gateways == nil || sameAddresses(before.FixedIPs, p.FixedIPs) {
		return p, err
	}
	routers, failed := b.routersTo(ctx, id)
	if failed == nil {
		failed = b.follow(ctx, routers)
	}
	return p, errors.Join(err, failed)
}

// DeletePort removes a port, after what leads to it.
func (b *Backend) DeletePort(ctx context.Context, network, id string) error {
	drop := func() error { return b.Backend.DeletePort(ctx, network, id) }
	if b.Gateways == nil {
		return drop()
	}
	routers, err := b.routersTo(ctx, id)
	if err == nil && len(routers) > 0 {
		err = b.CheckUnplugged(ctx, network, id)
	}
	if err != nil {
		return err
	}
	return b.part(ctx, id, routers, drop)
}

// UpdateSubnet changes a subnet, and has the router that has its gateway follow.
func (b *Backend) UpdateSubnet(ctx context.Context, network, id string, change func(*openstack.Subnet) error) (openstack.Subnet, error) {
	s, err := b.Backend.UpdateSubnet(ctx, network, id, change)
	if err != nil || b.Gateways == nil {
		return s, err
	}
	all, err := b.RouterInterfaces(ctx, network)
	var routers []string
	for _, i := range all {
		if slices.Contains(i.Subnets(), id) {
			routers = append(routers, i.RouterID)
		}
	}
	return s, errors.Join(err, b.follow(ctx, routers))
}

// routersTo returns the routers by which floating IPs and port forwardings lead to a port.
func (b *Backend) routersTo(ctx context.Context, port string) (routers []string, err error) {
	floating, err1 := recorded.On[openstack.FloatingIP](ctx, b.Backend, recorded.FloatingIPKind, "")
	forwardings, err2 := recorded.On[openstack.Forwarding](ctx, b.Backend, forwardingKind, "")
	for _, f := range floating {
		if f.PortID == port || slices.ContainsFunc(forwardings, func(o openstack.Forwarding) bool {
			return o.FloatingIPID == f.ID && o.PortID == port
		}) {
			routers = append(routers, f.RouterID)
		}
	}
	return routers, errors.Join(err1, err2)
}
