// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const forwardingKind = "forwarding"

// ignoreNotFound returns an error that is about anything but a missing object.
func ignoreNotFound(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	return err
}

// forwardingsOf returns the forwardings of a floating IP, which are recorded beside it.
func forwardingsOf(all records.Set, floatingIP string) ([]openstack.Forwarding, error) {
	found, err := records.All[openstack.Forwarding](all, forwardingKind)
	return slices.DeleteFunc(slices.Clone(found), func(f openstack.Forwarding) bool { return f.FloatingIPID != floatingIP }), err
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

// Forwardings returns the forwardings of a floating IP, but for those to a port or an address that is gone: Neutron deletes them with it.
func (b *Backend) Forwardings(ctx context.Context, floatingIP string) ([]openstack.Forwarding, error) {
	at, err := b.recordedFloatingIP(ctx, floatingIP)
	if err != nil {
		return nil, err
	}
	all, _, err := b.RecordsOn(ctx, at.NetworkID)
	if err != nil {
		return nil, err
	}
	dead, err := b.deadForwardings(ctx, at.NetworkID)
	if err != nil {
		return nil, err
	}
	found, err := forwardingsOf(all, floatingIP)
	return slices.DeleteFunc(found, func(f openstack.Forwarding) bool { return hasForwarding(dead, f.ID) }), err
}

func hasForwarding(all []openstack.Forwarding, id string) bool {
	return slices.ContainsFunc(all, func(f openstack.Forwarding) bool { return f.ID == id })
}

// deadForwardings returns the recorded forwardings of an external network that lead to a port or an address that is gone.
func (b *Backend) deadForwardings(ctx context.Context, network string) (dead []openstack.Forwarding, err error) {
	all, err := recorded.On[openstack.Forwarding](ctx, b.Backend, forwardingKind, network)
	for _, f := range all {
		there, err := b.there(ctx, f.PortID, f.Address)
		if err != nil {
			return nil, err
		}
		if !there {
			dead = append(dead, f)
		}
	}
	return dead, err
}

// dropForwardings removes forwardings that are still as they were seen.
func dropForwardings(all records.Set, dead []openstack.Forwarding) error {
	for _, f := range dead {
		var now openstack.Forwarding
		err := all.Get(forwardingKind, f.ID, &now)
		if err == nil && recordsEqual(now, f) {
			err = dropForwarding(all, f)
		}
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

// dropForwarding removes a forwarding. A floating IP without any is behind no router.
func dropForwarding(all records.Set, f openstack.Forwarding) error {
	all.Drop(forwardingKind, f.ID)
	left, err := forwardingsOf(all, f.FloatingIPID)
	if err != nil || len(left) > 0 {
		return err
	}
	var at openstack.FloatingIP
	if err := all.Get(recorded.FloatingIPKind, f.FloatingIPID, &at); err != nil {
		return ignoreNotFound(err)
	}
	if at.PortID == "" {
		at.RouterID = ""
	}
	return all.Put(recorded.FloatingIPKind, at.ID, at)
}

// DeleteForwarding removes a forwarding's record.
func (b *Backend) DeleteForwarding(ctx context.Context, floatingIP, id string) error {
	at, err := b.recordedFloatingIP(ctx, floatingIP)
	if err != nil {
		return err
	}
	err = b.part(ctx, id, []string{at.RouterID}, func() error { return b.dropRecord(ctx, at.NetworkID, id) })
	return b.Lost(ctx, "port forwarding", at.NetworkID, id, err)
}

// dropRecord removes the record of a forwarding.
func (b *Backend) dropRecord(ctx context.Context, network, id string) error {
	return b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		var f openstack.Forwarding
		if err := all.Get(forwardingKind, id, &f); err != nil {
			return err
		}
		return dropForwarding(all, f)
	})
}
