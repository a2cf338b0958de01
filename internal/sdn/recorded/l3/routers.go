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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3/law"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckRouters allows routers only where the provider's configuration says what they are.
func (b *Backend) CheckRouters() (caveat string, err error) {
	switch b.c.Config.Routers {
	case vcenter.RoutersNSX:
		return "", nil
	case vcenter.RoutersPhysical:
	default:
		return "", openstack.ProviderErrorf("routers", "it is not set, and a vCenter has no routers. Set the provider's routers = %q, if the "+
			"gateways of an NSX are to route (block nsx), or %q, if the gateway of these VLANs is a physical one and the router is to be recorded "+
			"only; or write no router", vcenter.RoutersNSX, vcenter.RoutersPhysical)
	}
	if b.Planned().FirstTime("routers = " + vcenter.RoutersPhysical) {
		caveat = "With the provider's routers = \"" + vcenter.RoutersPhysical +
			"\" routers, their interfaces and routes, floating IPs and port forwardings are records: nothing routes or translates unless the " +
			"physical gateway of these VLANs does what they ask for. The data source novasphere_networking_gateway_intent returns it in one value"
	}
	return caveat, nil
}

// CheckRouter checks the external gateway: its network must be marked external, and have the named subnets and addresses.
func (b *Backend) CheckRouter(ctx context.Context, r openstack.Router) error {
	if r.ID != "" {
		if is, err := b.recordOf(ctx, r.ID); err == nil && b.atHome(is) != nil {
			return b.atHome(is)
		}
	}
	if err := b.checkExternal(ctx, r); err != nil || b.Gateways == nil {
		return err
	}
	return b.Gateways.CheckRouter(ctx, r)
}

// checkExternal checks the external network of a router.
func (b *Backend) checkExternal(ctx context.Context, r openstack.Router) error {
	if r.ExternalNetworkID == "" {
		return nil
	}
	n, err := b.place.Network(ctx, r.ExternalNetworkID, "")
	if err != nil {
		return openstack.AttributeErrorf("external_network_id", "%w", err)
	}
	if n.ID != r.ExternalNetworkID {
		return openstack.AttributeErrorf("external_network_id", "%s is the key of the portgroup %s: write its id, %q", r.ExternalNetworkID,
			n.Name, n.ID)
	}
	n = b.willBe(n)
	if !n.External {
		return openstack.AttributeErrorf("external_network_id", "the network %s is not marked as a way out: write external = true in its "+
			"novasphere_networking_network, or choose another. A portgroup that this provider did not make is imported first (by its id, %q, or "+
			"its name), and stays when its resource is destroyed",
			n.Name, n.ID)
	}
	if len(r.ExternalSubnetIDs)+len(r.ExternalIPs) == 0 {
		return nil
	}
	return b.checkWayOut(ctx, r, n)
}

// checkWayOut refuses subnets and addresses that a router cannot have on its external network, as far as they are written.
func (b *Backend) checkWayOut(ctx context.Context, r openstack.Router, n openstack.Network) error {
	subnets, err1 := b.Subnets(ctx, n.ID)
	others, err2 := b.HoldersOn(ctx, n.ID)
	foreign, err3 := b.foreign(ctx, n.ID, false)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	var had []openstack.FixedIP
	if at := slices.IndexFunc(others, func(o openstack.Port) bool { return o.ID == r.ID && r.ID != "" }); at >= 0 {
		had = others[at].FixedIPs
	}
	// A subnet that this plan has not come to yet may stay: Overlay leaves it out, so that nothing is refused for an address of it.
	if err := law.CheckSubnets(r, n, append(b.Planned().Subnets.At(n.ID), subnets...)); err != nil {
		return err
	}
	subnets = b.Planned().Subnets.Overlay(ctx, openstack.Subnet{ID: "none of them", NetworkID: n.ID}, subnets)
	w := sdn.PortRequest{Port: sdn.GatewayPort(openstack.RouterGateway{RouterID: r.ID, NetworkID: n.ID, FixedIPs: r.ExternalIPs})}
	others = append(b.Planned().Ports.Overlay(ctx, w.Port, others), sdn.Beside(foreign, had)...)
	if len(subnets) == 0 {
		return law.Unclaimed(r, others)
	}
	if err := sdn.Foresee(w, subnets, others); err != nil {
		return law.AtGateway(r, err)
	}
	return nil
}

// willBe returns a network with its planned changes, so that a plan that marks it external does not fail because it is not marked yet.
func (b *Backend) willBe(n openstack.Network) openstack.Network {
	for _, changed := range b.Planned().Networks.At(n.ID) {
		n = changed
	}
	return n
}

// CreateRouter writes a router's record, and then claims its external addresses. If it gets none, the record goes again.
func (b *Backend) CreateRouter(ctx context.Context, r openstack.Router) (openstack.Router, error) {
	r.ID, r.Home = "", b.home()
	if r.ExternalNetworkID != "" {
		r.Gateways = []string{r.ExternalNetworkID}
	}
	if err := b.CheckRouter(ctx, r); err != nil {
		return r, err
	}
	used, err := b.usedLike(ctx, r)
	if err != nil {
		return r, err
	}
	if r, err = b.recordRouter(ctx, r, used); err != nil {
		return r, err
	}
	if r.ExternalNetworkID != "" {
		err = b.claimGateway(ctx, r)
	}
	if err == nil {
		err = b.follow(ctx, []string{r.ID})
	}
	if err != nil {
		return b.undoRouter(ctx, r, err)
	}
	return b.settled(ctx, r)
}

// undoRouter removes a router that got no address, or that the network refused. The router is returned if it could not be removed.
func (b *Backend) undoRouter(ctx context.Context, r openstack.Router, why error) (openstack.Router, error) {
	ctx = context.WithoutCancel(ctx)
	if _, err := b.endRouter(ctx, r); err != nil {
		return r, errors.Join(why, err)
	}
	return openstack.Router{}, why
}

// usedLike returns the ids of the routers of the same name that have interfaces. It reads interfaces only where there is such a router.
func (b *Backend) usedLike(ctx context.Context, r openstack.Router) (ids []string, err error) {
	all, err := b.Backend.Routers(ctx)
	if err != nil || r.Name == "" || !slices.ContainsFunc(all, func(o openstack.Router) bool { return o.Name == r.Name }) {
		return nil, err
	}
	interfaces, err := b.RouterInterfaces(ctx, "")
	for _, i := range interfaces {
		ids = append(ids, i.RouterID)
	}
	return ids, err
}

// UpdateRouter changes a router's record, unless the changed router could not be made, and moves its external addresses. The record names
// each network on which the router may have some before it claims or frees any, so that nothing is lost by an interruption.
func (b *Backend) UpdateRouter(ctx context.Context, id string, change func(*openstack.Router) error) (openstack.Router, error) {
	before, err := b.recordOf(ctx, id)
	if err != nil {
		return before, err
	}
	r, asked := before, change
	change = func(r *openstack.Router) error {
		err := asked(r)
		r.Home = before.Home
		return err
	}
	if err = change(&r); err == nil {
		err = b.CheckRouter(ctx, r)
	}
	if err == nil && r.ExternalNetworkID != before.ExternalNetworkID {
		if err = b.tellsApart(ctx, r); err == nil {
			err = b.vacated(ctx, before, r)
		}
	}
	if err != nil {
		return r, err
	}
	r, err = b.changeRouter(ctx, id, func(r *openstack.Router) error {
		if err := change(r); err != nil {
			return err
		}
		if n := r.ExternalNetworkID; n != "" && !slices.Contains(r.Gateways, n) {
			r.Gateways = append(r.Gateways, n)
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	still, err := b.moveGateway(ctx, r, before.Gateways)
	if err != nil {
		err = errors.Join(err, b.revert(ctx, before, still))
		return r, errors.Join(err, b.follow(context.WithoutCancel(ctx), []string{id})) // somebody else may have had it follow meanwhile
	}
	if !slices.Equal(still, r.Gateways) {
		if r, err = b.changeRouter(ctx, id, func(r *openstack.Router) error { r.Gateways = still; return nil }); err != nil {
			return r, err
		}
	}
	failed := b.follow(ctx, []string{id})
	r, err = b.settled(ctx, r)
	return r, errors.Join(failed, err)
}

// tellsApart refuses an external network with addresses of a subnet on which the router has an interface. The plan of that interface has
// refused it already, unless somebody else made the interface.
func (b *Backend) tellsApart(ctx context.Context, r openstack.Router) error {
	subnets, err1 := b.Subnets(ctx, "")
	interfaces, err2 := b.RouterInterfaces(ctx, "")
	behind := slices.DeleteFunc(slices.Clone(subnets), func(s openstack.Subnet) bool {
		return !slices.ContainsFunc(interfaces, func(i openstack.RouterInterface) bool {
			return i.RouterID == r.ID && slices.Contains(i.Subnets(), s.ID)
		})
	})
	for _, s := range subnets {
		if s.NetworkID != r.ExternalNetworkID {
			continue
		}
		if twin := sdn.Overlap(openstack.Subnet{CIDR: s.CIDR}, behind); twin != nil {
			return openstack.AttributeErrorf("external_network_id", "%s of its subnet %s overlaps %s of the subnet %s, on which the router %s has "+
				"an interface: it could not tell them apart. Choose another network, or delete that interface first", s.CIDR, s.ID, twin.CIDR, twin.ID,
				r.ID)
		}
	}
	return errors.Join(err1, err2)
}

// revert undoes the change of a router's external network that could not be made. The networks on which it may have addresses stay.
func (b *Backend) revert(ctx context.Context, before openstack.Router, still []string) error {
	_, err := b.changeRouter(context.WithoutCancel(ctx), before.ID, func(r *openstack.Router) error {
		routes := r.Routes
		*r = before
		r.Routes, r.Gateways = routes, still
		return nil
	})
	return err
}

// DeleteRouter waits until nothing uses a router, frees its external addresses and removes its record. Router and interfaces are recorded
// in different VMs, so no lock covers both: it checks again afterwards, just as creating an interface checks the router afterwards, and
// one of the two sees the other.
func (b *Backend) DeleteRouter(ctx context.Context, id string) error {
	if err := b.c.Records.Refresh(ctx); err != nil { // a router or an address taken for gone would stay for ever
		return err
	}
	if err := b.whenLet(ctx, func() error { return b.unused(ctx, id) }); err != nil {
		return err
	}
	r, err := b.recordOf(ctx, id)
	if err != nil {
		return err
	}
	if r, err = b.endRouter(ctx, r); err != nil {
		return err
	}
	end := context.WithoutCancel(ctx) // what is in use after all is restored, though the time is up
	if err := b.unused(end, id); err != nil {
		return errors.Join(err, b.restoreRouter(end, r), b.follow(end, []string{id}))
	}
	return nil
}

// endRouter removes what the network has of a router, then its external addresses, and its record, which it returns.
func (b *Backend) endRouter(ctx context.Context, r openstack.Router) (openstack.Router, error) {
	carried, err := b.carried(ctx, []string{r.ID})
	if err != nil {
		return r, err
	}
	if len(carried) > 0 {
		b.going.Store(r.ID, true)
		defer b.going.Delete(r.ID)
		if err := b.Gateways.RemoveRouter(ctx, r.ID); err != nil {
			return r, err
		}
	}
	for _, network := range r.Gateways {
		if err := b.dropGateway(ctx, network, r.ID); err != nil {
			b.going.Delete(r.ID)
			return r, errors.Join(err, b.follow(context.WithoutCancel(ctx), carried))
		}
	}
	return b.dropRouter(ctx, r.ID)
}

// unused refuses a router that has interfaces, whichever workspace made them.
func (b *Backend) unused(ctx context.Context, id string) error {
	networks, err := b.c.Records.NetworksNow(ctx)
	if err != nil {
		return err
	}
	var on []string
	for _, all := range networks {
		interfaces, err := records.All[openstack.RouterInterface](all, recorded.RouterInterfaceKind)
		if err != nil {
			return err
		}
		for _, i := range interfaces {
			if i.RouterID == id {
				on = append(on, subnetText(all, i.SubnetID))
			}
		}
	}
	if len(on) == 0 {
		return nil
	}
	if more := len(on) - recorded.MostNamed; more > 0 {
		on = append(on[:recorded.MostNamed], fmt.Sprintf("%d more", more))
	}
	return busy{fmt.Errorf("the router %s is in use: it has interfaces on %s. Delete them (novasphere_networking_router_interface) first", id,
		strings.Join(on, ", "))}
}
