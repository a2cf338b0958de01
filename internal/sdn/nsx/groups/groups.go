// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// CreateGroup records a security group with its first rules, and makes it in NSX.
func (b *Backend) CreateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error) {
	g, err := b.records.CreateGroup(ctx, g)
	if err != nil {
		return g, err
	}
	err = b.follow(ctx, g.ID, change{anew: true})
	return g, undone(err, func() error { return b.DeleteGroup(context.WithoutCancel(ctx), g.ID) })
}

// undone takes back the record of what NSX has refused. What is recorded and not in force yet stays.
func undone(err error, undo func() error) error {
	if err == nil || openstack.IsPartialEnforcement(err) {
		return err
	}
	if failed := undo(); failed != nil && !openstack.IsPartialEnforcement(failed) {
		err = errors.Join(err, fmt.Errorf("its record is left, and can be imported: %w", failed))
	}
	return err
}

// UpdateGroup changes a security group's record, and its name and how its answers pass in NSX.
func (b *Backend) UpdateGroup(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, error) {
	g, err := b.records.UpdateGroup(ctx, g)
	if err != nil {
		return g, err
	}
	return g, b.follow(ctx, g.ID, change{named: true})
}

// DeleteGroup removes a security group that no port has from NSX, and then its record. Where the record has to stay, NSX has the group
// again.
func (b *Backend) DeleteGroup(ctx context.Context, id string) error {
	err := b.records.DeleteGroup(ctx, id) // which calls RemoveGroup
	if _, removed := b.leaving.LoadAndDelete(id); err != nil && removed && !errors.Is(err, openstack.ErrNotFound) {
		if failed := b.Follow(context.WithoutCancel(ctx), id); failed != nil {
			err = errors.Join(err, fmt.Errorf("and its rules are not in force in NSX any more: %w", failed))
		}
	}
	return err
}

// RemoveGroup deletes what NSX has of a security group. It refuses one that a rule of another group names.
func (b *Backend) RemoveGroup(ctx context.Context, g openstack.SecurityGroup) error {
	all, err := b.freshGroups(ctx, g.ID)
	if err != nil {
		return err
	}
	w, err := b.nsx.Owner(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		at := firewall.IDOf(w, other.ID)
		b.api.Name(firewall.PolicyPath(b.root, at), other.Name)
		b.api.Name(firewall.GroupPath(b.root, at), other.Name)
		if other.ID != g.ID && names(other, g.ID) {
			return fmt.Errorf("the security group %s is in use: a rule of the group %s (%s) names it as remote_group_id. Delete that rule first",
				g.Name, other.Name, other.ID)
		}
	}
	b.leaving.Store(g.ID, true)
	if err := b.remove(ctx, firewall.IDOf(w, g.ID)); err != nil {
		return err
	}
	return b.tidying(ctx, struct{}{})
}

// freshGroups returns the security groups. Where a rule of one names a group by its id, they are read anew: it may have gone since.
func (b *Backend) freshGroups(ctx context.Context, id string) ([]openstack.SecurityGroup, error) {
	all, err := b.records.Groups(ctx)
	if err != nil || !slices.ContainsFunc(all, func(g openstack.SecurityGroup) bool { return g.ID != id && names(g, id) }) {
		return all, err
	}
	if err := b.c.Records.Refresh(ctx); err != nil {
		return nil, err
	}
	return b.records.Groups(ctx)
}

// names reports whether a rule of a security group names another group.
func names(g openstack.SecurityGroup, id string) bool {
	for _, r := range g.Rules {
		if r.Remote() == id {
			return true
		}
	}
	return false
}

// remove deletes the policy of a security group by its id in NSX, and then its group, which rules of others may still name for a moment.
func (b *Backend) remove(ctx context.Context, id string) error {
	for _, path := range []string{firewall.PolicyPath(b.root, id), firewall.GroupPath(b.root, id)} {
		if err := b.deleteOurs(ctx, path); err != nil {
			return err
		}
	}
	b.policies.keep(id, nil)
	logging.Network.Info(ctx, "a security group is deleted in NSX", "group", id)
	return nil
}

// deleteOurs deletes an object of this provider and waits as long as others refer to it. One of somebody else is left.
func (b *Backend) deleteOurs(ctx context.Context, path string) error {
	b.there.Delete(path)
	b.members.keep(path[strings.LastIndex(path, "/")+1:], nil)
	w, err := b.nsx.Owner(ctx)
	if err != nil {
		return err
	}
	is := policy.Object{}
	switch err := b.api.Get(ctx, path, &is); {
	case errors.Is(err, openstack.ErrNotFound), errors.Is(err, api.ErrNoLicense): // without a licence there is none
		return nil
	case err != nil:
		return err
	case !w.Owns(is):
		return nil
	}
	return b.api.Delete(ctx, path)
}

// Enforce brings what NSX has of a port's security groups in line with the records.
func (b *Backend) Enforce(ctx context.Context, groups []string) error {
	var lag error
	for _, id := range b.records.OnNSX(groups) {
		err := b.Follow(ctx, id)
		if err == nil {
			err = b.enforceAddresses(ctx, id)
		}
		if err != nil && !openstack.IsPartialEnforcement(err) {
			return err
		}
		lag = errors.Join(lag, err)
	}
	if len(b.records.OnNSX(groups)) > 0 {
		err := b.dropOthers(ctx)
		if err == nil {
			_, err = b.api.Update(ctx, firewall.DefaultPath(b.root), func(o map[string]any) (bool, error) {
				return firewall.MergeDefault(b.root, o), nil
			})
		}
		if err == nil {
			_, err = b.api.Update(ctx, firewall.FilteredPath(b.root), func(o map[string]any) (bool, error) {
				return firewall.MergeFiltered(o), nil
			})
		}
		if err != nil {
			return explained(err)
		}
	}
	return lag
}

// prepare makes the default groups among a port's security groups in NSX, which have no other beginning: all others are there since they
// were made. It sees to the policy that drops all else.
func (b *Backend) prepare(ctx context.Context, p openstack.Port) error {
	b.leaving.Delete(p.ID)
	for _, id := range p.Groups {
		if !sdn.IsDefaultGroup(id) {
			continue
		}
		if err := b.follow(ctx, id, change{anew: true}); err != nil && !openstack.IsPartialEnforcement(err) {
			return err
		}
	}
	if len(b.records.OnNSX(p.Groups)) == 0 {
		return nil
	}
	// A process that was killed between a group and the policy that drops all else has left ports of that group open.
	if _, seen := b.there.Load(firewall.DefaultPath(b.root)); seen {
		return nil
	}
	return explained(b.dropOthers(ctx))
}
