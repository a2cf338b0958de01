// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"context"
	"errors"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// A network's QoS policy is the shaping of its portgroup, so that every port without a policy of its own has it, be it ours or not. A
// port's own policy overrides it on the switch port, whole: what that does not limit is free, as with Neutron.

// placed returns what the switch port of a port must be, by the records.
func placed(now *traffic.Policy, n openstack.Network, p openstack.Port) (place network.SwitchPortSpec, err error) {
	place = network.SwitchPortSpec{Port: p, VLANs: trunkVLANs(now, n, p)}
	if place.Filter, err = filterFor(now, p); err != nil {
		return place, err
	}
	place.Shaping, err = now.ShapingOf(p)
	return place, err
}

// hasOwn reports whether records decide more about a port's switch port than its own record does.
func (b *Backend) hasOwn(p openstack.Port) bool {
	return len(b.Filtering(p.Groups)) > 0 || p.QoSPolicyID != "" || p.TrunkID != ""
}

// wantedLines describes what a switch port must be, as linesOf does what it is.
func wantedLines(place network.SwitchPortSpec) []string {
	lines := Lines(place.Filter)
	if place.Shaping != nil {
		lines = append(lines, place.Shaping.Lines()...)
	}
	return lines
}

// linesOf describes what a switch port does with the packets of a port: its filter, and its limits where the port has a QoS policy.
func linesOf(is types.DistributedVirtualPort, p openstack.Port) []string {
	lines := Lines(network.FilterOf(is))
	if shaping := network.ShapingOf(is); shaping != nil && p.QoSPolicyID != "" {
		lines = append(lines, shaping.Lines()...)
	}
	return lines
}

// differs reports whether a switch port is something else than it must be.
func differs(place network.SwitchPortSpec, is types.DistributedVirtualPort) bool {
	shaping, vlans := network.ShapingOf(is), network.VLANsOf(is)
	if place.Keeps && place.Shaping == nil {
		shaping = nil
	}
	if place.Keeps && place.VLANs == nil {
		vlans = nil
	}
	return !slices.Equal(Lines(place.Filter), Lines(network.FilterOf(is))) || (shaping == nil) != (place.Shaping == nil) ||
		shaping != nil && *shaping != *place.Shaping || !slices.Equal(place.VLANs, vlans)
}

// limitNetworks brings the portgroups that have the changed policies in line with them, and returns what failed, by the policies' ids.
func (b *Backend) limitNetworks(ctx context.Context, now *traffic.Policy, changes []traffic.Change) map[string]error {
	failed := map[string]error{}
	var changed []string
	for _, c := range changes {
		changed = append(changed, c.QoS...)
	}
	if len(changed) == 0 {
		return failed
	}
	networks, err := b.Networks(ctx)
	for _, id := range changed {
		failed[id] = err
	}
	for _, n := range networks {
		if n.QoSPolicyID == "" || !slices.Contains(changed, n.QoSPolicyID) {
			continue
		}
		if err := b.c.Networks.Limit(ctx, n, now.QoS[n.QoSPolicyID].Shaping()); err != nil {
			failed[n.QoSPolicyID] = errors.Join(failed[n.QoSPolicyID], err)
		}
	}
	return failed
}

// underLimits writes a network with the limits of its QoS policy. A rule of the policy may change at the same time, and then misses the
// network where it does not have the policy yet: so the limits are compared again afterwards.
func (b *Backend) underLimits(ctx context.Context, n openstack.Network,
	write func(context.Context, openstack.Network) (openstack.Network, error)) (openstack.Network, error) {
	n, err := b.limited(ctx, n)
	if err != nil {
		return n, err
	}
	made, err := write(ctx, n)
	for err == nil && n.QoSPolicyID != "" {
		policy, failed := b.HasQoSPolicy(ctx, n.QoSPolicyID)
		if failed != nil || policy.Shaping() == n.Shaping {
			break // a policy that is gone has taken its limits along, or its deletion sees this network
		}
		n.Shaping = policy.Shaping()
		made.Shaping, err = n.Shaping, b.c.Networks.Limit(ctx, made, n.Shaping)
	}
	return made, err
}

// limited returns a network with the limits of its QoS policy.
func (b *Backend) limited(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	policy, err := b.HasQoSPolicy(ctx, n.QoSPolicyID)
	if n.QoSPolicyID != "" {
		n.Shaping = policy.Shaping()
	}
	return n, err
}

// FreeQoS does nothing: limits are settings of portgroups and of switch ports.
func (b *Backend) FreeQoS(context.Context, string) error { return nil }

// CheckQoSPolicy refuses nothing: a switch keeps any limit.
func (b *Backend) CheckQoSPolicy(context.Context, openstack.QoSPolicy) error { return nil }
