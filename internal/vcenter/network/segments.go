// SPDX-License-Identifier: MPL-2.0

package network

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// NSX keeps a portgroup for a segment on each distributed switch of its transport zone (config.backingType "nsx" in the vSphere API). They
// have the logical switch in common, and are one network. NSX alone changes and deletes them.

// portgroups returns the networks of some portgroups: each its own, but those of one segment together.
func portgroups(groups []mo.DistributedVirtualPortgroup, switches []mo.DistributedVirtualSwitch) (out []openstack.Network) {
	for _, g := range groups {
		if n := portgroup(g, switches); n.Kind == openstack.NetworkSegment {
			out = joinSegment(out, n)
		} else {
			out = append(out, n)
		}
	}
	return distinctSegments(out)
}

// ofNSX reports whether NSX keeps a portgroup for a segment.
func ofNSX(g mo.DistributedVirtualPortgroup) bool {
	return g.Config.BackingType == string(types.DistributedVirtualPortgroupBackingTypeNsx)
}

// segmentOf makes of an NSX portgroup's own network that of its segment. Where the portgroup lacks the segment's path, the logical switch
// is its id.
func segmentOf(g mo.DistributedVirtualPortgroup, n openstack.Network) openstack.Network {
	at := openstack.SegmentPortgroup{ID: n.ID, Key: n.PortgroupKey, Name: n.Name, SwitchUUID: n.SwitchUUID, SwitchName: n.SwitchName}
	n.Kind, n.SegmentPath, n.LogicalSwitch = openstack.NetworkSegment, g.Config.SegmentId, g.Config.LogicalSwitchUuid
	n.ID, n.Portgroups = cmp.Or(lastPart(n.SegmentPath), n.LogicalSwitch, n.ID), []openstack.SegmentPortgroup{at}
	n.PortgroupKey, n.SwitchUUID, n.SwitchName, n.Mark = "", "", "", nil
	return n
}

// lastPart returns what follows the last slash of a policy path.
func lastPart(policyPath string) string {
	if policyPath == "" {
		return ""
	}
	return path.Base(policyPath)
}

// joinSegment adds the portgroups of a segment to the network that it is already, or adds the network.
func joinSegment(all []openstack.Network, n openstack.Network) []openstack.Network {
	at := slices.IndexFunc(all, func(o openstack.Network) bool { return sameSegment(o, n) })
	if at < 0 {
		return append(all, n)
	}
	is := &all[at]
	is.Portgroups = slices.Clone(is.Portgroups)
	for _, p := range n.Portgroups {
		is.Portgroups = append(slices.DeleteFunc(is.Portgroups, func(o openstack.SegmentPortgroup) bool { return o.ID == p.ID }), p)
	}
	slices.SortFunc(is.Portgroups, func(a, b openstack.SegmentPortgroup) int { return strings.Compare(a.ID, b.ID) })
	is.Name, is.MTU, is.SwitchMTU = is.Portgroups[0].Name, min(is.MTU, n.MTU), min(is.SwitchMTU, n.SwitchMTU)
	return all
}

// sameSegment reports whether two networks are portgroups of one segment.
func sameSegment(a, b openstack.Network) bool {
	return a.Kind == openstack.NetworkSegment && b.Kind == openstack.NetworkSegment && a.LogicalSwitch == b.LogicalSwitch &&
		(a.LogicalSwitch != "" || a.ID == b.ID)
}

// distinctSegments gives segments that have one id, in several projects of NSX, their whole paths as ids.
func distinctSegments(all []openstack.Network) []openstack.Network {
	count := map[string]int{}
	for _, n := range all {
		if n.Kind == openstack.NetworkSegment {
			count[lastPart(n.SegmentPath)]++
		}
	}
	for i, n := range all {
		if n.Kind == openstack.NetworkSegment && n.SegmentPath != "" && count[lastPart(n.SegmentPath)] > 1 {
			all[i].ID = n.SegmentPath
		}
	}
	return all
}

// objectOf returns the id of the managed object that shows a network.
func objectOf(n openstack.Network) string {
	if len(n.Portgroups) > 0 {
		return n.Portgroups[0].ID
	}
	return n.ID
}

// AtPortgroup returns the network of a portgroup that a NIC's device names by its key. A portgroup that was not there when the networks
// were listed has them listed again, once: a machine may have been moved to a switch on which NSX has shown the segment since.
func (c *Networks) AtPortgroup(ctx context.Context, key string) (openstack.Network, error) {
	find := func() (openstack.Network, bool, error) {
		all, err := c.ListNetworks(ctx)
		i := slices.IndexFunc(all, func(n openstack.Network) bool {
			return slices.ContainsFunc(n.AllPortgroups(), func(p openstack.SegmentPortgroup) bool { return p.Key == key })
		})
		if err != nil || i < 0 {
			return openstack.Network{}, false, err
		}
		return all[i], true, nil
	}
	n, found, err := find()
	if _, sought := c.absent.LoadOrStore(key, true); err == nil && !found && !sought {
		c.networks.all.Forget()
		n, found, err = find()
	}
	if err == nil && !found {
		err = openstack.NotFound("no network has a portgroup with the key %q", key)
	}
	return n, err
}
