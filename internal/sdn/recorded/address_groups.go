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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const addressGroupKind = "address-group"

// CheckAddressGroup accepts every group.
func (*Backend) CheckAddressGroup(context.Context, openstack.AddressGroup) error { return nil }

// CreateAddressGroup records a group of addresses. One left by a creation whose process was killed is not made a second time.
func (b *Backend) CreateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error) {
	mark := b.c.Records.Mark("")
	g.ID, g.Project, g.Mark = cmp.Or(g.ID, uuid.NewString()), b.c.Config.Project, &mark
	b.Makes(g.ID)
	return g, b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		groups, err1 := records.All[openstack.AddressGroup](all, addressGroupKind)
		rules, err2 := records.All[openstack.SecurityGroupRule](all, ruleKind)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		for _, other := range groups {
			twin := other
			if twin.ID, twin.Mark = g.ID, g.Mark; records.Fingerprint(twin) == records.Fingerprint(g) && len(naming(rules, other.ID)) == 0 &&
				b.LeftBehind(other.ID, other.Mark, g.Mark) {
				return leftError("name", "an address group", other.Name, other.ID, "no rule names it", "novasphere_networking_address_group",
					other.Mark)
			}
		}
		return all.Put(addressGroupKind, g.ID, g)
	})
}

// naming returns the rules whose remote side is an address group.
func naming(rules []openstack.SecurityGroupRule, group string) []openstack.SecurityGroupRule {
	return slices.DeleteFunc(slices.Clone(rules), func(r openstack.SecurityGroupRule) bool { return r.AddressGroupID != group })
}

// AddressGroup reads one group of addresses.
func (b *Backend) AddressGroup(ctx context.Context, id string) (openstack.AddressGroup, error) {
	return Catalogued[openstack.AddressGroup](ctx, b, addressGroupKind, "address group", id)
}

// AddressGroups returns the groups of addresses of the catalogue.
func (b *Backend) AddressGroups(ctx context.Context) ([]openstack.AddressGroup, error) {
	return AllCatalogued[openstack.AddressGroup](ctx, b, addressGroupKind)
}

// UpdateAddressGroup changes a group's record, and updates the ports that have a rule with it.
func (b *Backend) UpdateAddressGroup(ctx context.Context, g openstack.AddressGroup) (openstack.AddressGroup, error) {
	var differs bool
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		var have openstack.AddressGroup
		if err := all.Get(addressGroupKind, g.ID, &have); err != nil {
			return err
		}
		differs = !slices.Equal(have.Addresses, g.Addresses)
		g.Project, g.Mark = have.Project, have.Mark
		return all.Put(addressGroupKind, g.ID, g)
	})
	if err != nil || !differs {
		return g, records.Known("address group", g.ID, err)
	}
	return g, b.carryOut(ctx, traffic.Change{Groups: []string{g.ID}})
}

// DeleteAddressGroup removes the record of a group that no rule names.
func (b *Backend) DeleteAddressGroup(ctx context.Context, id string) error {
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(addressGroupKind, id, &openstack.AddressGroup{}); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		rules, err := records.All[openstack.SecurityGroupRule](all, ruleKind)
		if err != nil {
			return err
		}
		var used []string
		for _, r := range naming(rules, id) {
			used = append(used, fmt.Sprintf("%s of the security group %s", r.ID, r.GroupID))
		}
		if len(used) > 0 {
			return fmt.Errorf("the address group %s is in use: it is the remote_address_group_id of the rules %s. Delete them first", id,
				strings.Join(used, ", "))
		}
		all.Drop(addressGroupKind, id)
		return nil
	})
	return records.Known("address group", id, err)
}

// checkAddressGroup refuses an address group that does not exist.
func (b *Backend) checkAddressGroup(ctx context.Context, id string) error {
	all, err := b.AddressGroups(ctx)
	if err != nil || slices.ContainsFunc(all, func(g openstack.AddressGroup) bool { return g.ID == id }) {
		return err
	}
	return openstack.AttributeErrorf("remote_address_group_id", "there is no address group with the id %q: write the id of a "+
		"novasphere_networking_address_group", id)
}
