// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// readRule parses a rule, and refuses one that cannot be matched.
func (b *Backend) readRule(r openstack.SecurityGroupRule) (sdn.Rule, error) {
	read, err := sdn.ReadRule(r)
	if err == nil {
		err = b.law.CheckRule(read)
	}
	return read, err
}

// CheckRule refuses a rule that cannot be matched, by itself or together with its group as far as that is known.
func (b *Backend) CheckRule(ctx context.Context, r openstack.SecurityGroupRule) error {
	if err := sdn.RequireEnforcer(b.Enforcer()); err != nil {
		return err
	}
	read, err := b.readRule(r)
	if err != nil {
		return err
	}
	if r.RemoteGroupID != "" {
		if err := b.checkRemote(ctx, r.RemoteGroupID); err != nil {
			return err
		}
	}
	if r.AddressGroupID != "" {
		if err := b.checkAddressGroup(ctx, r.AddressGroupID); err != nil {
			return err
		}
	}
	if r.GroupID == "" {
		return b.checkUnknown(read)
	}
	if b.expectsGroup(r.GroupID) && !b.has(ctx, r.GroupID) {
		return nil
	}
	g, err := b.Group(ctx, r.GroupID)
	if err != nil {
		return openstack.AttributeErrorf("security_group_id", "%w", err)
	}
	if coming, planned := b.planned.Groups.Find(r.GroupID); planned {
		g.Name, g.Replies = coming.Name, coming.Replies
	}
	if err := b.law.CheckRuleOf(g, read); err != nil {
		return err
	}
	if r.ID != "" {
		g.Rules = nil // it exists already: only planned rules can conflict with it
	}
	return soleRule(g, read, b.planned.Rules.Overlay(ctx, r, g.Rules))
}

// expectsGroup reports whether a group with an id is planned.
func (b *Backend) expectsGroup(id string) bool {
	_, planned := b.planned.Groups.Find(id)
	return planned
}

// checkUnknown checks a rule whose group does not exist yet. Which planned group it is cannot be known, so it refuses only what all
// refuse.
func (b *Backend) checkUnknown(r sdn.Rule) error {
	var refused error
	groups := b.planned.Groups.Coming()
	for _, g := range groups {
		if len(groups) > 1 {
			g.Name = "" // it could be any of them
		}
		if refused = b.law.CheckRuleOf(g, r); refused == nil {
			return nil
		}
	}
	return refused
}

// has reports whether a group's record exists.
func (b *Backend) has(ctx context.Context, id string) bool {
	_, err := b.Group(ctx, id)
	return err == nil
}

// checkRemote refuses a remote group that does not exist, or whose members are not recorded.
func (b *Backend) checkRemote(ctx context.Context, id string) error {
	if !b.AsInOpenStack() && sdn.IsDefaultGroup(id) {
		return openstack.AttributeErrorf("remote_group_id", "the group %q filters nothing here and its members are not kept, so it lets nobody "+
			"in: write a group of your own, give it to those ports, and name it here; or remote_ip_prefix", openstack.DefaultGroup)
	}
	all, err := b.Groups(ctx)
	if err != nil || b.expectsGroup(id) || slices.ContainsFunc(all, func(g openstack.SecurityGroup) bool { return g.ID == id }) {
		return err
	}
	return openstack.AttributeErrorf("remote_group_id", "there is no security group with the id %q: write a group's id (not its name), as "+
		"its resource or data source gives it", id)
}

// CreateRule records a rule unless its group has an equal one, and updates the group's ports.
func (b *Backend) CreateRule(ctx context.Context, r openstack.SecurityGroupRule) (openstack.SecurityGroupRule, error) {
	read, err := b.readRule(r)
	if err != nil {
		return r, err
	}
	mark := b.c.Records.Mark("")
	r.ID, r.Mark = cmp.Or(r.ID, uuid.NewString()), &mark
	read.SecurityGroupRule = r
	err = b.changeGroups(ctx, b.isDefault(r.GroupID) || b.isDefault(r.RemoteGroupID), func(all records.Set) error {
		return b.addRule(all, read)
	})
	if err != nil {
		return r, records.Known("security group", r.GroupID, err)
	}
	return r, b.carryOut(ctx, traffic.Change{Groups: []string{r.GroupID}})
}

func (b *Backend) addRule(all records.Set, r sdn.Rule) error {
	var g openstack.SecurityGroup
	if err := all.Get(groupKind, r.GroupID, &g); err != nil {
		return openstack.AttributeErrorf("security_group_id", "%w", err)
	}
	if r.RemoteGroupID != "" {
		if err := all.Get(groupKind, r.RemoteGroupID, &openstack.SecurityGroup{}); err != nil {
			return openstack.AttributeErrorf("remote_group_id", "%w", err)
		}
	}
	if r.AddressGroupID != "" {
		if err := all.Get(addressGroupKind, r.AddressGroupID, &openstack.AddressGroup{}); err != nil {
			return openstack.AttributeErrorf("remote_address_group_id", "%w", err)
		}
	}
	if err := b.law.CheckRuleOf(g, r); err != nil {
		return err
	}
	rules, err := records.All[openstack.SecurityGroupRule](all, ruleKind)
	if err != nil {
		return err
	}
	if err := soleRule(g, r, rulesIn(rules, r.GroupID)); err != nil {
		return err
	}
	return all.Put(ruleKind, r.ID, r.SecurityGroupRule)
}

// soleRule refuses a rule that allows the same as another one of its group.
func soleRule(g openstack.SecurityGroup, r sdn.Rule, others []openstack.SecurityGroupRule) error {
	for _, other := range others {
		read, _ := sdn.ReadRule(other) // an error was reported when that rule was planned or made
		switch {
		case !sameRule(read, r):
		case other.ID == "":
			return openstack.AttributeErrorf("security_group_id", "another rule of this configuration lets the same pass in the group %s: remove "+
				"one of them",
				g.Name)
		default:
			return openstack.AttributeErrorf("security_group_id", "the group %s has this rule already (%s%s). %s", g.Name, other.ID,
				other.Mark.Clause(),
				openstack.ImportHint("novasphere_networking_secgroup_rule", other.ID))
		}
	}
	return nil
}

// sameRule reports whether two rules allow the same traffic.
func sameRule(a, b sdn.Rule) bool {
	port := func(p *int64) int64 {
		if p == nil {
			return -1
		}
		return *p
	}
	return a.Direction == b.Direction && a.EtherType == b.EtherType && a.Number == b.Number && port(a.PortMin) == port(b.PortMin) &&
		port(a.PortMax) == port(b.PortMax) &&
		a.Prefix == b.Prefix && (a.RemotePrefix == "") == (b.RemotePrefix == "") && a.Remote() == b.Remote()
}

// Rule reads one rule. The rules of the project's default group exist before their records.
func (b *Backend) Rule(ctx context.Context, id string) (r openstack.SecurityGroupRule, err error) {
	all, err := b.c.Records.Catalogue.View(ctx)
	if err == nil {
		err = all.Get(ruleKind, id, &r)
	}
	if err == nil || !b.AsInOpenStack() {
		return r, records.Known("security group rule", id, err)
	}
	g, failed := b.Group(ctx, b.defaultGroup().ID)
	if i := slices.IndexFunc(g.Rules, func(r openstack.SecurityGroupRule) bool { return r.ID == id }); failed == nil && i >= 0 {
		return g.Rules[i], nil
	}
	return r, records.Known("security group rule", id, err)
}

// DeleteRule removes a rule, and updates the ports of its group.
func (b *Backend) DeleteRule(ctx context.Context, id string) error {
	r, err := b.Rule(ctx, id)
	if err != nil {
		return err
	}
	err = b.changeGroups(ctx, b.isDefault(r.GroupID), func(all records.Set) error {
		if err := all.Get(ruleKind, id, &r); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		all.Drop(ruleKind, id)
		return nil
	})
	if err != nil {
		return records.Known("security group rule", id, err)
	}
	return b.carryOut(ctx, traffic.Change{Groups: []string{r.GroupID}})
}
