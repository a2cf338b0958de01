// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// A port on an external network has an address there, and is a record only: nothing is plugged into a tier-0 gateway.

// CheckPort refuses settings that nothing carries out.
func (x *External) CheckPort(ctx context.Context, p openstack.Port) error {
	n, err := x.Find(ctx, p.NetworkID, "")
	switch {
	case err != nil:
		return openstack.AttributeErrorf("network_id", "%w", err)
	case len(x.Filtering(p.Groups))+len(x.OnNSX(p.Groups)) > 0:
		return openstack.AttributeErrorf("security_group_ids", "the network %s is a tier-0 gateway of NSX, which filters nothing for a port: "+
			"write no_security_groups = true", n.Name)
	case p.QoSPolicyID != "":
		return openstack.AttributeErrorf("qos_policy_id", "the network %s is a tier-0 gateway of NSX, which limits nothing for a port: leave "+
			"it out", n.Name)
	case p.DeviceID != "":
		return x.refusePlug(ctx, p)
	}
	return nil
}

// refusePlug is the error that a port of an external network is to be an instance's.
func (x *External) refusePlug(ctx context.Context, p openstack.Port) error {
	n, err := x.Find(ctx, p.NetworkID, "")
	if err != nil {
		return err
	}
	return n.Pluggable()
}

// CheckPlug refuses to plug in a port of an external network.
func (x *External) CheckPlug(ctx context.Context, p openstack.Port) error {
	return x.refusePlug(ctx, p)
}

// Book refuses to plug in a port of an external network.
func (x *External) Book(ctx context.Context, p openstack.Port) (openstack.Port, error) {
	return p, x.refusePlug(ctx, p)
}

// Unbook does nothing: no port is booked.
func (x *External) Unbook(context.Context, openstack.Port) error { return nil }

// Socket refuses to plug in a port of an external network.
func (x *External) Socket(ctx context.Context, p openstack.Port, _ string) (openstack.Network, error) {
	return openstack.Network{}, x.refusePlug(ctx, p)
}

// Answers needs nobody: what there is of a port is its record.
func (x *External) Answers(context.Context, string) error { return nil }

// Released returns at once: no NIC is connected.
func (x *External) Released(context.Context, openstack.Port) error { return nil }

// RemovePort does nothing: what there is of a port is its record.
func (x *External) RemovePort(context.Context, openstack.Port) error { return nil }

// Standings tells that no NIC is connected.
func (x *External) Standings(_ context.Context, _ string, ports []openstack.Port) ([]network.Standing, error) {
	return make([]network.Standing, len(ports)), nil
}

// Follow does nothing: what there is of a port is its record.
func (x *External) Follow(context.Context, openstack.Port, openstack.Port) error { return nil }

// EffectiveRules returns none: nothing is filtered.
func (x *External) EffectiveRules(context.Context, openstack.Port) (is, want []string, err error) {
	return nil, nil, nil
}

// Enforce does nothing: nothing is filtered.
func (x *External) Enforce(context.Context, openstack.Port) error { return nil }
