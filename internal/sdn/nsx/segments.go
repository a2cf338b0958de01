// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// segments returns the segments of NSX. They are listed once; what this process changes is kept up to date.
func (b *Backend) segments(ctx context.Context) ([]policy.Object, error) {
	return b.list.Get(func() ([]policy.Object, error) {
		return api.List[policy.Object](ctx, b.api, b.api.Path("segments"), nil)
	})
}

// keep replaces what is known of a segment; nil: it is gone.
func (b *Backend) keep(id string, now policy.Object) {
	b.list.Locked(func(all *[]policy.Object, found bool) {
		if !found {
			return
		}
		*all = slices.DeleteFunc(slices.Clone(*all), func(o policy.Object) bool { return o.ID() == id })
		if now != nil {
			*all = append(*all, now)
			b.api.Name(now.Path(), now.Name())
		}
	})
}

// Networks returns all networks: the segments of NSX, with what the vCenter shows of them, and the vCenter's other networks. A segment that
// NSX does not have any more is none, though the vCenter may still show it.
func (b *Backend) Networks(ctx context.Context) ([]openstack.Network, error) {
	shown, err := b.c.Networks.ListNetworks(ctx)
	if err != nil {
		return nil, err
	}
	objects, err := b.segments(ctx)
	if err != nil {
		return nil, err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return nil, err
	}
	zones, err := b.transportZones(ctx)
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(slices.Clone(shown), func(n openstack.Network) bool {
		return n.Kind == openstack.NetworkSegment && b.Has(n)
	})
	for _, o := range objects {
		n := owner.Network(o, zones)
		if i := slices.IndexFunc(shown, func(s openstack.Network) bool { return s.SegmentPath == o.Path() && o.Path() != "" }); i >= 0 {
			n = withShown(n, shown[i])
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b openstack.Network) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out, nil
}

// Has reports whether a segment that the vCenter shows is one of this NSX, and of its project: others are only plugged into.
func (b *Backend) Has(n openstack.Network) bool {
	return strings.HasPrefix(n.SegmentPath, string(b.root)+"/segments/")
}

// withShown adds to a segment's network what only the vCenter knows.
func withShown(n, shown openstack.Network) openstack.Network {
	n.LogicalSwitch, n.Portgroups, n.Path = shown.LogicalSwitch, shown.Portgroups, shown.Path
	n.MTU, n.SwitchMTU = shown.MTU, shown.SwitchMTU
	return n
}

// Network finds a segment by its id, by its name, or by both; id may also be its policy path, its logical switch, or a portgroup of it.
func (b *Backend) Network(ctx context.Context, id, name string) (openstack.Network, error) {
	all, err := b.Networks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	var found []openstack.Network
	for _, n := range all {
		if n.Kind == openstack.NetworkSegment && (id == "" || n.Called(id)) && (name == "" || n.Name == name) {
			found = append(found, n)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var ids []string
		for _, n := range found {
			ids = append(ids, n.ID+" ("+n.Zone+")")
		}
		return openstack.Network{}, openstack.AttributeErrorf("name", "%d segments of NSX are called %q: %s. Write the id of one of them",
			len(found), name, strings.Join(ids, ", "))
	case id != "" && name != "":
		return openstack.Network{}, openstack.NotFound("NSX at %s has no segment %s that is called %q", b.api.Server(), id, name)
	}
	return openstack.Network{}, openstack.NotFound("NSX at %s has no segment %q, and the vCenter no network of that name or id",
		b.api.Server(), id+name)
}
