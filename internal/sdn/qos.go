// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// QoSBackend stores QoS policies with their bandwidth limits, and has the network keep the limits. When a method that changes them returns,
// they are in force at all ports and networks that have the policy. Where they could not be brought to some of them, they are still
// recorded, and the error is a PartialEnforcementError.
type QoSBackend interface {
	// CreateQoSPolicy makes a policy, and chooses its id. Names need not be unique.
	CreateQoSPolicy(ctx context.Context, p openstack.QoSPolicy) (openstack.QoSPolicy, error)
	// QoSPolicies returns all policies.
	QoSPolicies(ctx context.Context) ([]openstack.QoSPolicy, error)
	// QoSPolicy reads a policy that is known to exist.
	QoSPolicy(ctx context.Context, id string) (openstack.QoSPolicy, error)
	// CheckQoSPolicy refuses limits that the networks which have the policy cannot keep, at their attribute.
	CheckQoSPolicy(ctx context.Context, p openstack.QoSPolicy) error
	// UpdateQoSPolicy changes a policy and its limits with change, which may be called several times. A new limit gets an id.
	UpdateQoSPolicy(ctx context.Context, id string, change func(*openstack.QoSPolicy) error) (openstack.QoSPolicy, error)
	// DeleteQoSPolicy removes a policy, if no port and no network has it.
	DeleteQoSPolicy(ctx context.Context, id string) error
}
