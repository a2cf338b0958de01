// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// SubnetPoolBackend stores subnet pools, and cuts subnets from them. No two subnets of a pool share an address, whichever networks they
// are on.
type SubnetPoolBackend interface {
	// CheckSubnetPool refuses a pool that cannot be made, or changed so, before anything exists.
	CheckSubnetPool(ctx context.Context, p openstack.SubnetPool) error
	// CreateSubnetPool makes a pool that CompletePool has completed, and chooses its id where it has none.
	CreateSubnetPool(ctx context.Context, p openstack.SubnetPool) (openstack.SubnetPool, error)
	// SubnetPool reads a pool that is known to exist.
	SubnetPool(ctx context.Context, id string) (openstack.SubnetPool, error)
	// SubnetPools returns all pools.
	SubnetPools(ctx context.Context) ([]openstack.SubnetPool, error)
	// UpdateSubnetPool changes a pool. Its prefixes may only grow.
	UpdateSubnetPool(ctx context.Context, p openstack.SubnetPool) (openstack.SubnetPool, error)
	// DeleteSubnetPool removes a pool that no subnet is of.
	DeleteSubnetPool(ctx context.Context, id string) error
	// CheckCut refuses a planned subnet that its pool cannot have, and returns the pool. A subnet without a CIDR gets its prefix when it is
	// made.
	CheckCut(ctx context.Context, s openstack.Subnet) (openstack.SubnetPool, error)
	// CutSubnet makes a subnet of a pool: with its CIDR, or with a free prefix where it has none. complete gets the subnet with its CIDR, and
	// fills in what follows from it; it may be called several times.
	CutSubnet(ctx context.Context, s openstack.Subnet, complete func(openstack.Subnet) (openstack.Subnet, error)) (openstack.Subnet, error)
}

// PoolVersion returns 4 or 6, or 0 for a pool without prefixes.
func PoolVersion(p openstack.SubnetPool) int64 {
	for _, one := range parsed(p.Prefixes) {
		return IPVersion(openstack.Subnet{CIDR: one.String()})
	}
	return 0
}

// CompletePool checks a pool and fills in what Neutron would: the prefixes merged where they touch or overlap, and the bounds of the
// lengths (8 to 32 bits for IPv4, 64 to 128 for IPv6; without one a subnet gets the shortest).
func CompletePool(p openstack.SubnetPool) (openstack.SubnetPool, error) {
	var all []netip.Prefix
	for _, text := range p.Prefixes {
		prefix, err := NormalPrefix(text)
		if err == nil {
			err = assignable(prefix)
		}
		switch {
		case err != nil:
			return p, openstack.AttributeErrorf("prefixes", "%w", err)
		case len(all) > 0 && all[0].Addr().BitLen() != prefix.Addr().BitLen():
			return p, openstack.AttributeErrorf("prefixes", "%s and %s are of different IP versions: make a pool for each", all[0], prefix)
		}
		all = append(all, prefix)
	}
	if len(all) == 0 {
		return p, openstack.AttributeErrorf("prefixes", "the pool has no prefix: write one, as in 10.0.0.0/16")
	}
	p.Prefixes = prefixTexts(compact(all))
	return completeLengths(p, int64(all[0].Addr().BitLen()))
}

// completeLengths checks the lengths and fills in Neutron's defaults (neutron.ipam.subnet_alloc).
func completeLengths(p openstack.SubnetPool, most int64) (openstack.SubnetPool, error) {
	if p.MinLength == 0 {
		if p.MinLength = 8; most == 128 {
			p.MinLength = 64
		}
	}
	if p.MaxLength == 0 {
		p.MaxLength = most
	}
	if p.Length == 0 {
		p.Length = p.MinLength
	}
	switch {
	case p.MaxLength > most:
		return p, openstack.AttributeErrorf("max_prefixlen", "%d bits are more than an address has (%d)", p.MaxLength, most)
	case p.MinLength > p.MaxLength:
		return p, openstack.AttributeErrorf("min_prefixlen", "%d bits are more than max_prefixlen (%d): exchange them", p.MinLength, p.MaxLength)
	case p.Length < p.MinLength || p.Length > p.MaxLength:
		return p, openstack.AttributeErrorf("default_prefixlen", "%d bits lie outside min_prefixlen and max_prefixlen: write %d to %d", p.Length,
			p.MinLength, p.MaxLength)
	}
	return p, nil
}

// CheckGrown refuses a change of a pool that takes addresses away, as Neutron does.
func CheckGrown(before, now openstack.SubnetPool) error {
	all := parsed(now.Prefixes)
	for _, p := range parsed(before.Prefixes) {
		if !covers(all, p) {
			return openstack.AttributeErrorf("prefixes", "the pool %s has %s, and a pool may only grow, because subnets of it may lie there: keep "+
				"that prefix, or replace the pool (terraform apply -replace) with its subnets", before.Name, p)
		}
	}
	return nil
}

// CheckDefaultPool refuses a second default pool of an IP version.
func CheckDefaultPool(p openstack.SubnetPool, others []openstack.SubnetPool) error {
	for _, other := range others {
		if p.Default && other.Default && PoolVersion(p) == PoolVersion(other) && (other.ID != p.ID || p.ID == "") {
			return openstack.AttributeErrorf("is_default", "the pool %q (%s) is the default one of IPv%d already, and there is one of each IP "+
				"version: write false in one of them", other.Name, other.ID, PoolVersion(p))
		}
	}
	return nil
}

// CutLength returns the length of a subnet that is to be cut from a pool, or refuses one that the pool does not hand out.
func CutLength(p openstack.SubnetPool, s openstack.Subnet) (length int64, err error) {
	field := "prefix_length"
	if length = s.CutLength; length == 0 {
		field, length = "subnetpool_id", p.Length
	}
	for _, written := range parsed([]string{s.CIDR}) {
		field, length = "cidr", int64(written.Bits())
		if !covers(parsed(p.Prefixes), written) {
			return 0, openstack.AttributeErrorf(field, "%s lies outside the subnet pool %s, which has %s", written, p.Name,
				strings.Join(p.Prefixes, ", "))
		}
	}
	if length < p.MinLength || length > p.MaxLength {
		return 0, openstack.AttributeErrorf(field, "a subnet of %d bits is asked of the subnet pool %s, which hands out subnets of %d to %d "+
			"bits (min_prefixlen and max_prefixlen)", length, p.Name, p.MinLength, p.MaxLength)
	}
	if !slices.ContainsFunc(parsed(p.Prefixes), func(one netip.Prefix) bool { return int64(one.Bits()) <= length }) {
		return 0, openstack.AttributeErrorf(field, "a subnet of %d bits is larger than each prefix of the subnet pool %s (%s)%s", length, p.Name,
			strings.Join(p.Prefixes, ", "), longerLength(s))
	}
	return length, nil
}

// longerLength returns what to do about a pool whose default length is larger than its prefixes.
func longerLength(s openstack.Subnet) string {
	if s.CutLength != 0 {
		return ": write a greater prefix_length"
	}
	return ": write prefix_length, or default_prefixlen in the pool"
}

// CheckPoolOverlap refuses a CIDR that shares addresses with another subnet of the pool.
func CheckPoolOverlap(p openstack.SubnetPool, s openstack.Subnet, others []openstack.Subnet) error {
	twin := Overlap(s, ofPool(others, p.ID))
	switch {
	case twin == nil:
		return nil
	case twin.ID == "":
		return openstack.AttributeErrorf("cidr", "%s overlaps %s, which another subnet of this configuration%s is to have of the subnet pool "+
			"%s: choose another range for one of them", s.CIDR, twin.CIDR, named(twin.Name), p.Name)
	}
	return openstack.AttributeErrorf("cidr", "%s overlaps the subnet %s (%s) of the subnet pool %s%s: choose another range, or leave cidr "+
		"out and get a free one", s.CIDR, twin.ID, twin.CIDR, p.Name, twin.Mark.Clause())
}

// CheckQuota refuses a subnet of a length by which a project would have more of a pool than the pool's quota.
func CheckQuota(p openstack.SubnetPool, s openstack.Subnet, length int64, others []openstack.Subnet) error {
	if p.Quota == 0 {
		return nil
	}
	version, used := PoolVersion(p), 0.0
	for _, other := range ofPool(others, p.ID) {
		if other.Project != s.Project || other.ID == s.ID && s.ID != "" {
			continue
		}
		bits := other.CutLength
		for _, has := range parsed([]string{other.CIDR}) {
			bits = int64(has.Bits())
		}
		if bits == 0 {
			bits = p.Length
		}
		used += quotaUnits(version, bits)
	}
	if used+quotaUnits(version, length) <= float64(p.Quota) {
		return nil
	}
	unit := map[int64]string{4: "addresses", 6: "networks of 64 bits"}[version]
	return openstack.AttributeErrorf("subnetpool_id", "the subnet pool %s lets a project have %d %s (default_quota), it has %g of them, and "+
		"this subnet would take %g more: ask for a smaller one, delete another, or raise the quota", p.Name, p.Quota, unit, used,
		quotaUnits(version, length))
}

// ofPool returns the subnets that were cut from a pool.
func ofPool(subnets []openstack.Subnet, pool string) []openstack.Subnet {
	return slices.DeleteFunc(slices.Clone(subnets), func(s openstack.Subnet) bool { return s.PoolID != pool })
}

// poolExhausted is the error that a pool has no free prefix.
type poolExhausted struct{ text string }

// Error names the pool and the subnets that hold it.
func (e *poolExhausted) Error() string { return e.text }

// IsExhausted reports whether an error is about a pool without a free prefix.
func IsExhausted(err error) bool {
	var e *poolExhausted
	return errors.As(err, &e)
}

// Exhausted returns the error that a pool has no free prefix of a length.
func Exhausted(p openstack.SubnetPool, length int64, subnets []openstack.Subnet) error {
	const most = 10
	var held []string
	for _, s := range ofPool(subnets, p.ID) {
		held = append(held, fmt.Sprintf("%s%s (%s)", s.CIDR, named(s.Name), s.ID))
	}
	slices.Sort(held)
	if more := len(held) - most; more > 0 {
		held = append(held[:most], fmt.Sprintf("%d more", more))
	}
	text := fmt.Sprintf("the subnet pool %s (%s) has no free prefix of %d bits. These subnets hold it: %s. Delete one, add a prefix to the "+
		"pool, or ask for a smaller one with prefix_length", p.Name, strings.Join(p.Prefixes, ", "), length, strings.Join(held, ", "))
	return openstack.AttributeErrorf("subnetpool_id", "%w", &poolExhausted{text})
}
