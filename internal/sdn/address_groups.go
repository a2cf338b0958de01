// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// AddressGroupBackend stores address groups. When UpdateAddressGroup returns, the change is in force at all plugged ports, as a change of a
// security group's members is.
type AddressGroupBackend interface {
	// CheckAddressGroup refuses a group that rules could not name, before anything exists.
	CheckAddressGroup(ctx context.Context, g openstack.AddressGroup) error
	// CreateAddressGroup makes a group of addresses, and chooses its id where it has none.
	CreateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error)
	// AddressGroup reads a group that is known to exist.
	AddressGroup(ctx context.Context, id string) (openstack.AddressGroup, error)
	// AddressGroups returns all groups of addresses.
	AddressGroups(ctx context.Context) ([]openstack.AddressGroup, error)
	// UpdateAddressGroup changes a group's name, description and addresses.
	UpdateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error)
	// DeleteAddressGroup removes a group that no rule names.
	DeleteAddressGroup(ctx context.Context, id string) error
}
