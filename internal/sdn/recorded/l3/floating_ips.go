package l3

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckFloatingIPs refuses floating IPs unless the provider has routers: nothing else translates addresses.
func (b *Backend) CheckFloatingIPs() error {
	if b.c.Config.Routers == vcenter.RoutersPhysical {
		return nil
	}
	return openstack.ProviderErrorf("routers", "it is not set, and a vCenter translates no addresses: set the provider's routers = %q, if a "+
		"physical gateway does and floating IPs are to be recorded only", vcenter.RoutersPhysical)
}

// CheckFloatingIP refuses a network that is not external, and an address that it does not have or that is taken.
func (b *Backend) CheckFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error) {
	if err := b.CheckFloatingIPs(); err != nil || f.NetworkID == "" {
		return f, err
	}
	n, err := b.place.Network(ctx, f.NetworkID, "")
	if err != nil {
		return f, openstack.AttributeErrorf("pool", "%w", err)
	}
	if n = b.willBe(n); !n.External {
		return f, openstack.AttributeErrorf("pool", "the network %s is not marked as a way out: write external = true in its "+
			"novasphere_networking_network, or name another", n.Name)
	}
	if f.Address == "" || f.ID != "" {
		return f, nil
	}
	subnets, err := b.Subnets(ctx, n.ID)
	if err != nil {
		return f, err
	}
	others, err := b.HoldersOn(ctx, n.ID)
	if err != nil {
		return f, err
	}
	return f, atAddress(sdn.Foresee(recorded.FloatingRequest(f),
		b.Planned().Subnets.Overlay(ctx, openstack.Subnet{ID: "none of them", NetworkID: n.ID},
			subnets), others))
}

// atAddress attaches an error about the claim of an address to the argument of the floating IP.
func atAddress(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) {
		err = field.Err
	}
	if err == nil {
		return nil
	}
	return openstack.AttributeErrorf("address", "%w", err)
}

// CreateFloatingIP claims the address and writes the record, in one write.
func (b *Backend) CreateFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error) {
	if _, err := b.CheckFloatingIP(ctx, f); err != nil {
		return f, err
	}
	mark := b.c.Records.Mark("")
	f.ID, f.Mark = cmp.Or(f.ID, uuid.NewString()), &mark
	made := f
	err := b.Claiming(ctx, f.NetworkID, func() error {
		return b.c.Records.OfNetwork(f.NetworkID).Claim(ctx, func(all records.Set) error {
			subnets, err := records.All[openstack.Subnet](all, recorded.SubnetKind)
			if err != nil {
				return err
			}
			others, err := recorded.Holders(all)
			if err != nil {
				return err
			}
			w := recorded.FloatingRequest(f)
			if w.FixedIPs[0] == (openstack.FixedIP{}) {
				w.FixedIPs = nil
			}
			p, err := sdn.Claim(w, subnets, others)
			if err == nil && len(p.FixedIPs) == 0 {
				err = fmt.Errorf("the external network %s has no subnet, and its subnets are the pools: make a novasphere_networking_subnet on it",
					f.NetworkID)
			}
			if err != nil {
				return atAddress(err)
			}
			made = f
			made.SubnetID, made.Address = p.FixedIPs[0].SubnetID, p.FixedIPs[0].Address
			return all.Put(recorded.FloatingIPKind, made.ID, made)
		})
	})
	return made, err
}

// FloatingIP finds a floating IP in the records of all networks.
func (b *Backend) FloatingIP(ctx context.Context, id string) (openstack.FloatingIP, error) {
	f, found, err := recorded.Find[openstack.FloatingIP](ctx, b.Backend, recorded.FloatingIPKind, id)
	if err == nil && !found {
		err = openstack.NotFound("there is no floating IP %s", id)
	}
	return f, err
}

// FloatingIPs returns the floating IPs of one network or, if network is empty, of all.
func (b *Backend) FloatingIPs(ctx context.Context, network string) ([]openstack.FloatingIP, error) {
	return recorded.On[openstack.FloatingIP](ctx, b.Backend, recorded.FloatingIPKind, network)
}

// UpdateFloatingIP changes a floating IP's record.
func (b *Backend) UpdateFloatingIP(ctx context.Context, id string, change func(*openstack.FloatingIP) error) (openstack.FloatingIP, error) {
	f, err := b.FloatingIP(ctx, id)
	if err != nil {
		return f, err
	}
	network := f.NetworkID
	err = b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		var now openstack.FloatingIP
		if err := all.Get(recorded.FloatingIPKind, id, &now); err != nil {
			return err
		}
		f = now
		if err := change(&f); err != nil {
			return err
		}
		f.ID, f.NetworkID, f.SubnetID, f.Address, f.Mark = now.ID, now.NetworkID, now.SubnetID, now.Address, now.Mark
		return all.Put(recorded.FloatingIPKind, id, f)
	})
	return f, b.Lost(ctx, "floating IP", network, id, err)
}

// DeleteFloatingIP removes a floating IP's record, which frees its address.
func (b *Backend) DeleteFloatingIP(ctx context.Context, id string) error {
	f, err := b.FloatingIP(ctx, id)
	if err != nil {
		return err
	}
	err = b.c.Records.OfNetwork(f.NetworkID).Update(ctx, func(all records.Set) error {
		if err := all.Get(recorded.FloatingIPKind, id, &openstack.FloatingIP{}); err != nil {
			return err
		}
		behind, err := forwardingsOf(all, id)
		if err != nil {
			return err
		}
		if len(behind) > 0 {
			return fmt.Errorf("the floating IP %s (%s) is in use: it has the port forwarding %s. Delete that first", f.Address, id, behind[0].ID)
		}
		all.Drop(recorded.FloatingIPKind, id)
		return nil
	})
	if err != nil {
		return b.Lost(ctx, "floating IP", f.NetworkID, id, err)
	}
	return b.Retire(ctx, f.NetworkID)
}
