// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const (
	groupKind = "security-group"
	ruleKind  = "security-group-rule"
)

// requireEnforcerFor is RequireEnforcer for a port with groups. The default group needs no enforcement.
func (b *Backend) requireEnforcerFor(ids []string) error {
	if err := b.checkTogether(ids); err != nil || len(b.enforced(ids)) == 0 {
		return err
	}
	return sdn.RequireEnforcer(b.Enforcer())
}

// checkTogether refuses a default group that filters nothing beside others.
func (b *Backend) checkTogether(ids []string) error {
	if b.AsInOpenStack() {
		return nil
	}
	return sdn.CheckGroups(ids)
}

// Enforced returns the groups that filter where the network itself enforces them: all but default groups.
func Enforced(ids []string) []string { return slices.DeleteFunc(slices.Clone(ids), sdn.IsDefaultGroup) }

// CheckGroup refuses a group that cannot be enforced as written.
func (b *Backend) CheckGroup(_ context.Context, g openstack.SecurityGroup) error {
	if err := sdn.RequireEnforcer(b.Enforcer()); err != nil {
		return err
	}
	if g.Name == openstack.DefaultGroup {
		return openstack.AttributeErrorf("name", "%q is the group that is always there: choose another name", g.Name)
	}
	return b.law.CheckGroup(g)
}

// CheckGroupName refuses the name of another group of the project, existing or planned. Where groups are OpenStack's as they stand several
// may have one name, as in Neutron.
func (b *Backend) CheckGroupName(ctx context.Context, g openstack.SecurityGroup) error {
	if b.AsInOpenStack() {
		return nil
	}
	all, err := b.Groups(ctx)
	if err != nil {
		return err
	}
	g.Project = b.c.Config.Project
	for _, other := range b.planned.Groups.Overlay(ctx, g, all) {
		if other.ID == "" && other.Name == g.Name {
			return openstack.AttributeErrorf("name", "another security group of this configuration is to be called %q, and instances name their "+
				"groups: choose another name for one of them", g.Name)
		}
		if other.ID != "" && other.Project == "" { // planned: always in the provider's own project
			other.Project = g.Project
		}
		if err := nameTaken(other, g); err != nil {
			return err
		}
	}
	return nil
}

// CreateGroup records a group and its first rules, unless its project has a group of that name.
func (b *Backend) CreateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error) {
	if err := b.CheckGroup(ctx, g); err != nil {
		return g, err
	}
	mark := b.c.Records.Mark("")
	g.ID, g.Project, g.Mark = cmp.Or(g.ID, uuid.NewString()), b.c.Config.Project, &mark
	for i := range g.Rules {
		g.Rules[i].ID, g.Rules[i].GroupID = uuid.NewString(), g.ID
	}
	return g, b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		if err := b.nameFree(all, g); err != nil {
			return err
		}
		return putGroup(all, g)
	})
}

// putGroup writes the records of a group and its rules.
func putGroup(all records.Set, g openstack.SecurityGroup) error {
	for _, r := range g.Rules {
		if err := all.Put(ruleKind, r.ID, r); err != nil {
			return err
		}
	}
	return all.Put(groupKind, g.ID, g)
}

// checkRecorded refuses a recorded rule that its group cannot have.
func (b *Backend) checkRecorded(g openstack.SecurityGroup, r openstack.SecurityGroupRule) error {
	read, err := sdn.ReadRule(r)
	if err != nil {
		return err
	}
	return b.law.CheckRuleOf(g, read)
}

// nameFree refuses a name that another group of the project has, because instances refer to groups by name.
func (b *Backend) nameFree(all records.Set, g openstack.SecurityGroup) error {
	if b.AsInOpenStack() {
		return nil
	}
	others, err := records.All[openstack.SecurityGroup](all, groupKind)
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := nameTaken(other, g); err != nil {
			return err
		}
	}
	return nil
}

func nameTaken(other, g openstack.SecurityGroup) error {
	if other.Name != g.Name || other.Project != g.Project || other.ID == g.ID {
		return nil
	}
	return openstack.AttributeErrorf("name", "the security group %q is there already (%s%s): choose another name. %s", g.Name, other.ID,
		other.Mark.Clause(), openstack.ImportHint("novasphere_networking_secgroup", other.ID))
}

// Groups returns the project's default group and those of the catalogue, with their rules.
func (b *Backend) Groups(ctx context.Context) ([]openstack.SecurityGroup, error) {
	out := []openstack.SecurityGroup{b.defaultGroup()}
	all, err := b.c.Records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	groups, err1 := records.All[openstack.SecurityGroup](all, groupKind)
	rules, err2 := records.All[openstack.SecurityGroupRule](all, ruleKind)
	for _, g := range groups {
		g.Rules = rulesIn(rules, g.ID)
		switch {
		case b.isDefault(g.ID):
			out[0] = g
		case b.AsInOpenStack() || !sdn.IsDefaultGroup(g.ID):
			out = append(out, g)
		}
	}
	return out, errors.Join(err1, err2)
}

func rulesIn(rules []openstack.SecurityGroupRule, group string) []openstack.SecurityGroupRule {
	return slices.DeleteFunc(slices.Clone(rules), func(r openstack.SecurityGroupRule) bool { return r.GroupID != group })
}

// GroupNamed finds a group by its name or id.
func (b *Backend) GroupNamed(ctx context.Context, text string) (openstack.SecurityGroup, error) {
	all, err := b.Groups(ctx)
	if err != nil {
		return openstack.SecurityGroup{}, err
	}
	return sdn.GroupNamed(all, b.c.Config.Project, text)
}

// Group reads one group.
func (b *Backend) Group(ctx context.Context, id string) (g openstack.SecurityGroup, err error) {
	all, err := b.c.Records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) && b.isDefault(id) {
		return b.defaultGroup(), nil
	}
	if err != nil {
		return g, records.Known("security group", id, err)
	}
	return b.groupIn(all, id)
}

// UpdateGroup changes a group's record. A new name does not matter to the ports that have the group.
func (b *Backend) UpdateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error) {
	if err := cmp.Or(keepsDefault(g.ID, "changed"), b.CheckGroup(ctx, g)); err != nil {
		return g, err
	}
	var replies bool
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		var have openstack.SecurityGroup
		if err := all.Get(groupKind, g.ID, &have); err != nil {
			return err
		}
		g.Project, g.Mark, g.Bare, replies = have.Project, have.Mark, have.Bare, have.Replies != g.Replies
		rules, err := records.All[openstack.SecurityGroupRule](all, ruleKind)
		if err != nil {
			return err
		}
		g.Rules = rulesIn(rules, g.ID)
		for _, r := range g.Rules {
			if err := b.checkRecorded(g, r); err != nil {
				return openstack.AttributeErrorf("reply_rules", "its rule %s has no ports, and the answers to it would be everything: replace that "+
					"rule first",
					r.ID)
			}
		}
		if err := b.nameFree(all, g); err != nil {
			return err
		}
		return all.Put(groupKind, g.ID, g)
	})
	if err != nil || !replies {
		return g, records.Known("security group", g.ID, err)
	}
	return g, b.carryOut(ctx, traffic.Change{Groups: []string{g.ID}})
}

// DeleteGroup removes a group and its rules, if no port has it. Ports are recorded in other VMs than groups, so no single write covers
// both: it checks again afterwards, and restores the group if a port got it meanwhile.
func (b *Backend) DeleteGroup(ctx context.Context, id string) error {
	if err := keepsDefault(id, "deleted"); err != nil {
		return err
	}
	return b.WhenFree(ctx, func() error {
		g, err := b.deleteGroup(ctx, id)
		if err != nil {
			return records.Known("security group", id, err)
		}
		end := context.WithoutCancel(ctx) // what is in use after all is restored, though the time is up
		if err = b.ungrouped(end, g); err != nil {
			return errors.Join(err, b.c.Records.Catalogue.Claim(end, func(all records.Set) error { return putGroup(all, g) }))
		}
		return nil
	})
}

// ungrouped refuses a group that ports have, in any workspace.
func (b *Backend) ungrouped(ctx context.Context, g openstack.SecurityGroup) error {
	if err := b.c.Records.Refresh(ctx); err != nil {
		return err
	}
	ports, err := b.Ports(ctx, "")
	if err != nil {
		return err
	}
	ports = slices.DeleteFunc(ports, func(p openstack.Port) bool { return !slices.Contains(p.Groups, g.ID) })
	if len(ports) == 0 {
		return nil
	}
	return &InUse{fmt.Sprintf("the security group %s is in use: %s have it. Take it off them in an apply of its own, because Terraform "+
		"destroys before it updates; where it is to be replaced, give the new one another name and write lifecycle { create_before_destroy = "+
		"true }", g.Name, Inventory(nil, ports)), ports}
}

// deleteGroup removes a group's records and returns the group as it was.
func (b *Backend) deleteGroup(ctx context.Context, id string) (g openstack.SecurityGroup, err error) {
	if g, err = b.Group(ctx, id); err != nil {
		return g, err
	}
	if err := b.ungrouped(ctx, g); err != nil {
		return g, err
	}
	if err := b.place.RemoveGroup(ctx, g); err != nil {
		return g, err
	}
	return g, b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(groupKind, id, &g); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		g.Rules = nil
		rules, err := records.All[openstack.SecurityGroupRule](all, ruleKind)
		if err != nil {
			return err
		}
		for _, r := range rules {
			switch {
			case r.GroupID == id:
				g.Rules = append(g.Rules, r)
				all.Drop(ruleKind, r.ID)
			case r.RemoteGroupID == id:
				return fmt.Errorf("the security group %s is in use: the rule %s of the group %s names it as remote_group_id. Delete that rule first",
					g.Name, r.ID, r.GroupID)
			}
		}
		all.Drop(groupKind, id)
		return nil
	})
}
