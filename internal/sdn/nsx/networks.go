// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// CheckNetwork finds the transport zone and refuses what no segment in it can be. NSX lets segments share a VLAN and a name; a name that
// another segment has is refused all the same, because vCenter's portgroups are called like them.
func (b *Backend) CheckNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	n, _, err := b.placed(ctx, n)
	if err != nil {
		return n, err
	}
	all, err := b.Networks(ctx)
	if err != nil {
		return n, err
	}
	if have := slices.IndexFunc(all, func(o openstack.Network) bool { return o.ID == n.ID && n.ID != "" }); n.MTU != 0 &&
		(have < 0 || all[have].MTU != n.MTU) {
		return n, openstack.AttributeErrorf("mtu", "a segment of NSX has no MTU of its own: it carries what the uplinks of its transport zone "+
			"do. Leave mtu out")
	}
	return n, nameFree(n, b.c.Planned.Networks.Overlay(ctx, n, all))
}

// placed completes a network with its transport zone, or refuses it.
func (b *Backend) placed(ctx context.Context, n openstack.Network) (openstack.Network, policy.TransportZone, error) {
	zone, err := b.zoneOf(ctx, n)
	if err != nil {
		return n, zone, err
	}
	switch {
	case n.External:
		return n, zone, openstack.AttributeErrorf("external", "a segment of NSX is no way out: with the provider's routers = %q an external "+
			"network is a tier-0 gateway of NSX (leave segments out, or write the tier-0 as physical_network), with %q it is a network of a "+
			"distributed switch (network_type = \"vlan\" with the switch as physical_network)", vcenter.RoutersNSX, vcenter.RoutersPhysical)
	case n.AnyVLAN && n.VLAN == 0 && !n.Overlay && n.ID == "":
		return n, zone, openstack.AttributeErrorf("segments", "the network is to be in the VLAN transport zone %s of NSX, where no VLAN is "+
			"chosen by itself: write segmentation_id", zone.Name)
	}
	if err := policy.CheckNetwork(n); err != nil {
		return n, zone, err
	}
	n.Kind, n.Zone = openstack.NetworkSegment, zone.Name
	return n, zone, b.qos.Check(ctx, n.QoSPolicyID)
}

// nameFree refuses the name of another segment among networks, which exist or are planned.
func nameFree(n openstack.Network, all []openstack.Network) error {
	for _, other := range all {
		switch {
		case other.Kind != openstack.NetworkSegment || other.Name != n.Name || n.Name == "" || other.ID == n.ID && n.ID != "":
		case other.ID == "":
			return openstack.AttributeErrorf("name", "another network of this configuration is to be called %q on NSX, and the portgroups that "+
				"the vCenter shows are called like their segments: choose another name for one of them", n.Name)
		default:
			return openstack.AttributeErrorf("name", "NSX has a segment %q already (%s%s): choose another name. %s", n.Name, other.ID,
				other.Mark.Clause(), openstack.ImportHint("novasphere_networking_network", other.ID))
		}
	}
	return nil
}

// CreateNetwork makes a segment, and waits until NSX has realized it and the vCenter shows it. A network that is returned with an id
// exists, even with an error.
func (b *Backend) CreateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	b.list.Forget() // somebody may have made one of the same name since the plan
	n, zone, err := b.placed(ctx, n)
	if err != nil {
		return n, err
	}
	if all, err := b.Networks(ctx); err != nil {
		return n, err
	} else if err := nameFree(n, all); err != nil {
		return n, err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return n, err
	}
	wish := n
	mark := b.c.Records.Mark("")
	wish.ID, wish.Mark = uuid.NewString(), &mark
	var made policy.Object
	if err := b.api.Create(ctx, b.root.Segment(wish.ID), owner.Segment(wish, zone.Path), &made); err != nil {
		return n, err
	}
	b.keep(wish.ID, made)
	n = owner.Network(made, []policy.TransportZone{zone})
	logging.Network.Info(ctx, "a segment is made", "network", n.Name, "segment", n.ID, "transport_zone", zone.Name)
	if n, err = b.shown(ctx, n); err != nil {
		return n, err
	}
	return b.limit(ctx, n, wish.QoSPolicyID)
}

// shown waits until a segment is realized and the vCenter shows it, and completes its network.
func (b *Backend) shown(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	logical, err := b.awaitSegment(ctx, n)
	if err != nil {
		return n, err
	}
	shown, err := b.c.Networks.WaitForSegment(ctx, cmp.Or(logical, n.ID))
	if err != nil {
		return n, fmt.Errorf("the network %s is made: %w", n.Name, err)
	}
	return withShown(n, shown), nil
}

// UpdateNetwork changes a segment: name, description, state, VLANs, tags and QoS policy. What others have set on it stays.
func (b *Backend) UpdateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	owner, err := b.owner(ctx)
	if err != nil {
		return n, err
	}
	zones, err := b.transportZones(ctx)
	if err != nil {
		return n, err
	}
	all, err := b.Networks(ctx)
	if err != nil {
		return n, err
	}
	if err := nameFree(n, b.c.Planned.Networks.Overlay(ctx, n, all)); err != nil {
		return n, err
	}
	var have openstack.Network
	now, err := b.api.Update(ctx, b.root.Segment(n.ID), func(is map[string]any) (bool, error) {
		have = owner.Network(is, zones)
		want := n
		want.Overlay, want.Mark = have.Overlay, have.Mark
		if want.AnyVLAN && want.VLAN == 0 {
			want.VLAN = have.VLAN
		}
		if err := policy.CheckNetwork(want); err != nil {
			return false, err
		}
		return owner.MergeSegment(is, want)
	})
	if err != nil {
		return n, err
	}
	b.keep(n.ID, now)
	limits := n.QoSPolicyID
	if n, err = b.shown(ctx, owner.Network(now, zones)); err != nil {
		return n, err
	}
	if n, err = b.limit(ctx, n, limits); err != nil || n.Insecure == have.Insecure {
		return n, err
	}
	return n, b.portsFollow(ctx, have, n)
}

// portsFollow brings the ports that have the port security of their network in line with it.
func (b *Backend) portsFollow(ctx context.Context, before, now openstack.Network) error {
	ports, err := b.records.Ports(ctx, now.ID)
	if err != nil {
		return err
	}
	for _, p := range ports {
		if p.Insecure != nil || p.Owner == ownerDHCP {
			continue
		}
		was := p
		was.Insecure = &before.Insecure
		if err := b.Follow(ctx, was, p); err != nil {
			return err
		}
	}
	return nil
}

// DeleteNetwork removes a segment without ports, subnets and routers. One that somebody else made stays.
func (b *Backend) DeleteNetwork(ctx context.Context, id string) (ours bool, err error) {
	err = b.records.WhenFree(ctx, func() (err error) {
		ours, err = b.deleteNetwork(ctx, id)
		return err
	})
	return ours, err
}

func (b *Backend) deleteNetwork(ctx context.Context, id string) (ours bool, err error) {
	b.c.Records.OfNetwork(id).Forget()
	used, err := b.records.InUse(ctx, id)
	if err != nil {
		return true, err
	}
	b.list.Forget()
	n, err := b.Network(ctx, id, "")
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return true, errors.Join(err, b.c.Networks.WaitForSegmentGone(ctx, id))
	case err != nil || n.Mark == nil:
		return err != nil, err
	case used != nil:
		return true, used(n.Name)
	}
	if err := b.c.Records.OfNetwork(id).Retire(ctx); err != nil {
		return true, err
	}
	if err := b.removeStrays(ctx, n); err != nil {
		return true, err
	}
	if _, err := b.limit(ctx, n, ""); err != nil {
		return true, err
	}
	if err := b.api.Delete(ctx, n.SegmentPath); err != nil { // waits for ports that NSX made for NICs, and lets go of by itself
		return true, err
	}
	if err := b.api.WaitGone(ctx, n.SegmentPath); err != nil {
		return true, err
	}
	b.keep(id, nil)
	logging.Network.Info(ctx, "a segment is deleted", "network", n.Name, "segment", n.ID)
	b.unshare(ctx)
	return true, b.c.Networks.WaitForSegmentGone(ctx, id)
}
