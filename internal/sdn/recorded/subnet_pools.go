// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const poolKind = "subnet-pool"

// CheckSubnetPool compares a pool with the others of its scope, the planned ones included, and with what it was.
func (b *Backend) CheckSubnetPool(ctx context.Context, p openstack.SubnetPool) error {
	pools, err := b.SubnetPools(ctx)
	if err != nil {
		return err
	}
	for _, have := range pools {
		if have.ID == p.ID {
			if err := sdn.CheckGrown(have, p); err != nil {
				return err
			}
		}
	}
	others := b.planned.SubnetPools.Overlay(ctx, p, pools)
	if err := sdn.CheckDefaultPool(p, others); err != nil || p.ScopeID == "" {
		return err
	}
	scope, err := b.AddressScope(ctx, p.ScopeID)
	if err != nil {
		return openstack.AttributeErrorf("address_scope_id", "%w", err)
	}
	return sdn.CheckInScope(p, scope, others)
}

// CreateSubnetPool records a pool, unless one of its scope has some of its addresses. A pool left by a creation whose process was killed is
// not made a second time.
func (b *Backend) CreateSubnetPool(ctx context.Context, p openstack.SubnetPool) (openstack.SubnetPool, error) {
	mark := b.c.Records.Mark("")
	p.ID, p.Project, p.Mark, p.Updated = cmp.Or(p.ID, uuid.NewString()), b.c.Config.Project, &mark, mark.At
	used, err := b.usedPools(ctx)
	if err != nil {
		return p, err
	}
	b.Makes(p.ID)
	return p, b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		pools, err := records.All[openstack.SubnetPool](all, poolKind)
		if err != nil {
			return err
		}
		for _, other := range pools {
			if !slices.Contains(used, other.ID) && b.LeftBehind(other.ID, other.Mark, p.Mark) && samePool(other, p) {
				return leftError("name", "a subnet pool", other.Name, other.ID, "has no subnets", "novasphere_networking_subnetpool", other.Mark)
			}
		}
		return putPool(all, p, pools)
	})
}

// usedPools returns the ids of the pools that subnets are of, as far as this process knows.
func (b *Backend) usedPools(ctx context.Context) (ids []string, err error) {
	subnets, err := b.Subnets(ctx, "")
	for _, s := range subnets {
		ids = append(ids, s.PoolID)
	}
	return ids, err
}

// samePool reports whether two pools have the same arguments.
func samePool(a, b openstack.SubnetPool) bool {
	a.ID, a.Mark, a.Updated, a.Revision = b.ID, b.Mark, b.Updated, b.Revision
	return records.Fingerprint(a) == records.Fingerprint(b)
}

// putPool writes the record of a pool that its scope allows beside the other pools.
func putPool(all records.Set, p openstack.SubnetPool, others []openstack.SubnetPool) error {
	if err := sdn.CheckDefaultPool(p, others); err != nil {
		return err
	}
	if p.ScopeID != "" {
		var scope openstack.AddressScope
		if err := all.Get(scopeKind, p.ScopeID, &scope); err != nil {
			return openstack.AttributeErrorf("address_scope_id", "%w", err)
		}
		if err := sdn.CheckInScope(p, scope, others); err != nil {
			return err
		}
	}
	return all.Put(poolKind, p.ID, p)
}

// SubnetPool reads one pool.
func (b *Backend) SubnetPool(ctx context.Context, id string) (openstack.SubnetPool, error) {
	return Catalogued[openstack.SubnetPool](ctx, b, poolKind, "subnet pool", id)
}

// SubnetPools returns the pools of the catalogue.
func (b *Backend) SubnetPools(ctx context.Context) ([]openstack.SubnetPool, error) {
	return AllCatalogued[openstack.SubnetPool](ctx, b, poolKind)
}

// UpdateSubnetPool changes a pool's record. Subnets that were cut from it stay as they are.
func (b *Backend) UpdateSubnetPool(ctx context.Context, p openstack.SubnetPool) (openstack.SubnetPool, error) {
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		var have openstack.SubnetPool
		if err := all.Get(poolKind, p.ID, &have); err != nil {
			return err
		}
		if err := sdn.CheckGrown(have, p); err != nil {
			return err
		}
		pools, err := records.All[openstack.SubnetPool](all, poolKind)
		if err != nil {
			return err
		}
		p.Project, p.Mark, p.Revision, p.Updated = have.Project, have.Mark, have.Revision+1, time.Now().UTC().Truncate(time.Second)
		return putPool(all, p, pools)
	})
	return p, records.Known("subnet pool", p.ID, err)
}

// DeleteSubnetPool removes a pool's record, if no subnet is of it. Subnets are recorded in other VMs than pools, so no single write covers
// both: it looks again afterwards and restores the pool if a subnet was cut meanwhile, just as cutting a subnet looks for the pool
// afterwards.
func (b *Backend) DeleteSubnetPool(ctx context.Context, id string) error {
	if err := b.uncut(ctx, id); err != nil {
		return err
	}
	var p openstack.SubnetPool
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(poolKind, id, &p); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		all.Drop(poolKind, id)
		return nil
	})
	if err != nil {
		return records.Known("subnet pool", id, err)
	}
	end := context.WithoutCancel(ctx) // what is in use after all is restored, though the time is up
	if err := b.uncut(end, id); err != nil {
		return errors.Join(err, b.c.Records.Catalogue.Claim(end, func(all records.Set) error { return all.Put(poolKind, id, p) }))
	}
	return nil
}

// uncut refuses a pool that subnets are of, whichever workspace made them.
func (b *Backend) uncut(ctx context.Context, id string) error {
	if err := b.c.Records.Refresh(ctx); err != nil {
		return err
	}
	subnets, err := b.Subnets(ctx, "")
	if err != nil {
		return err
	}
	subnets = slices.DeleteFunc(subnets, func(s openstack.Subnet) bool { return s.PoolID != id })
	if len(subnets) == 0 {
		return nil
	}
	return fmt.Errorf("the subnet pool %s is in use: %s are of it. Delete them first", id, Inventory(subnets, nil))
}
