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
	b.made.Store(s.ID, true)
	return s, b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		scopes, err1 := records.All[openstack.AddressScope](all, scopeKind)
		pools, err2 := records.All[openstack.SubnetPool](all, poolKind)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		for _, other := range scopes {
			used := slices.ContainsFunc(pools, func(p openstack.SubnetPool) bool { return p.ScopeID == other.ID })
			if twin := other; !used && b.leftBehind(other.ID, other.Mark, s.Mark) {
				if twin.ID, twin.Mark = s.ID, s.Mark; twin == s {
					return leftError("name", "an address scope", other.Name, other.ID, "has no pools", "novasphere_networking_addressscope", other.Mark)
				}
			}
		}
		return all.Put(scopeKind, s.ID, s)
	})
}

// leftBehind reports whether a record may be one that a killed process of the same user has left: this process did not make it.
func (b *Backend) leftBehind(id string, mark, own *openstack.Mark) bool {
	_, ours := b.made.Load(id)
	return !ours && mark != nil && mark.By == own.By
}

// leftError is the error that an equal object is recorded already, and nothing uses it.
func leftError(field, what, name, id, unused, resource string, mark *openstack.Mark) error {
	if name != "" {
		what += fmt.Sprintf(" %q", name)
	}
	return openstack.AttributeErrorf(field, "%s of all the same is recorded already (%s%s), and %s: change something, its name for "+
		"example, if another one is meant. %s", what, id, mark.Clause(), unused, openstack.ImportHint(resource, id))
}

// AddressScope reads one scope.
func (b *Backend) AddressScope(ctx context.Context, id string) (s openstack.AddressScope, err error) {
	return catalogued[openstack.AddressScope](ctx, b, scopeKind, "address scope", id)
}

// AddressScopes returns the scopes of the catalogue.
func (b *Backend) AddressScopes(ctx context.Context) ([]openstack.AddressScope, error) {
	return allCatalogued[openstack.AddressScope](ctx, b, scopeKind)
}

// catalogued reads a record of the catalogue that is known to exist.
func catalogued[T any](ctx context.Context, b *Backend, kind, noun, id string) (out T, err error) {
	all, err := b.c.Records.Catalogue.View(ctx)
	if err != nil {
		return out, records.Known(noun, id, err)
	}
	return out, all.Get(kind, id, &out)
}

// allCatalogued returns the records of a kind that the catalogue has.
func allCatalogued[T any](ctx context.Context, b *Backend, kind string) ([]T, error) {
	all, err := b.c.Records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return records.All[T](all, kind)
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
