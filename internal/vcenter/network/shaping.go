// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// A switch looks at traffic from its own side: what a guest sends comes in (vSphere Networking, "Traffic Shaping Policy": ingress and
// egress follow the direction in the switch, not in the host). So egress of a port is inShapingPolicy.

// ShapingOf returns a switch port's own limits, nil if it has its portgroup's.
func ShapingOf(is types.DistributedVirtualPort) *openstack.Shaping {
	setting, ok := is.Config.Setting.(*types.VMwareDVSPortSetting)
	if !ok || !ownPolicy(setting.InShapingPolicy) && !ownPolicy(setting.OutShapingPolicy) {
		return nil
	}
	s := shapingOf(setting)
	return &s
}

// Limit gives a network that has a QoS policy the limits of that. All else stays as it is, whoever has changed it meanwhile.
func (c *Networks) Limit(ctx context.Context, n openstack.Network, limits openstack.Shaping) error {
	_, err := c.changePortgroup(ctx, n, func(have openstack.Network) openstack.Network {
		if have.QoSPolicyID == n.QoSPolicyID {
			have.Shaping = limits
		}
		return have
	})
	return err
}

func ownPolicy(p *types.DVSTrafficShapingPolicy) bool { return p != nil && !p.Inherited }

// shapingOf returns the limits that a setting has, its own or inherited.
func shapingOf(setting *types.VMwareDVSPortSetting) openstack.Shaping {
	return openstack.Shaping{Egress: rateOf(setting.InShapingPolicy), Ingress: rateOf(setting.OutShapingPolicy)}
}

func rateOf(p *types.DVSTrafficShapingPolicy) (r openstack.Rate) {
	if p == nil || p.Enabled == nil || !property.IsTrue(p.Enabled.Value) {
		return r
	}
	if p.AverageBandwidth != nil {
		r.Bits = p.AverageBandwidth.Value
	}
	if p.BurstSize != nil {
		r.Burst = p.BurstSize.Value
	}
	return r
}

// overrideShaping gives a switch port limits of its own, or takes them away where it has any.
func overrideShaping(setting *types.VMwareDVSPortSetting, is types.DistributedVirtualPort, want *openstack.Shaping) {
	switch {
	case want != nil:
		shape(setting, *want)
	case ShapingOf(is) != nil:
		inherit := types.InheritablePolicy{Inherited: true}
		setting.InShapingPolicy = &types.DVSTrafficShapingPolicy{InheritablePolicy: inherit}
		setting.OutShapingPolicy = &types.DVSTrafficShapingPolicy{InheritablePolicy: inherit}
	}
}

// shape sets both directions of a setting, because a policy without a limit for one leaves that one free.
func shape(setting *types.VMwareDVSPortSetting, s openstack.Shaping) {
	setting.InShapingPolicy, setting.OutShapingPolicy = shapingPolicy(s.Egress), shapingPolicy(s.Ingress)
}

// shapingPolicy returns the policy of one direction. The peak is the average, because Neutron has no second rate for bursts.
func shapingPolicy(r openstack.Rate) *types.DVSTrafficShapingPolicy {
	p := &types.DVSTrafficShapingPolicy{Enabled: &types.BoolPolicy{Value: types.NewBool(r != openstack.Rate{})}}
	if r != (openstack.Rate{}) {
		p.AverageBandwidth, p.PeakBandwidth = &types.LongPolicy{Value: r.Bits}, &types.LongPolicy{Value: r.Bits}
		p.BurstSize = &types.LongPolicy{Value: r.Burst}
	}
	return p
}
