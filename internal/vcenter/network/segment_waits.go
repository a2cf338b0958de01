// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// segmentPatience is how long vCenter may take to show what NSX has done to a segment.
const segmentPatience = 3 * time.Minute

// WaitForSegment waits until vCenter shows a portgroup of a segment, and returns its network. id is the segment's, or its logical
// switch's, which is the same for as long as the segment exists.
func (c *Networks) WaitForSegment(ctx context.Context, id string) (openstack.Network, error) {
	return c.awaitPortgroup(ctx, id, func(n openstack.Network) bool { return len(n.Portgroups) > 0 },
		"vCenter shows no portgroup of the segment "+id+": the hosts of its transport zone must be prepared for NSX on a distributed switch "+
			"of this vCenter, and this user must be allowed to see the portgroup")
}

// SegmentOn returns a segment as a NIC of a machine on one of some hosts is connected to it: through its portgroup on a switch that one of
// them is a member of, which is waited for. Any other network is returned as it is.
func (c *Networks) SegmentOn(ctx context.Context, n openstack.Network, hosts ...ref) (openstack.Network, error) {
	if n.Kind != openstack.NetworkSegment || n.PortgroupKey != "" {
		return n, nil
	}
	reach := func(p openstack.SegmentPortgroup) bool {
		on := c.Inventory.SwitchesOf(openstack.Network{SwitchUUID: p.SwitchUUID})
		return slices.ContainsFunc(hosts, func(host ref) bool { return inventory.AnyMember(on, host) })
	}
	found, err := c.awaitPortgroup(ctx, n.ID, func(is openstack.Network) bool { return slices.ContainsFunc(is.Portgroups, reach) },
		"the segment "+n.Name+" has no portgroup on a distributed switch that the machine's host is a member of: add the host's switch to the "+
			"segment's transport zone, or choose another network or host")
	if err != nil {
		return n, err
	}
	return found.Through(found.Portgroups[slices.IndexFunc(found.Portgroups, reach)]), nil
}

// WaitForSegmentGone waits until vCenter shows no portgroup of a segment any more.
func (c *Networks) WaitForSegmentGone(ctx context.Context, id string) error {
	_, err := c.awaitPortgroup(ctx, id, func(n openstack.Network) bool { return len(n.Portgroups) == 0 },
		"NSX has deleted the segment "+id+", and vCenter still shows its portgroup: something is plugged into it")
	return err
}

// awaitPortgroup reads the portgroups of a segment until they are as wanted, and keeps them. It looks only at those that vCenter has added
// or taken away since the networks were listed. late is why it gave up.
func (c *Networks) awaitPortgroup(ctx context.Context, id string, wanted func(openstack.Network) bool,
	late string) (openstack.Network, error) {
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	all, err := c.ListNetworks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	view := segmentView{c: c, id: id, known: map[string]bool{}}
	if is, known := c.segment(all, id); known {
		view.segment = is
		if wanted(is) {
			return is, nil
		}
	}
	for _, n := range all {
		for _, p := range append(n.AllPortgroups(), openstack.SegmentPortgroup{ID: n.ID}) {
			view.known[p.ID] = true
		}
	}
	end, stop := context.WithTimeout(ctx, c.segmentPatience)
	defer stop()
	for !wanted(view.segment) || view.shown == nil {
		if err := view.next(end, dc.Self); errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return view.segment, fmt.Errorf("after %s %s", c.segmentPatience, late)
		} else if err != nil {
			return view.segment, faults.Explain("looking for the portgroups of the segment "+id, err)
		}
	}
	c.networks.keepSegment(id, view.segment)
	return view.segment, nil
}

// segment finds a segment among networks.
func (c *Networks) segment(all []openstack.Network, id string) (openstack.Network, bool) {
	i := slices.IndexFunc(all, func(n openstack.Network) bool { return n.Kind == openstack.NetworkSegment && n.Called(id) })
	if i < 0 {
		return openstack.Network{}, false
	}
	return all[i], true
}

// segmentView is a segment as one wait has seen it.
type segmentView struct {
	c       *Networks
	id      string
	segment openstack.Network // the zero Network while nothing is shown of it
	known   map[string]bool   // the portgroups that were read, by their managed object ids
	shown   []ref             // the networks of the datacenter as last seen; nil: not yet
}

// next waits until the datacenter shows other networks than before, and takes the changes in.
func (v *segmentView) next(ctx context.Context, dc ref) error {
	var now []ref
	if err := v.c.wire.Until(ctx, dc, []string{"network"}, func(content types.ObjectContent, found bool) (bool, error) {
		var is mo.Datacenter
		if !found {
			return true, openstack.ErrNotFound
		}
		if err := property.Load(content, &is); err != nil {
			return true, err
		}
		now = append([]ref{}, is.Network...)
		return v.shown == nil || !slices.Equal(now, v.shown), nil
	}); err != nil {
		return err
	}
	v.shown = now
	v.segment.Portgroups = slices.DeleteFunc(slices.Clone(v.segment.Portgroups), func(p openstack.SegmentPortgroup) bool {
		return !slices.ContainsFunc(now, func(r ref) bool { return r.Value == p.ID })
	})
	return v.read(ctx, now)
}

// read reads the portgroups that it has not read before.
func (v *segmentView) read(ctx context.Context, shown []ref) error {
	var questions []property.Query
	for _, r := range shown {
		if r.Type == "DistributedVirtualPortgroup" && !v.known[r.Value] {
			questions = append(questions, property.Query{Object: r, Paths: portgroupPaths})
		}
	}
	if len(questions) == 0 {
		return nil
	}
	found, err := v.c.wire.Retrieve(ctx, questions)
	if err != nil {
		return err
	}
	for r, content := range found {
		var g mo.DistributedVirtualPortgroup
		if v.known[r.Value] = true; property.Load(content, &g) != nil {
			continue // this user may not see it
		}
		n := portgroup(g, v.c.networks.known())
		if n.Kind != openstack.NetworkSegment || !n.Called(v.id) && !sameSegment(n, v.segment) {
			continue
		}
		if v.segment.Kind == "" {
			v.segment = n
			continue
		}
		v.segment = joinSegment([]openstack.Network{v.segment}, n)[0]
	}
	return nil
}

// keepSegment replaces what is cached of a segment; without portgroups it is gone.
func (s *networkCache) keepSegment(id string, now openstack.Network) {
	s.all.Locked(func(all *[]openstack.Network, found bool) {
		if !found {
			return
		}
		*all = slices.DeleteFunc(slices.Clone(*all), func(n openstack.Network) bool {
			return n.Kind == openstack.NetworkSegment && (n.Called(id) || sameSegment(n, now))
		})
		if len(now.Portgroups) > 0 {
			*all = append(*all, now)
		}
	})
}
