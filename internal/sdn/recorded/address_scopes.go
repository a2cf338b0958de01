// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const scopeKind = "address-scope"

// CreateAddressScope records a scope. A scope left by a creation whose process was killed is not made a second time.
func (b *Backend) CreateAddressScope(ctx context.Context, s openstack.AddressScope) (openstack.AddressScope, error) {
	mark := b.c.Records.Mark("")
	s.ID, s.Project, s.Mark = cmp.Or(s.ID, uuid.NewString()), b.c.Config.Project, &mark
	b.Makes(s.ID)
	return s, b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		scopes, err1 := records.All[openstack.AddressScope](all, scopeKind)
		pools, err2 := records.All[openstack.SubnetPool](all, poolKind)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		for _, other := range scopes {
			used := slices.ContainsFunc(pools, func(p openstack.SubnetPool) bool { return p.ScopeID == other.ID })
			if twin := other; !used && b.LeftBehind(other.ID, other.Mark, s.Mark) {
				if twin.ID, twin.Mark = s.ID, s.Mark; twin == s {
					return leftError("name", "an address scope", other.Name, other.ID, "has no pools", "novasphere_networking_addressscope", other.Mark)
				}
			}
		}
		return all.Put(scopeKind, s.ID, s)
	})
}

// AddressScope reads one scope.
func (b *Backend) AddressScope(ctx context.Context, id string) (s openstack.AddressScope, err error) {
	return Catalogued[openstack.AddressScope](ctx, b, scopeKind, "address scope", id)
}

// AddressScopes returns the scopes of the catalogue.
func (b *Backend) AddressScopes(ctx context.Context) ([]openstack.AddressScope, error) {
	return AllCatalogued[openstack.AddressScope](ctx, b, scopeKind)
}

// UpdateAddressScope changes a scope's record.
func (b *Backend) UpdateAddressScope(ctx context.Context, s openstack.AddressScope) (openstack.AddressScope, error) {
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		var have openstack.AddressScope
		if err := all.Get(scopeKind, s.ID, &have); err != nil {
			return err
		}
		s.Version, s.Project, s.Mark = have.Version, have.Project, have.Mark
		return all.Put(scopeKind, s.ID, s)
	})
	return s, records.Known("address scope", s.ID, err)
}

// DeleteAddressScope removes the record of a scope that no pool is in.
func (b *Backend) DeleteAddressScope(ctx context.Context, id string) error {
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(scopeKind, id, &openstack.AddressScope{}); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		pools, err := records.All[openstack.SubnetPool](all, poolKind)
		if err != nil {
			return err
		}
		var inside []string
		for _, p := range pools {
			if p.ScopeID == id {
				inside = append(inside, fmt.Sprintf("%q (%s)", p.Name, p.ID))
			}
		}
		if len(inside) > 0 {
			return fmt.Errorf("the address scope %s is in use: the subnet pools %s are in it. Delete them first, or give them another "+
				"address_scope_id", id, strings.Join(inside, ", "))
		}
		all.Drop(scopeKind, id)
		return nil
	})
	return records.Known("address scope", id, err)
}
