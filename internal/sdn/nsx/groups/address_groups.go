// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// CheckAddressGroup refuses an address group with more addresses than a group of NSX takes.
func (b *Backend) CheckAddressGroup(_ context.Context, g openstack.AddressGroup) error {
	_, err := firewall.AddressGroupOf(policy.Owner{}, g)
	return err
}

// CreateAddressGroup records a group of addresses, and makes it in NSX.
func (b *Backend) CreateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error) {
	if err := b.CheckAddressGroup(ctx, g); err != nil {
		return g, err
	}
	g, err := b.records.CreateAddressGroup(ctx, g)
	if err != nil {
		return g, err
	}
	err = b.followAddresses(ctx, g.ID)
	return g, undone(err, func() error { return b.DeleteAddressGroup(context.WithoutCancel(ctx), g.ID) })
}

// UpdateAddressGroup changes a group's record, and its addresses in NSX by one write, whatever the number of ports.
func (b *Backend) UpdateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error) {
	if err := b.CheckAddressGroup(ctx, g); err != nil {
		return g, err
	}
	g, err := b.records.UpdateAddressGroup(ctx, g)
	if err != nil {
		return g, err
	}
	return g, b.followAddresses(ctx, g.ID)
}

// followAddresses brings what NSX has of an address group in line with its record, which is read after it, and waits until that is in
// force.
func (b *Backend) followAddresses(ctx context.Context, id string) error {
	w, err := b.nsx.Owner(ctx)
	if err != nil {
		return err
	}
	path := firewall.GroupPath(b.root, id)
	merge := func(o map[string]any) (bool, error) {
		g, err := b.addressRecord(ctx, id)
		if err != nil {
			return false, err
		}
		return firewall.MergeAddressGroup(w, o, g)
	}
	for try := 1; ; try++ {
		_, err = b.api.Update(ctx, path, merge)
		if !errors.Is(err, openstack.ErrNotFound) {
			break
		}
		g, failed := b.addressRecord(ctx, id)
		if failed != nil {
			return failed
		}
		body, failed := firewall.AddressGroupOf(w, g)
		if failed != nil {
			return failed
		}
		if err = b.api.Create(ctx, path, body, nil); !errors.Is(err, api.ErrExists) || try == 2 {
			break
		}
	}
	if err != nil {
		return explained(err)
	}
	b.there.Store(path, true)
	return b.settled(ctx, path)
}

// addressRecord reads an address group's record anew.
func (b *Backend) addressRecord(ctx context.Context, id string) (openstack.AddressGroup, error) {
	if err := b.c.Records.Refresh(ctx); err != nil {
		return openstack.AddressGroup{}, err
	}
	return b.records.AddressGroup(ctx, id)
}

// DeleteAddressGroup removes an address group that no rule names from NSX, and then its record.
func (b *Backend) DeleteAddressGroup(ctx context.Context, id string) error {
	all, err := b.freshGroups(ctx, id)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(g openstack.SecurityGroup) bool { return names(g, id) }) {
		return b.records.DeleteAddressGroup(ctx, id) // which refuses it
	}
	if err := b.deleteOurs(ctx, firewall.GroupPath(b.root, id)); err != nil {
		return err
	}
	err = b.records.DeleteAddressGroup(ctx, id)
	if err != nil && !errors.Is(err, openstack.ErrNotFound) {
		if failed := b.followAddresses(context.WithoutCancel(ctx), id); failed != nil {
			err = errors.Join(err, fmt.Errorf("and it is not in NSX any more: %w", failed))
		}
	}
	return err
}
