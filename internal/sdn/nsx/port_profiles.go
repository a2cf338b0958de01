// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"errors"
	"reflect"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// putProfiles binds a port to the profiles that follow from its port security and its allowed address pairs.
func (b *Backend) putProfiles(ctx context.Context, p openstack.Port, n openstack.Network) error {
	version, err := b.api.Version(ctx)
	if err != nil {
		return err
	}
	first := 4
	if !version.AtLeast(4, 0) {
		first = version.Major
	}
	profiles := b.root.PortProfiles(p, n, first)
	err = b.putMaps(ctx, p, n, profiles)
	if errors.Is(err, api.ErrBadPath) { // another process has removed a profile that nobody was bound to at that moment
		b.profiles.Clear()
		b.qos.Forget(p.QoSPolicyID)
		err = b.putMaps(ctx, p, n, profiles)
	}
	return err
}

// putMaps makes the profiles that ports share, and binds a port.
func (b *Backend) putMaps(ctx context.Context, p openstack.Port, n openstack.Network, profiles policy.PortProfiles) error {
	for _, shared := range profiles.Shared {
		if err := b.share(ctx, shared); err != nil {
			return err
		}
	}
	if err := b.bind(ctx, b.root.PortSecurityMap(n.ID, p.ID), profiles.Security, profiles.Security.Merge); err != nil {
		return err
	}
	if profiles.Discovery != nil {
		if err := b.bind(ctx, b.root.PortDiscoveryMap(n.ID, p.ID), *profiles.Discovery, profiles.Discovery.Merge); err != nil {
			return err
		}
	}
	if profiles.QoS != nil {
		if err := b.bindQoS(ctx, b.root.PortQoSMap(n.ID, p.ID), p.QoSPolicyID); err != nil {
			return err
		}
	}
	b.whole.Store(p.ID, true)
	return nil
}

// followProfiles binds a port to other profiles where they follow from its changed record. anyway: what it is bound to is not known.
func (b *Backend) followProfiles(ctx context.Context, before, now openstack.Port, n openstack.Network, anyway bool) error {
	was, is := b.root.PortProfiles(before, n, 0), b.root.PortProfiles(now, n, 0)
	if !anyway && reflect.DeepEqual(was, is) {
		return nil
	}
	if is.Discovery == nil && (anyway || was.Discovery != nil) {
		if err := b.api.Delete(ctx, b.root.PortDiscoveryMap(n.ID, now.ID)); err != nil {
			return err
		}
	}
	if is.QoS == nil && (anyway || was.QoS != nil) {
		if err := b.unlimit(ctx, n.ID, now.ID); err != nil {
			return err
		}
	}
	return b.putProfiles(ctx, now, n)
}

// bind makes a binding map of a port, or changes the one that is there.
func (b *Backend) bind(ctx context.Context, path string, body any, merge func(policy.Object) bool) error {
	err := b.api.Create(ctx, path, body, nil)
	if errors.Is(err, api.ErrExists) {
		_, err = b.api.Update(ctx, path, func(is map[string]any) (bool, error) { return merge(is), nil })
	}
	return err
}

// unbound tells which profiles of a port's record it is not bound to: a process that was killed may have made the port alone, and without
// spoof guard it may send from any address. All ports of a segment share a search, which lags: what that does not find is looked at.
func (b *Backend) unbound(ctx context.Context, p openstack.Port, n openstack.Network) (lines []string, err error) {
	if _, whole := b.whole.Load(p.ID); whole {
		return nil, nil
	}
	profiles := b.root.PortProfiles(p, n, 0)
	check := func(kind, path string, merge func(policy.Object) bool) error {
		all, err := b.bindingMaps(ctx, n.ID, kind)
		if err != nil {
			return err
		}
		if o, found := all[path]; found && !merge(o.Copy()) {
			return nil
		}
		o := policy.Object{}
		if err = b.api.Get(ctx, path, &o); err != nil && !isNotFound(err) {
			return err
		}
		if err != nil || merge(o) {
			lines = append(lines, "the segment port "+p.ID+" is not bound to the profiles of its record ("+kind+")")
		}
		return nil
	}
	err = check("PortSecurityProfileBindingMap", b.root.PortSecurityMap(n.ID, p.ID), profiles.Security.Merge)
	if err == nil && profiles.Discovery != nil {
		err = check("PortDiscoveryProfileBindingMap", b.root.PortDiscoveryMap(n.ID, p.ID), profiles.Discovery.Merge)
	}
	if err == nil && profiles.QoS != nil {
		err = check("PortQoSProfileBindingMap", b.root.PortQoSMap(n.ID, p.ID), profiles.QoS.Merge)
	}
	return lines, err
}

// bindingMaps returns the binding maps of one kind of a segment's ports, by their paths. They are searched for once.
func (b *Backend) bindingMaps(ctx context.Context, segment, kind string) (map[string]policy.Object, error) {
	known, _ := b.maps.LoadOrStore(kind+" "+segment, &wire.Lookup[map[string]policy.Object]{})
	once, _ := known.(*wire.Lookup[map[string]policy.Object])
	return once.Get(func() (map[string]policy.Object, error) {
		all, err := api.Search[policy.Object](ctx, b.api, "resource_type:"+kind+" AND parent_path:"+
			api.Escape(b.root.SegmentPorts(segment)+"/")+"*")
		out := make(map[string]policy.Object, len(all))
		for _, o := range all {
			out[o.Path()] = o
		}
		return out, err
	})
}
