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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckRouters allows routers only where the provider's configuration declares that they are physical ones.
func (b *Backend) CheckRouters() (caveat string, err error) {
	if b.c.Config.Routers != vcenter.RoutersPhysical {
		return "", openstack.ProviderErrorf("routers", "it is not set, and a vCenter has no routers. Either set the provider's routers = %q, if "+
			"the gateway of these VLANs is a physical one and the router is to be recorded only, or use a backend that has routers (NSX), which "+
			"this version has not", vcenter.RoutersPhysical)
	}
	if b.Planned().FirstTime("routers = " + vcenter.RoutersPhysical) {
		caveat = "With the provider's routers = \"" + vcenter.RoutersPhysical +
			"\" a router and its interfaces are records: nothing routes unless the physical gateway of these VLANs has the gateway addresses of " +
			"the subnets and routes between them"
	}
	return caveat, nil
}

// CheckRouter checks the external gateway: its network must be marked external, and have the named subnets and addresses.
func (b *Backend) CheckRouter(ctx context.Context, r openstack.Router) error {
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
	subnets, err := b.Subnets(ctx, n.ID)
	if err != nil {
		return err
	}
	return checkWayOut(r, n, subnets)
}

// willBe returns a network with its planned changes, so that a plan that marks it external does not fail because it is not marked yet.
func (b *Backend) willBe(n openstack.Network) openstack.Network {
	for _, changed := range b.Planned().Networks.At(n.ID) {
		n = changed
	}
	return n
}

// checkWayOut refuses subnets and addresses that the external network does not have. A network without recorded subnets may have any
// address, which only the physical gateway knows.
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

// CreateRouter writes a router's record.
func (b *Backend) CreateRouter(ctx context.Context, r openstack.Router) (openstack.Router, error) {
	if err := b.CheckRouter(ctx, r); err != nil {
		return r, err
	}
	used, err := b.usedLike(ctx, r)
	if err != nil {
		return r, err
	}
	return b.recordRouter(ctx, r, used)
}

// usedLike returns the ids of the routers of the same name that have interfaces. It reads interfaces only where there is such a router.
func (b *Backend) usedLike(ctx context.Context, r openstack.Router) (ids []string, err error) {
	all, err := b.Routers(ctx)
	if err != nil || r.Name == "" || !slices.ContainsFunc(all, func(o openstack.Router) bool { return o.Name == r.Name }) {
		return nil, err
	}
	interfaces, err := b.RouterInterfaces(ctx, "")
	for _, i := range interfaces {
		ids = append(ids, i.RouterID)
	}
	return ids, err
}

// UpdateRouter changes a router's record, unless the changed router could not be made.
func (b *Backend) UpdateRouter(ctx context.Context, id string, change func(*openstack.Router) error) (openstack.Router, error) {
	r, err := b.Router(ctx, id)
	if err == nil {
		err = change(&r)
	}
	if err == nil {
		err = b.CheckRouter(ctx, r)
	}
	if err != nil {
		return r, err
	}
	return b.changeRouter(ctx, id, change)
}

// DeleteRouter removes a router's record. Router and interfaces are recorded in different VMs, so no lock covers both: it checks again
// afterwards, just as creating an interface checks the router afterwards, and one of the two sees the other.
func (b *Backend) DeleteRouter(ctx context.Context, id string) error {
	if err := b.unused(ctx, id); err != nil {
		return err
	}
	r, err := b.dropRouter(ctx, id)
	if err != nil {
		return err
	}
	if err := b.unused(ctx, id); err != nil {
		return errors.Join(err, b.restoreRouter(ctx, r))
	}
	return nil
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
	return fmt.Errorf("the router %s is in use: it has interfaces on %s. Delete them (novasphere_networking_router_interface) first", id,
		strings.Join(on, ", "))
}
