// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// Leaving deletes what only a port needs whose record is about to go: the default group of a project is in NSX as long as a port has it, or
// a rule names it.
func (b *Backend) Leaving(ctx context.Context, p openstack.Port) error {
	b.leaving.Store(p.ID, true)
	return b.left(ctx, p.Groups)
}

// Left deletes what only a port needed that has gone, or has other security groups now. Another process may have removed the other ports
// meanwhile.
func (b *Backend) Left(ctx context.Context, groups []string) error {
	if !slices.ContainsFunc(b.records.OnNSX(groups), sdn.IsDefaultGroup) {
		return nil
	}
	if err := b.c.Records.Refresh(ctx); err != nil {
		return err
	}
	return b.left(ctx, groups)
}

func (b *Backend) left(ctx context.Context, groups []string) error {
	defaults := slices.DeleteFunc(b.records.OnNSX(groups), func(id string) bool { return !sdn.IsDefaultGroup(id) })
	if len(defaults) == 0 {
		return nil
	}
	used, err := b.used(ctx)
	if err != nil || !slices.ContainsFunc(defaults, func(id string) bool { return !used[id] }) {
		return err
	}
	return b.tidying(ctx, struct{}{})
}

// tidy deletes what no security group needs any more. The policy that drops what no group allows is everybody's: of all workspaces and
// vCenters that have this NSX. It goes with the last security group of all, and nobody counts these, so the two who meet here order their
// steps: who makes a group writes it first and makes the policy afterwards; who deletes one looks at all groups afterwards, by a list,
// because a search lags, deletes the policy where there is none, and looks again: a group that has come meanwhile may have found the policy
// still there, and gets it back.
func (b *Backend) tidy(ctx context.Context) error {
	all, err := b.groups(ctx)
	if errors.Is(err, api.ErrNoLicense) {
		return nil // there are none
	}
	if err != nil {
		return err
	}
	if all, err = b.withoutIdle(ctx, all); err != nil {
		return err
	}
	for _, o := range all {
		if firewall.IsRangeGroup(o) {
			b.deleteUnused(ctx, o.Path())
		}
	}
	if slices.ContainsFunc(all, firewall.IsSecurityGroup) {
		return nil
	}
	shared := firewall.Filtered(b.root)
	for _, s := range slices.Backward(shared) {
		b.deleteUnused(ctx, s.Path)
	}
	if all, err = b.groups(ctx); err != nil {
		return err
	}
	if slices.ContainsFunc(all, firewall.IsSecurityGroup) {
		return explained(b.dropOthers(ctx))
	}
	return nil
}

func (b *Backend) groups(ctx context.Context) ([]policy.Object, error) {
	return api.List[policy.Object](ctx, b.api, firewall.GroupsPath(b.root), nil)
}

// withoutIdle deletes the default groups of ours that no port has and no rule names, and returns the other groups. They were listed before
// the records are read, and a port's record comes before its place in NSX. A port that has come since gets its group back.
func (b *Backend) withoutIdle(ctx context.Context, all []policy.Object) (left []policy.Object, err error) {
	w, err := b.nsx.Owner(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.c.Records.Refresh(ctx); err != nil {
		return nil, err
	}
	used, err := b.used(ctx)
	if err != nil {
		return nil, err
	}
	needed := map[string]string{}
	for id := range used {
		if used[id] {
			needed[firewall.IDOf(w, id)] = id
		}
	}
	var idle []string
	for _, o := range all {
		if sdn.IsDefaultGroup(o.ID()) && w.Owns(o) && needed[o.ID()] == "" {
			idle = append(idle, o.ID())
		} else {
			left = append(left, o)
		}
	}
	for _, id := range idle {
		if err := b.remove(ctx, id); err != nil {
			return nil, err
		}
	}
	if len(idle) == 0 {
		return left, nil
	}
	if err := b.c.Records.Refresh(ctx); err != nil {
		return nil, err
	}
	if used, err = b.used(ctx); err != nil {
		return nil, err
	}
	for id := range used {
		if used[id] && slices.Contains(idle, firewall.IDOf(w, id)) {
			if err := b.follow(ctx, id, change{anew: true}); err != nil && !openstack.IsPartialEnforcement(err) {
				return nil, err
			}
		}
	}
	return left, nil
}

// used returns the security groups that ports have or rules of other groups name, by the records but for those that are about to go.
func (b *Backend) used(ctx context.Context) (map[string]bool, error) {
	leaves := func(id string) bool { _, is := b.leaving.Load(id); return is }
	ports, err1 := b.records.Ports(ctx, "")
	groups, err2 := b.records.Groups(ctx)
	used := map[string]bool{}
	for _, p := range ports {
		for _, id := range p.Groups {
			used[id] = used[id] || !leaves(p.ID)
		}
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.RemoteGroupID != g.ID && !leaves(g.ID) && !leaves(r.ID) {
				used[r.RemoteGroupID] = true
			}
		}
	}
	return used, errors.Join(err1, err2)
}

// deleteUnused deletes a shared object unless something refers to it, whoever's that is. What fails otherwise is no reason to fail a
// deletion that is done.
func (b *Backend) deleteUnused(ctx context.Context, path string) {
	b.there.Delete(path)
	b.members.keep(path[strings.LastIndex(path, "/")+1:], nil)
	if err := b.api.DeleteUnused(ctx, path); err != nil && !errors.Is(err, api.ErrInUse) {
		logging.Network.Info(ctx, "an object that security groups share could not be deleted", "path", path, "error", err.Error())
	}
}
