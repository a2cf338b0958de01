package l3

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const forwardingKind = "forwarding"

// forwardingsOf returns the forwardings of a floating IP, which are recorded beside it.
func forwardingsOf(all records.Set, floatingIP string) ([]openstack.Forwarding, error) {
	found, err := records.All[openstack.Forwarding](all, forwardingKind)
	return slices.DeleteFunc(found, func(f openstack.Forwarding) bool { return f.FloatingIPID != floatingIP }), err
}

// CheckForwarding refuses a forwarding that cannot be made.
func (b *Backend) CheckForwarding(_ context.Context, _ openstack.Forwarding) error { return nil }

// CreateForwarding records a forwarding, unless its floating IP has one of the same protocol and number.
func (b *Backend) CreateForwarding(ctx context.Context, f openstack.Forwarding) (openstack.Forwarding, error) {
	at, err := b.FloatingIP(ctx, f.FloatingIPID)
	if err != nil {
		return f, openstack.AttributeErrorf("floatingip_id", "%w", err)
	}
	mark := b.c.Records.Mark("")
	f.ID, f.Mark = cmp.Or(f.ID, uuid.NewString()), &mark
	err = b.c.Records.OfNetwork(at.NetworkID).Update(ctx, func(all records.Set) error {
		if err := all.Get(recorded.FloatingIPKind, f.FloatingIPID, &openstack.FloatingIP{}); err != nil {
			return openstack.AttributeErrorf("floatingip_id", "%w", err)
		}
		return putForwarding(all, f, at.Address)
	})
	return f, b.Lost(ctx, "floating IP", at.NetworkID, at.ID, err)
}

// putForwarding writes a forwarding, unless another one of the floating IP has its protocol and number.
func putForwarding(all records.Set, f openstack.Forwarding, address string) error {
	others, err := forwardingsOf(all, f.FloatingIPID)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.ID != f.ID && o.Protocol == f.Protocol && o.External == f.External {
			return openstack.AttributeErrorf("external_port", "%s %d of the floating IP %s leads to %s %d already, by the port forwarding %s%s: "+
				"write another number", f.Protocol, f.External, address, o.Address, o.Internal, o.ID, o.Mark.Clause())
		}
	}
	return all.Put(forwardingKind, f.ID, f)
}

// Forwarding reads one forwarding.
func (b *Backend) Forwarding(ctx context.Context, floatingIP, id string) (openstack.Forwarding, error) {
	all, err := b.Forwardings(ctx, floatingIP)
	if err != nil {
		return openstack.Forwarding{}, err
	}
	i := slices.IndexFunc(all, func(f openstack.Forwarding) bool { return f.ID == id })
	if i < 0 {
		return openstack.Forwarding{}, openstack.NotFound("there is no port forwarding %s of the floating IP %s", id, floatingIP)
	}
	return all[i], nil
}

// Forwardings returns the forwardings of a floating IP.
func (b *Backend) Forwardings(ctx context.Context, floatingIP string) ([]openstack.Forwarding, error) {
	at, err := b.FloatingIP(ctx, floatingIP)
	if err != nil {
		return nil, err
	}
	all, _, err := b.RecordsOn(ctx, at.NetworkID)
	if err != nil {
		return nil, err
	}
	return forwardingsOf(all, floatingIP)
}

// UpdateForwarding changes a forwarding's record.
func (b *Backend) UpdateForwarding(ctx context.Context, floatingIP, id string, change func(*openstack.Forwarding) error) (
	f openstack.Forwarding, err error) {
	at, err := b.FloatingIP(ctx, floatingIP)
	if err != nil {
		return f, err
	}
	err = b.c.Records.OfNetwork(at.NetworkID).Update(ctx, func(all records.Set) error {
		var now openstack.Forwarding
		if err := all.Get(forwardingKind, id, &now); err != nil {
			return err
		}
		f = now
		if err := change(&f); err != nil {
			return err
		}
		f.ID, f.FloatingIPID, f.Mark = now.ID, now.FloatingIPID, now.Mark
		return putForwarding(all, f, at.Address)
	})
	return f, b.Lost(ctx, "port forwarding", at.NetworkID, id, err)
}

// DeleteForwarding removes a forwarding's record.
func (b *Backend) DeleteForwarding(ctx context.Context, floatingIP, id string) error {
	at, err := b.FloatingIP(ctx, floatingIP)
	if err != nil {
		return err
	}
	err = b.c.Records.OfNetwork(at.NetworkID).Update(ctx, func(all records.Set) error {
		if err := all.Get(forwardingKind, id, &openstack.Forwarding{}); err != nil {
			return err
		}
		all.Drop(forwardingKind, id)
		return nil
	})
	return b.Lost(ctx, "port forwarding", at.NetworkID, id, err)
}
