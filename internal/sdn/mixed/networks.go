// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// newNetworks returns what decides where a new network is made.
func (b *Backend) newNetworks() newNetworks {
	return newNetworks{tenantTypes: b.c.Config.TenantTypes, vlanZone: b.segments.VLANHome(), onSwitch: b.HasPhysical,
		inNSX: b.segments.HasZone}
}

// CheckNetwork completes a planned network where it is, or where it is to be made.
func (b *Backend) CheckNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	if out, err := b.isWayOut(ctx, n); out || err != nil {
		if err != nil {
			return n, err
		}
		return b.external.CheckNetwork(ctx, n)
	}
	check := func(nsx bool, n openstack.Network) (openstack.Network, error) {
		if nsx {
			return b.segments.CheckNetwork(ctx, n)
		}
		return b.Backend.CheckNetwork(ctx, n)
	}
	if n.ID != "" {
		is, err := b.onNSX(ctx, n.ID)
		if err != nil {
			return n, err
		}
		return check(is, n)
	}
	return b.newNetworks().make(ctx, n, check)
}

// isWayOut reports whether a network is, or is to be, a tier-0 gateway: one that exists is by its id, and a new one where it is external
// and does not name a distributed switch or a transport zone.
func (b *Backend) isWayOut(ctx context.Context, n openstack.Network) (bool, error) {
	switch {
	case b.external == nil:
		return false, nil
	case n.ID != "":
		return b.leadsOut(ctx, n.ID)
	case !n.External || n.PhysicalNetwork == "":
		return n.External, nil
	}
	gateway, err1 := b.segments.HasTier0(ctx, n.PhysicalNetwork)
	onSwitch, err2 := b.HasPhysical(ctx, n.PhysicalNetwork)
	_, inNSX, err3 := b.segments.HasZone(ctx, n.PhysicalNetwork)
	return gateway || !onSwitch && !inNSX, errors.Join(err1, err2, err3)
}

// CreateNetwork makes a network: a segment, a portgroup, or the record of a tier-0 gateway.
func (b *Backend) CreateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	if out, err := b.isWayOut(ctx, n); out || err != nil {
		if err != nil {
			return n, err
		}
		return b.external.CreateNetwork(ctx, n)
	}
	return b.newNetworks().make(ctx, n, func(nsx bool, n openstack.Network) (openstack.Network, error) {
		if nsx {
			return b.segments.CreateNetwork(ctx, n)
		}
		return b.Backend.CreateNetwork(ctx, n)
	})
}

// Network finds a network of either kind. NSX is not asked about an id that another network of the vCenter has.
func (b *Backend) Network(ctx context.Context, id, name string) (openstack.Network, error) {
	if out, err := b.leadsOut(ctx, id); id != "" && (out || err != nil) {
		if err != nil {
			return openstack.Network{}, err
		}
		return b.external.Find(ctx, id, name)
	}
	shown, err := b.Backend.Network(ctx, id, name)
	switch {
	case id != "" && err == nil && shown.Kind != openstack.NetworkSegment:
		return shown, nil
	case id != "" && err != nil && managed.MatchString(id):
		return shown, err
	case id != "":
		n, err := b.segments.Network(ctx, id, name)
		if err != nil {
			return n, err
		}
		return b.segments.Limited(ctx, n)
	}
	all, failed := b.Networks(ctx)
	if failed != nil {
		return shown, failed
	}
	found := slices.DeleteFunc(slices.Clone(all), func(n openstack.Network) bool { return n.Name != name })
	switch {
	case len(found) == 1 && (found[0].Kind == openstack.NetworkSegment || found[0].Kind == openstack.NetworkExternal):
		return found[0], nil
	case len(found) > 1 && slices.ContainsFunc(found, func(n openstack.Network) bool { return n.Kind == openstack.NetworkExternal }):
		return openstack.Network{}, openstack.AttributeErrorf("name", "%d networks are called %q, and one of them is external: write the "+
			"id of one, %q or %q, or external = true in the data source", len(found), name, found[0].ID, found[1].ID)
	case err == nil && len(found) != 1: // the vCenter does not show what NSX has made or deleted just now
		return b.segments.Network(ctx, id, name)
	}
	return shown, err
}

// Networks returns the networks of both kinds, and the external ones.
func (b *Backend) Networks(ctx context.Context) ([]openstack.Network, error) {
	all, err := b.segments.Networks(ctx)
	if err != nil || b.external == nil {
		return all, err
	}
	out, err := b.external.Networks(ctx)
	return append(all, out...), err
}

// NetworkOfOpenStack finds the network that replaces one of OpenStack's. A segment that Neutron made bears the network's own id.
func (b *Backend) NetworkOfOpenStack(ctx context.Context, id, name string) (openstack.Network, error) {
	n, err := b.segments.Network(ctx, id, "")
	if errors.Is(err, openstack.ErrNotFound) {
		return b.Backend.NetworkOfOpenStack(ctx, id, name)
	}
	return n, err
}

// UpdateNetwork changes a network in place.
func (b *Backend) UpdateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	at, err := b.of(ctx, n.ID)
	if err != nil {
		return n, err
	}
	return at.UpdateNetwork(ctx, n)
}

// DeleteNetwork removes a network that is not in use.
func (b *Backend) DeleteNetwork(ctx context.Context, id string) (ours bool, err error) {
	at, err := b.of(ctx, id)
	if err != nil {
		return true, err
	}
	return at.DeleteNetwork(ctx, id)
}
