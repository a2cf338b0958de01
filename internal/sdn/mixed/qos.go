// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// CheckQoSPolicy refuses limits that NSX cannot keep, where a network on it has the policy.
func (b *Backend) CheckQoSPolicy(ctx context.Context, p openstack.QoSPolicy) error {
	check, err := b.segments.QoS().Law(ctx, p.ID)
	if err != nil {
		return err
	}
	return check(p)
}

// UpdateQoSPolicy changes a policy at the switches, and in NSX where a network on it has the policy.
func (b *Backend) UpdateQoSPolicy(ctx context.Context, id string, change func(*openstack.QoSPolicy) error) (openstack.QoSPolicy, error) {
	check, err := b.segments.QoS().Law(ctx, id)
	if err != nil {
		return openstack.QoSPolicy{}, err
	}
	p, lag := b.Backend.UpdateQoSPolicy(ctx, id, func(p *openstack.QoSPolicy) error {
		if err := change(p); err != nil {
			return err
		}
		return check(*p)
	})
	if lag != nil && !openstack.IsPartialEnforcement(lag) {
		return p, lag
	}
	if err := b.segments.QoS().Follow(ctx, id); err != nil {
		lag = errors.Join(lag, &openstack.PartialEnforcementError{Err: err})
	}
	return p, lag
}

// FreeQoS removes the profile of a QoS policy from NSX.
func (b *Backend) FreeQoS(ctx context.Context, id string) error {
	return b.segments.QoS().Free(ctx, id)
}
