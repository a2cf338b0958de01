// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/gateway"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// A router is on an overlay network by a field of the network's segment, and at the gateways of those of its subnets that it is on. The
// segment has the gateways of subnets with DHCP besides.

// Route connects a segment to a router which is on some of its subnets, and disconnects it from the router where that is on none. It waits
// until NSX has realized that. It reports whether the segment was changed.
func (b *Backend) Route(ctx context.Context, network, router string, on []string) (changed bool, err error) {
	n, err := b.Network(ctx, network, "")
	if isNotFound(err) && len(on) == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if is, err := b.RoutedAs(ctx, n, router, on); err != nil || is {
		return false, err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return false, err
	}
	err = b.changeSegment(ctx, n, func(o policy.Object) (bool, error) {
		changed, err = b.route(ctx, owner, o, router, on)
		return changed, err
	})
	if isNotFound(err) && len(on) == 0 {
		return false, nil
	}
	return changed, err
}

// RoutedAs reports whether a segment, as it was last seen, is connected to a router as Route would have it.
func (b *Backend) RoutedAs(ctx context.Context, n openstack.Network, router string, on []string) (bool, error) {
	owner, err := b.owner(ctx)
	if err != nil {
		return false, err
	}
	all, err := b.segments(ctx)
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(all, func(o policy.Object) bool { return o.ID() == n.ID })
	if at < 0 {
		return false, nil
	}
	changes, err := b.route(ctx, owner, all[at].Copy(), router, on)
	return !changes, err
}

// route changes a segment as it was read to one that a router is on, or is not on any more. It reports whether anything differed.
func (b *Backend) route(ctx context.Context, owner policy.Owner, o policy.Object, router string, on []string) (changed bool, err error) {
	if len(on) > 0 {
		changed, err = gateway.Connect(owner, b.root, o, router)
	} else {
		if changed, err = gateway.Disconnect(owner, b.root, o, router); err == nil && (!owner.Owns(o) || o.Text("connectivity_path") != "") {
			return changed, nil // somebody else's
		}
	}
	if err != nil {
		return false, err
	}
	subnets, err := b.records.Subnets(ctx, o.ID())
	if err != nil {
		return false, err
	}
	var entries []policy.SegmentSubnet
	for _, s := range subnets {
		entry, served, err := b.entryOf(ctx, s)
		routed := slices.Contains(on, s.ID)
		if routed && !served {
			entry, err = policy.SegmentSubnetOf(s, "")
		}
		gone := false
		switch {
		case err != nil:
			return false, err
		case routed:
			entries = append(entries, entry)
		case !served:
			gone, err = owner.RemoveSubnet(o, s.CIDR)
		}
		if changed = changed || gone; err != nil {
			return false, err
		}
	}
	for _, entry := range entries { // after those that are gone: a segment has one of each IP version
		merged, err := owner.MergeSubnet(o, entry, b.root.DHCPServerConfig(o.ID()))
		if changed = changed || merged; err != nil {
			return false, err
		}
	}
	return changed, nil
}

// Connected returns the ids of the segments of ours that were last seen connected to a router. anew: they are listed again.
func (b *Backend) Connected(ctx context.Context, router string, anew bool) (ids []string, err error) {
	if anew {
		b.list.Forget()
	}
	all, err := b.segments(ctx)
	if err != nil {
		return nil, err
	}
	owner, err := b.owner(ctx)
	for _, o := range all {
		if o.Text("connectivity_path") != gateway.RouterPath(b.root, router) {
			continue
		}
		if b.api.Name(o.Path(), o.Name()); owner.Owns(o) { // others may be in the way of its deletion, which the error tells
			ids = append(ids, o.ID())
		}
	}
	return ids, err
}

// withoutDHCP changes a segment as it was read to one that serves no DHCP on a subnet. The gateway stays where a router has it.
func (b *Backend) withoutDHCP(ctx context.Context, owner policy.Owner, o policy.Object, s openstack.Subnet) (changed bool, err error) {
	routed, err := b.routedBy(ctx, s.NetworkID)
	switch {
	case err != nil:
		return false, err
	case !slices.Contains(routed, s.ID) || o.Text("connectivity_path") == "":
		return owner.RemoveSubnet(o, s.CIDR)
	}
	entry, err := policy.SegmentSubnetOf(s, "")
	if err != nil {
		return false, err
	}
	return owner.MergeSubnet(o, entry, b.root.DHCPServerConfig(o.ID()))
}

// routedBy returns the ids of the subnets whose gateways a segment has for a router: of an overlay network, those that a router of NSX is
// on.
func (b *Backend) routedBy(ctx context.Context, network string) (subnets []string, err error) {
	n, err := b.Network(ctx, network, "")
	if err != nil || !n.Overlay || b.records.Gateways == nil {
		return nil, err
	}
	all, err := b.records.RouterInterfaces(ctx, network)
	for _, i := range all {
		subnets = append(subnets, i.Subnets()...)
	}
	return subnets, err
}
