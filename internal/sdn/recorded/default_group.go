// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// Enforcer returns the provider's security_groups.
func (b *Backend) Enforcer() string { return b.c.Config.SecurityGroups }

// AsInOpenStack reports whether groups are OpenStack's as they stand, and the distributed switch filters by none.
func (b *Backend) AsInOpenStack() bool { return sdn.AsInOpenStack(b.Enforcer()) }

// DefaultGroups returns the project's default group where groups are OpenStack's as they stand. Everywhere else a port without groups has
// none, because nothing would filter by the default group's rules.
func (b *Backend) DefaultGroups(openstack.Network) []string {
	if !b.AsInOpenStack() {
		return nil
	}
	return []string{sdn.DefaultGroupOf(b.c.Config.Project)}
}

// Filtering returns the groups by which a distributed switch filters a port's packets.
func (b *Backend) Filtering(ids []string) []string {
	if b.AsInOpenStack() {
		return nil
	}
	return Enforced(ids)
}

// OnNSX returns the groups by which NSX filters a port's packets: none unless it is to enforce groups.
func (b *Backend) OnNSX(ids []string) []string {
	if b.Enforcer() != sdn.EnforceNSX {
		return nil
	}
	return b.enforced(ids)
}

// enforced returns the groups that anything enforces. Where groups are OpenStack's as they stand these are default groups too, but for the
// one that filters nothing, which a port may have from before.
func (b *Backend) enforced(ids []string) []string {
	if !b.AsInOpenStack() {
		return Enforced(ids)
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == sdn.DefaultGroupID })
}

// isDefault reports whether a group is the project's default group.
func (b *Backend) isDefault(id string) bool {
	return slices.Contains(b.DefaultGroups(openstack.Network{}), id)
}

// defaultGroup returns the default group of the provider's project. Where groups are OpenStack's as they stand it has the rules that
// Neutron gives it, with ids that follow from the group's, until a record holds others.
func (b *Backend) defaultGroup() openstack.SecurityGroup {
	if !b.AsInOpenStack() {
		return openstack.SecurityGroup{ID: sdn.DefaultGroupID, Name: openstack.DefaultGroup, Description: "Filters nothing."}
	}
	g := openstack.SecurityGroup{ID: sdn.DefaultGroupOf(b.c.Config.Project), Name: openstack.DefaultGroup, Project: b.c.Config.Project,
		Description: "Default security group", Stateful: true}
	for _, version := range []string{openstack.IPv4, openstack.IPv6} {
		for way, remote := range map[string]string{openstack.Egress: "", openstack.Ingress: g.ID} {
			g.Rules = append(g.Rules, openstack.SecurityGroupRule{ID: uuid.NewSHA1(uuid.MustParse(g.ID), []byte(way+version)).String(),
				GroupID: g.ID, Direction: way, EtherType: version, RemoteGroupID: remote})
		}
	}
	return g
}

// groupIn reads a group's record. The project's default group exists before its record does.
func (b *Backend) groupIn(all records.Set, id string) (g openstack.SecurityGroup, err error) {
	if err = all.Get(groupKind, id, &g); errors.Is(err, openstack.ErrNotFound) && b.isDefault(id) {
		return b.defaultGroup(), nil
	}
	if err != nil {
		return g, err
	}
	rules, err := records.All[openstack.SecurityGroupRule](all, ruleKind)
	g.Rules = rulesIn(rules, id)
	return g, err
}

// changeGroups changes the records of groups that must exist. It records the project's default group first, if the change needs it.
func (b *Backend) changeGroups(ctx context.Context, needsDefault bool, change func(records.Set) error) error {
	if !needsDefault {
		return b.c.Records.Catalogue.Update(ctx, change)
	}
	return b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		if err := b.putDefault(all); err != nil {
			return err
		}
		return change(all)
	})
}

// putDefault writes the record of the project's default group, unless there is one.
func (b *Backend) putDefault(all records.Set) error {
	g := b.defaultGroup()
	if err := all.Get(groupKind, g.ID, &openstack.SecurityGroup{}); !errors.Is(err, openstack.ErrNotFound) {
		return err
	}
	mark := b.c.Records.Mark("")
	g.Mark = &mark
	return putGroup(all, g)
}

// recordDefault records the project's default group before a port has it, so that other projects find it.
func (b *Backend) recordDefault(ctx context.Context, groups []string) error {
	if !slices.ContainsFunc(groups, b.isDefault) {
		return nil
	}
	all, err := b.c.Records.Catalogue.View(ctx)
	if err == nil {
		err = all.Get(groupKind, b.defaultGroup().ID, &openstack.SecurityGroup{})
	}
	if !errors.Is(err, records.ErrNoStore) && !errors.Is(err, openstack.ErrNotFound) {
		return err
	}
	return b.c.Records.Catalogue.Claim(ctx, b.putDefault)
}

// keepsDefault refuses to change or delete a default group.
func keepsDefault(id, verb string) error {
	if !sdn.IsDefaultGroup(id) {
		return nil
	}
	return openstack.AttributeErrorf("id", "the group %q of a project cannot be %s, as in OpenStack: add rules to it, or read it with the "+
		"data source novasphere_networking_secgroup", openstack.DefaultGroup, verb)
}
