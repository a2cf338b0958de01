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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// moveGateway claims a router's addresses on its external network, and frees those on the networks that it leaves. The router's record
// must name all these networks before, so that a change which is interrupted is found and goes on. It returns the networks where the
// router still has addresses, also with an error; before are those where it had some at first.
func (b *Backend) moveGateway(ctx context.Context, r openstack.Router, before []string) (still []string, err error) {
	if still = r.Gateways; r.ExternalNetworkID != "" {
		if err := b.claimGateway(ctx, r); err != nil {
			if field := (*openstack.FieldError)(nil); errors.As(err, &field) && !slices.Contains(before, r.ExternalNetworkID) {
				still = before // it was refused, and nothing was written
			}
			return still, err
		}
	}
	for _, network := range slices.Clone(still) {
		if network == r.ExternalNetworkID {
			continue
		}
		if err := b.dropGateway(ctx, network, r.ID); err != nil {
			return still, err
		}
		still = slices.DeleteFunc(slices.Clone(still), func(n string) bool { return n == network })
	}
	return still, nil
}

// claimGateway gives a router the addresses that it asks for, in one write. What it has already and still asks for stays.
func (b *Backend) claimGateway(ctx context.Context, r openstack.Router) error {
	mark := b.c.Records.Mark("")
	network := r.ExternalNetworkID
	return b.Claiming(ctx, network, func() error {
		foreign, err := b.foreign(ctx, network, true)
		if err != nil {
			return err
		}
		return b.c.Records.OfNetwork(network).Claim(ctx, func(all records.Set) error {
			subnets, err1 := records.All[openstack.Subnet](all, recorded.SubnetKind)
			others, err2 := recorded.Holders(all)
			gateway := openstack.RouterGateway{RouterID: r.ID, NetworkID: network, Mark: &mark}
			if err := all.Get(recorded.GatewayKind, r.ID, &gateway); err != nil && !errors.Is(err, openstack.ErrNotFound) {
				return err
			}
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			ips, err := law.WayOut(r, gateway.FixedIPs, subnets, append(others, sdn.Beside(foreign, gateway.FixedIPs)...))
			if err != nil {
				return err
			}
			gateway.FixedIPs = ips
			return all.Put(recorded.GatewayKind, r.ID, gateway)
		})
	})
}

// dropGateway frees a router's addresses on a network that it leaves, once no floating IP of that network leads through
// it to a port that is there.
func (b *Backend) dropGateway(ctx context.Context, network, router string) error {
	err := b.whenLet(ctx, func() error {
		ports, err := b.freshPorts(ctx)
		if err != nil {
			return err
		}
		return b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
			if err := unneededGateway(all, router, ports); err != nil {
				return err
			}
			all.Drop(recorded.GatewayKind, router)
			return nil
		})
	})
	if errors.Is(err, records.ErrNoStore) || errors.Is(err, openstack.ErrNotFound) {
		return nil // gone with the records of its network
	}
	if err != nil {
		return err
	}
	return b.Retire(ctx, network)
}

// freshPorts reads the records anew, and returns all ports: that of a floating IP may have been made a moment ago.
func (b *Backend) freshPorts(ctx context.Context) ([]openstack.Port, error) {
	if err := b.c.Records.Refresh(ctx); err != nil {
		return nil, err
	}
	return b.Ports(ctx, "")
}

// unneededGateway refuses that a router leaves an external network while floating IPs of that lead through it to ports that are there.
func unneededGateway(all records.Set, router string, ports []openstack.Port) error {
	through, err := translations(all, router, leads(ports, nil))
	if err != nil || len(through) == 0 {
		return err
	}
	return busy{openstack.AttributeErrorf("external_network_id", "the router %s has to keep its gateway: %s through it. Delete them, or "+
		"take their port away (port_id, novasphere_networking_floatingip_associate), first", router, listed(through))}
}

// vacated waits until no floating IP leads through a router on the networks that it is to leave, where the network itself translates. That
// is before its record says so: a router between two networks has no way out, and whoever has NSX follow it then would take away the rules
// of floating IPs that still lead through it.
func (b *Backend) vacated(ctx context.Context, before, now openstack.Router) error {
	if b.Gateways == nil {
		return nil
	}
	for _, network := range before.Gateways {
		if network == now.ExternalNetworkID {
			continue
		}
		if err := b.whenLet(ctx, func() error {
			ports, err := b.freshPorts(ctx)
			if err != nil {
				return err
			}
			all, has, err := b.RecordsOn(ctx, network)
			if err != nil || !has {
				return err
			}
			return unneededGateway(all, before.ID, ports)
		}); err != nil {
			return err
		}
	}
	return nil
}

// settled fills in a router's addresses, which are recorded beside the subnets of its external network. A router whose change of the
// external network or of its addresses there was interrupted shows others than the wanted ones, so that the next plan goes on with it.
func (b *Backend) settled(ctx context.Context, r openstack.Router) (openstack.Router, error) {
	for _, network := range r.Gateways {
		all, has, err := b.RecordsOn(ctx, network)
		if err != nil {
			return r, err
		}
		var gateway openstack.RouterGateway
		if has {
			if err = all.Get(recorded.GatewayKind, r.ID, &gateway); err != nil && !errors.Is(err, openstack.ErrNotFound) {
				return r, err
			}
		}
		switch claimed := has && err == nil; {
		case network == r.ExternalNetworkID && claimed && len(r.Gateways) == 1:
			r.Addresses = gateway.FixedIPs
			if !law.HasWritten(r) { // a change of its address was interrupted
				r.ExternalIPs = r.Addresses
			}
			return r, nil
		case claimed && r.ExternalNetworkID == "":
			r.ExternalNetworkID = network
			return r, nil
		}
	}
	r.ExternalNetworkID = ""
	return r, nil
}

// foreign returns what others have of an external network's addresses, in the shape of ports. Beside a physical gateway nobody can say. now
// is false for a plan, for which a look of a moment ago is good enough.
func (b *Backend) foreign(ctx context.Context, network string, now bool) ([]openstack.Port, error) {
	if b.c.Config.Routers != vcenter.RoutersNSX {
		return nil, nil
	}
	return b.place.ForeignPorts(ctx, network, now)
}

// RouterDifferences tells how the network differs from what is recorded. A router that this configuration does not have carried out has
// none.
func (b *Backend) RouterDifferences(ctx context.Context, router, of string) ([]string, error) {
	if b.Gateways == nil || router == "" {
		return nil, nil
	}
	r, err := b.recordOf(ctx, router)
	if err != nil || r.Home != b.home() {
		return nil, ignoreNotFound(err)
	}
	return b.Gateways.Differences(ctx, router, of)
}

// ForwardingRouter returns the router that carries out a forwarding, which its floating IP's record names.
func (b *Backend) ForwardingRouter(ctx context.Context, f openstack.Forwarding) (string, error) {
	if b.Gateways == nil {
		return "", nil
	}
	at, err := b.recordedFloatingIP(ctx, f.FloatingIPID)
	return at.RouterID, ignoreNotFound(err)
}
