package dvs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckRouters has routers only where the user says that they are somebody else's.
func (b *Backend) CheckRouters() (caveat string, err error) {
	if b.c.Config.Routers != vcenter.RoutersPhysical {
		return "", openstack.ProviderErrorf("routers", "it is not set, and a vCenter has no routers. Either set the provider's routers = %q, if "+
			"the gateway of these VLANs is a physical one and the router is to be recorded only, or use a backend that has routers (NSX), which "+
			"this version has not", vcenter.RoutersPhysical)
	}
	if b.planned.FirstTime("routers = " + vcenter.RoutersPhysical) {
		caveat = "With the provider's routers = \"" + vcenter.RoutersPhysical +
			"\" a router and its interfaces are records: nothing routes unless the physical gateway of these VLANs has the gateway addresses of " +
			"the subnets and routes between them"
	}
	return caveat, nil
}

// CheckRouter looks at the way out: it must be a network that is marked as one, with the subnets and addresses that are named.
func (b *Backend) CheckRouter(ctx context.Context, r openstack.Router) error {
	if r.ExternalNetworkID == "" {
		return nil
	}
	n, err := b.c.Networks.Network(ctx, r.ExternalNetworkID, "")
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
	subnets, err := b.Subnets(ctx, n.ID)
	if err != nil {
		return err
	}
	return checkWayOut(r, n, subnets)
}

// willBe is a network as a change that is planned makes it: who follows the advice to mark it must not hear the same again.
func (b *Backend) willBe(n openstack.Network) openstack.Network {
	for _, changed := range b.planned.Networks.At(n.ID) {
		n = changed
	}
	return n
}

// checkWayOut refuses subnets and addresses that the external network has not. A network without recorded subnets may have any
// address: the physical gateway knows.
func checkWayOut(r openstack.Router, n openstack.Network, subnets []openstack.Subnet) error {
	for _, id := range r.ExternalSubnetIDs {
		if !slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return s.ID == id }) {
			return openstack.AttributeErrorf("external_subnet_ids", "the external network %s has no subnet %s", n.Name, id)
		}
	}
	for i, ip := range r.ExternalIPs {
		at := fmt.Sprintf("external_fixed_ip[%d]", i)
		known := slices.ContainsFunc(subnets, func(s openstack.Subnet) bool {
			return (ip.SubnetID == "" || ip.SubnetID == s.ID) && (ip.Address == "" || sdn.In(s, ip.Address))
		})
		switch {
		case known || ip.SubnetID == "" && len(subnets) == 0:
		case ip.Address == "":
			return openstack.AttributeErrorf(at, "the external network %s has no subnet %s", n.Name, ip.SubnetID)
		case ip.SubnetID == "":
			return openstack.AttributeErrorf(at, "no subnet of the external network %s has the address %s", n.Name, ip.Address)
		default:
			return openstack.AttributeErrorf(at, "the external network %s has no subnet %s with the address %s", n.Name, ip.SubnetID, ip.Address)
		}
	}
	return nil
}

// CreateRouter writes the record.
func (b *Backend) CreateRouter(ctx context.Context, r openstack.Router) (openstack.Router, error) {
	if err := b.CheckRouter(ctx, r); err != nil {
		return r, err
	}
	used, err := b.usedLike(ctx, r)
	if err != nil {
		return r, err
	}
	return b.c.Networks.CreateRouter(ctx, r, used)
}

// usedLike are the routers of a name that have interfaces: the interfaces are looked for where there is such a router only.
func (b *Backend) usedLike(ctx context.Context, r openstack.Router) (ids []string, err error) {
	all, err := b.c.Networks.Routers(ctx)
	if err != nil || r.Name == "" || !slices.ContainsFunc(all, func(o openstack.Router) bool { return o.Name == r.Name }) {
		return nil, err
	}
	interfaces, err := b.RouterInterfaces(ctx, "")
	for _, i := range interfaces {
		ids = append(ids, i.RouterID)
	}
	return ids, err
}

// Router reads one router.
func (b *Backend) Router(ctx context.Context, id string) (openstack.Router, error) {
	return b.c.Networks.ReadRouter(ctx, id)
}

// Routers are all of the datacenter's.
func (b *Backend) Routers(ctx context.Context) ([]openstack.Router, error) {
	return b.c.Networks.Routers(ctx)
}

// UpdateRouter changes the record.
func (b *Backend) UpdateRouter(ctx context.Context, id string, change func(*openstack.Router)) (openstack.Router, error) {
	r, err := b.c.Networks.ReadRouter(ctx, id)
	if err != nil {
		return r, err
	}
	change(&r)
	if err := b.CheckRouter(ctx, r); err != nil {
		return r, err
	}
	return b.c.Networks.UpdateRouter(ctx, id, func(r *openstack.Router) error { change(r); return nil })
}

// DeleteRouter removes the record. Router and interfaces lie in different VMs, so nothing guards both: it looks again afterwards, as
// whoever makes an interface looks for the router afterwards, and one of the two sees the other.
func (b *Backend) DeleteRouter(ctx context.Context, id string) error {
	if err := b.unused(ctx, id); err != nil {
		return err
	}
	r, err := b.c.Networks.DropRouter(ctx, id)
	if err != nil {
		return err
	}
	if err := b.unused(ctx, id); err != nil {
		return errors.Join(err, b.c.Networks.RestoreRouter(ctx, r))
	}
	return nil
}

// unused refuses a router that has interfaces, whoever has made them.
func (b *Backend) unused(ctx context.Context, id string) error {
	networks, err := b.c.Records.NetworksNow(ctx)
	if err != nil {
		return err
	}
	var on []string
	for _, all := range networks {
		interfaces, err := records.All[openstack.RouterInterface](all, routerInterfaceKind)
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
	if more := len(on) - mostNamed; more > 0 {
		on = append(on[:mostNamed], fmt.Sprintf("%d more", more))
	}
	return fmt.Errorf("the router %s is in use: it has interfaces on %s. Delete them (novasphere_networking_router_interface) first", id,
		strings.Join(on, ", "))
}

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
	all, err := b.c.Networks.Routers(ctx)
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
	all, failed := b.c.Networks.Routers(ctx)
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
	err = b.c.Networks.RouterIsThere(ctx, made.RouterID)
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
