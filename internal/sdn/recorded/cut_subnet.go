// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// The record of a subnet is its claim of a prefix: there is no second record that could be left behind. Subnets of one pool are recorded
// in the VMs of their networks, so no single write sees all of them. Whoever has written one reads all of them once more, and who then sees
// another subnet on its prefix takes another prefix.

// CheckCut compares a planned subnet of a pool with the others, the planned ones included.
func (b *Backend) CheckCut(ctx context.Context, s openstack.Subnet) (openstack.SubnetPool, error) {
	s.Project = b.c.Config.Project
	p, err := b.poolOf(ctx, s)
	if err != nil {
		return p, err
	}
	length, err := sdn.CutLength(p, s)
	if err != nil {
		return p, err
	}
	all, err := b.Subnets(ctx, "")
	if err != nil {
		return p, err
	}
	others := b.planned.Subnets.Overlay(ctx, s, all)
	for i := range others {
		if others[i].ID == "" { // planned, in this project
			others[i].Project = s.Project
		}
	}
	if err := sdn.CheckPoolOverlap(p, s, others); err != nil || openstack.Succeeds(ctx) {
		return p, err
	}
	return p, sdn.CheckQuota(p, s, length, others)
}

// poolOf reads the pool of a subnet.
func (b *Backend) poolOf(ctx context.Context, s openstack.Subnet) (openstack.SubnetPool, error) {
	pools, err := b.SubnetPools(ctx)
	if err != nil {
		return openstack.SubnetPool{}, err
	}
	i := slices.IndexFunc(pools, func(p openstack.SubnetPool) bool { return p.ID == s.PoolID })
	if i < 0 {
		return openstack.SubnetPool{}, openstack.AttributeErrorf("subnetpool_id", "there is no subnet pool with the id %q: write the id of a "+
			"novasphere_networking_subnetpool, or leave it out and write cidr", s.PoolID)
	}
	return pools[i], nil
}

// cut is a subnet that is being made of a pool.
type cut struct {
	b        *Backend
	wish     openstack.Subnet // its CIDR is empty where any prefix will do
	complete func(openstack.Subnet) (openstack.Subnet, error)
	sent     bool // its record was sent, and may have been written even where that failed
}

// CutSubnet records a subnet of a pool with a prefix that no other subnet of the pool has.
func (b *Backend) CutSubnet(ctx context.Context, s openstack.Subnet,
	complete func(openstack.Subnet) (openstack.Subnet, error)) (openstack.Subnet, error) {
	if err := b.checkNetworkID(ctx, s.NetworkID); err != nil {
		return s, err
	}
	mark := b.c.Records.Mark("")
	s.ID, s.Mark, s.Project = cmp.Or(s.ID, uuid.NewString()), &mark, b.c.Config.Project
	b.Makes(s.ID)
	c := &cut{b: b, wish: s, complete: complete}
	defer b.cuts.Delete(s.ID)
	made, err := c.make(ctx)
	if err != nil {
		ctx, stop := openstack.Uninterrupted(ctx)
		defer stop()
		return s, errors.Join(err, c.drop(ctx))
	}
	return made, nil
}

// mostWaits is how often a subnet that found no free prefix after a collision tries again: the one that it collided with may have given up
// as well.
const mostWaits = 6

// make claims prefixes until one is this subnet's alone, or none is left.
func (c *cut) make(ctx context.Context) (made openstack.Subnet, err error) {
	for attempt, waits := 0, 0; ; attempt++ {
		if made, err = c.claim(ctx, attempt); err == nil {
			if err = c.settled(ctx, made); err == nil {
				return made, nil
			}
		}
		gaveUp := sdn.IsExhausted(err) && attempt > 0 && waits < mostWaits
		switch {
		case gaveUp:
			waits++
			if failed := c.drop(ctx); failed != nil {
				return made, errors.Join(err, failed)
			}
		case !errors.Is(err, errPrefixTaken):
			return made, err
		}
		if !pause(ctx, time.Duration(50+rand.IntN(450))*time.Millisecond) {
			return made, errors.Join(err, ctx.Err())
		}
		if gaveUp {
			continue
		}
		// the other one may have taken another prefix
		if err = c.settled(ctx, made); err == nil || !errors.Is(err, errPrefixTaken) || c.wish.CIDR != "" {
			return made, err
		}
	}
}

// errPrefixTaken means that another subnet of the pool has addresses of this one.
var errPrefixTaken = errors.New("another subnet of the pool was made there at the same time")

// claim chooses a free prefix and writes the subnet's record, in the place of the one that an earlier attempt wrote.
func (c *cut) claim(ctx context.Context, attempt int) (openstack.Subnet, error) {
	s, err := c.choose(ctx, attempt)
	if err != nil {
		return s, err
	}
	if s, err = c.complete(s); err != nil {
		return s, err
	}
	return s, c.b.c.Records.OfNetwork(s.NetworkID).Claim(ctx, func(all records.Set) error {
		others, err := records.All[openstack.Subnet](all, SubnetKind)
		if err != nil {
			return err
		}
		if err := c.leftover(all, others); err != nil {
			return err
		}
		if err := sdn.CheckOverlap(s, others); err != nil {
			return err
		}
		c.sent = true
		return all.Put(SubnetKind, s.ID, s)
	})
}

// choose gives the subnet a prefix that is free as far as this process knows. If it knows of none it reads the records again. A subnet that
// a killed process has left is named before a pool that has no more.
func (c *cut) choose(ctx context.Context, attempt int) (openstack.Subnet, error) {
	s, err := c.free(ctx, attempt)
	var field *openstack.FieldError
	if !errors.As(err, &field) {
		return s, err
	}
	if failed := c.b.c.Records.Refresh(ctx); failed != nil {
		return s, failed
	}
	if s, err = c.free(ctx, attempt); !errors.As(err, &field) {
		return s, err
	}
	return s, cmp.Or(c.leftOn(ctx, s.NetworkID), err)
}

// leftOn is leftover for the records of a network as this process knows them.
func (c *cut) leftOn(ctx context.Context, network string) error {
	all, has, err := c.b.RecordsOn(ctx, network)
	if err != nil || !has {
		return err
	}
	others, err := records.All[openstack.Subnet](all, SubnetKind)
	if err != nil {
		return err
	}
	return c.leftover(all, others)
}

// free chooses among the prefixes that neither a record nor another subnet in the making of this process has.
func (c *cut) free(ctx context.Context, attempt int) (openstack.Subnet, error) {
	s := c.wish
	p, err := c.b.poolOf(ctx, s)
	if err != nil {
		return s, err
	}
	length, err := sdn.CutLength(p, s)
	if err != nil {
		return s, err
	}
	c.b.cutting.Lock()
	defer c.b.cutting.Unlock()
	others, err := c.others(ctx, p)
	if err != nil {
		return s, err
	}
	if err := sdn.CheckQuota(p, s, length, others); err != nil {
		return s, err
	}
	if s.CIDR != "" {
		err = sdn.CheckPoolOverlap(p, s, others)
	} else if cidr, ok := sdn.Cut(p, others, length, s.ID, attempt); ok {
		s.CIDR = cidr
	} else {
		err = sdn.Exhausted(p, length, others)
	}
	if err == nil {
		c.b.cuts.Store(s.ID, s)
	}
	return s, err
}

// others returns the other subnets of the pool, and those on the network.
func (c *cut) others(ctx context.Context, p openstack.SubnetPool) (out []openstack.Subnet, err error) {
	all, err := c.b.Subnets(ctx, "")
	c.b.cuts.Range(func(_, one any) bool {
		if s, ok := one.(openstack.Subnet); ok {
			all = append(all, s)
		}
		return true
	})
	for _, s := range all {
		if s.ID != c.wish.ID && (s.PoolID == p.ID || s.NetworkID == c.wish.NetworkID) {
			out = append(out, s)
		}
	}
	return out, err
}

// settled reads all records again, and returns errPrefixTaken if another subnet of the pool has addresses of this one.
func (c *cut) settled(ctx context.Context, made openstack.Subnet) error {
	if err := c.b.c.Records.Refresh(ctx); err != nil {
		return err
	}
	p, err := c.b.poolOf(ctx, made)
	if err != nil {
		return err
	}
	all, err := c.b.Subnets(ctx, "")
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s openstack.Subnet) bool { return s.ID == made.ID })
	if err := sdn.CheckPoolOverlap(p, made, all); err != nil {
		return openstack.AttributeErrorf("cidr", "%w: %w", errPrefixTaken, err)
	}
	length, err := sdn.CutLength(p, made)
	if err != nil {
		return err
	}
	return sdn.CheckQuota(p, made, length, all)
}

// leftover refuses to make a subnet a second time that a killed process has left: an equal one of the same pool on the same network, with
// which no port has an address.
func (c *cut) leftover(all records.Set, others []openstack.Subnet) error {
	if c.wish.CIDR != "" {
		return nil
	}
	ports, err := records.All[openstack.Port](all, PortKind)
	if err != nil {
		return err
	}
	for _, other := range others {
		used := slices.ContainsFunc(ports, func(p openstack.Port) bool {
			return slices.ContainsFunc(p.FixedIPs, func(ip openstack.FixedIP) bool { return ip.SubnetID == other.ID })
		})
		if used || other.ID == c.wish.ID || !c.b.LeftBehind(other.ID, other.Mark, c.wish.Mark) {
			continue
		}
		twin, err := c.complete(withPrefix(c.wish, other.CIDR))
		if twin.ID, twin.Mark = other.ID, other.Mark; err == nil && records.Fingerprint(twin) == records.Fingerprint(other) {
			return leftError("subnetpool_id", "a subnet of the pool", other.Name, other.ID, "no port is on it", "novasphere_networking_subnet",
				other.Mark)
		}
	}
	return nil
}

func withPrefix(s openstack.Subnet, cidr string) openstack.Subnet {
	s.CIDR = cidr
	return s
}

// drop removes the record of a subnet that got no prefix. One of the same id that another process has written meanwhile stays.
func (c *cut) drop(ctx context.Context) error {
	if !c.sent {
		return nil
	}
	err := c.b.c.Records.OfNetwork(c.wish.NetworkID).Update(ctx, func(all records.Set) error {
		var have openstack.Subnet
		if err := all.Get(SubnetKind, c.wish.ID, &have); errors.Is(err, openstack.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if have.Mark != nil && *have.Mark == *c.wish.Mark {
			all.Drop(SubnetKind, c.wish.ID)
		}
		return nil
	})
	if errors.Is(err, records.ErrNoStore) {
		return nil
	}
	return errors.Join(err, c.b.Retire(ctx, c.wish.NetworkID))
}
