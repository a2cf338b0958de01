// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// AddressScopeBackend stores address scopes. The subnet pools of a scope never share an address.
type AddressScopeBackend interface {
	// CreateAddressScope makes a scope, and chooses its id where it has none.
	CreateAddressScope(ctx context.Context, s openstack.AddressScope) (openstack.AddressScope, error)
	// AddressScope reads a scope that is known to exist.
	AddressScope(ctx context.Context, id string) (openstack.AddressScope, error)
	// AddressScopes returns all scopes.
	AddressScopes(ctx context.Context) ([]openstack.AddressScope, error)
	// UpdateAddressScope changes a scope's name and whether it is shared.
	UpdateAddressScope(ctx context.Context, s openstack.AddressScope) (openstack.AddressScope, error)
	// DeleteAddressScope removes a scope that no pool is in.
	DeleteAddressScope(ctx context.Context, id string) error
}

// CheckInScope refuses a pool whose scope is of the other IP version, or that shares addresses with another pool of the scope.
func CheckInScope(p openstack.SubnetPool, scope openstack.AddressScope, others []openstack.SubnetPool) error {
	if version := PoolVersion(p); version != scope.Version {
		return openstack.AttributeErrorf("address_scope_id", "the address scope %s is of IPv%d, and the prefixes are of IPv%d: write a scope of "+
			"IPv%d", scope.Name, scope.Version, version, version)
	}
	for _, other := range others {
		if other.ScopeID != p.ScopeID || other.ID == p.ID && p.ID != "" {
			continue
		}
		for _, theirs := range parsed(other.Prefixes) {
			for _, own := range parsed(p.Prefixes) {
				if own.Overlaps(theirs) {
					return sharedPrefix(own, theirs, other, scope)
				}
			}
		}
	}
	return nil
}

func sharedPrefix(own, theirs netip.Prefix, other openstack.SubnetPool, scope openstack.AddressScope) error {
	which, adopt := fmt.Sprintf("the subnet pool %q of this configuration", other.Name), ""
	if other.ID != "" {
		which = fmt.Sprintf("the subnet pool %q (%s%s)", other.Name, other.ID, other.Mark.Clause())
		adopt = ", or take that pool over. " + openstack.ImportHint("novasphere_networking_subnetpool", other.ID)
	}
	return openstack.AttributeErrorf("prefixes", "%s overlaps %s of %s, and both are in the address scope %s, where no two pools share an "+
		"address: choose another range, or another address_scope_id%s", own, theirs, which, scope.Name, adopt)
}
