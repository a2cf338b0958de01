// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/qos"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Which QoS policy a segment has is told by its binding map alone, which is one object, made and deleted whole. A port's is in its record.

// boundTo returns the path of the profile that a segment is bound to, or "". It is read once; what this process changes is kept.
func (b *Backend) boundTo(segment string) *wire.Lookup[string] {
	known, _ := b.limited.LoadOrStore(segment, &wire.Lookup[string]{})
	once, _ := known.(*wire.Lookup[string])
	return once
}

// Limited completes a segment of ours with its QoS policy, and with the limits that NSX keeps for it.
func (b *Backend) Limited(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	policies, err := b.records.QoSPolicies(ctx)
	if err != nil || len(policies) == 0 || n.Mark == nil || n.Kind != openstack.NetworkSegment || !b.Has(n) {
		return n, err
	}
	path, err := b.boundTo(n.ID).Get(func() (string, error) {
		var o policy.Object
		err := b.api.Get(ctx, b.root.SegmentQoSMap(n.ID), &o)
		if isNotFound(err) {
			err = nil
		}
		return o.Text("qos_profile_path"), err
	})
	if err != nil {
		return n, err
	}
	at := slices.IndexFunc(policies, func(p openstack.QoSPolicy) bool { return p.ID == b.root.QoSPolicyOf(path) })
	if at < 0 { // none, or one of NSX's own
		return n, nil
	}
	p := policies[at]
	profile, err := b.qos.Of(ctx, p.ID)
	n.QoSPolicyID, n.Shaping = p.ID, policy.ShapingOf(profile)
	if policy.Limits(profile, p) {
		n.Shaping = p.Shaping() // NSX rounds
	}
	return n, err
}

// limit gives a segment a QoS policy, or takes ours from it: "" is none.
func (b *Backend) limit(ctx context.Context, n openstack.Network, id string) (openstack.Network, error) {
	path := b.root.SegmentQoSMap(n.ID)
	if id != "" {
		if err := b.bindQoS(ctx, path, id); err != nil {
			return n, err
		}
		b.boundTo(n.ID).Forget()
		return b.Limited(ctx, n)
	}
	is, err := b.Limited(ctx, n)
	if err != nil || is.QoSPolicyID == "" {
		return n, err
	}
	if err := b.api.Delete(ctx, path); err != nil {
		return n, err
	}
	b.boundTo(n.ID).Forget()
	return n, nil
}

// hasQoS reports whether there are QoS policies. Where there are none, NSX is asked nothing about them.
func (b *Backend) hasQoS(ctx context.Context) (bool, error) {
	all, err := b.records.QoSPolicies(ctx)
	return len(all) > 0, err
}

// QoS returns the profiles of QoS policies.
func (b *Backend) QoS() *qos.Profiles { return b.qos }

// bindQoS makes or changes a binding map of a QoS policy's profile, which it makes where there is none.
func (b *Backend) bindQoS(ctx context.Context, path, id string) error {
	bound := policy.QoSMap{ProfilePath: b.root.QoSProfile(id)}
	err := b.qos.Put(ctx, id)
	if err == nil {
		err = b.bind(ctx, path, bound, bound.Merge)
	}
	return err
}

// unlimit removes the binding of a port that has no QoS policy by its record.
func (b *Backend) unlimit(ctx context.Context, segment, port string) error {
	if some, err := b.hasQoS(ctx); err != nil || !some {
		return err
	}
	return b.api.Delete(ctx, b.root.PortQoSMap(segment, port))
}

// astray reports whether a port that has no QoS policy by its record is bound to a profile all the same: a process was killed before it
// could take it off.
func (b *Backend) astray(ctx context.Context, p openstack.Port) (bool, error) {
	some, err := b.hasQoS(ctx)
	if _, whole := b.whole.Load(p.ID); err != nil || !some || whole || p.QoSPolicyID != "" {
		return false, err
	}
	all, err := b.bindingMaps(ctx, p.NetworkID, "PortQoSProfileBindingMap")
	path := b.root.PortQoSMap(p.NetworkID, p.ID)
	if _, found := all[path]; err != nil || !found {
		return false, err
	}
	err = b.api.Get(ctx, path, nil) // the search lags
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// limitDifferences tells how what limits a port is not as its record and the policy's say.
func (b *Backend) limitDifferences(ctx context.Context, port openstack.Port) ([]string, error) {
	stray, err := b.astray(ctx, port)
	if err != nil || port.QoSPolicyID == "" {
		if stray {
			return []string{"the segment port " + port.ID + " is bound to a QoS profile that its record does not have"}, err
		}
		return nil, err
	}
	p, err := b.records.HasQoSPolicy(ctx, port.QoSPolicyID)
	if err != nil {
		return nil, nil //nolint:nilerr // the records' own rules tell it
	}
	profile, err := b.qos.Of(ctx, p.ID)
	if err != nil || policy.Limits(profile, p) {
		return nil, err
	}
	is := strings.Join(policy.ShapingOf(profile).Lines(), ", ")
	if is == "" {
		is = "nothing is limited"
	}
	return []string{"the QoS profile of the policy " + p.ID + " in NSX: " + is}, nil
}
