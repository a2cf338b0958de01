// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// putGroup makes the group of a security group, or brings one that is there in line with its record. fresh: it is hardly there.
func (b *Backend) putGroup(ctx context.Context, w policy.Owner, id string, fresh bool) error {
	g, err := b.records.Group(ctx, id)
	if err != nil {
		return err
	}
	g = firewall.InNSX(w, g)
	path := firewall.GroupPath(b.root, g.ID)
	b.api.Name(firewall.PolicyPath(b.root, g.ID), g.Name)
	now := policy.Object{}
	create := func() error { return b.api.Create(ctx, path, firewall.GroupOf(w, g), &now) }
	change := func() (err error) {
		now, err = b.api.Update(ctx, path, func(o map[string]any) (bool, error) { return firewall.MergeGroup(w, o, g) })
		return err
	}
	if err = openstack.NotFound("%s", path); !fresh {
		err = change()
	}
	if errors.Is(err, openstack.ErrNotFound) {
		err = create()
	}
	if errors.Is(err, api.ErrExists) {
		err = change()
	}
	if err == nil {
		b.members.keep(g.ID, now)
		b.there.Store(path, true)
	}
	return err
}

// refer makes the groups that a security group's rules name, where NSX does not have them: a rule may name the default group of a project
// before any port has it.
func (b *Backend) refer(ctx context.Context, w policy.Owner, g openstack.SecurityGroup) error {
	for _, shared := range firewall.RangeGroups(b.root, g) {
		if err := b.ensure(ctx, shared.Path, shared.Body); err != nil {
			return err
		}
	}
	for _, r := range g.Rules {
		path := firewall.GroupPath(b.root, firewall.IDOf(w, r.Remote()))
		if _, there := b.there.Load(path); there || r.Remote() == "" || r.Remote() == g.ID {
			continue
		}
		body, err := b.remote(ctx, w, r)
		if err == nil {
			err = b.ensure(ctx, path, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// remote returns the body of the group that is on a rule's other side.
func (b *Backend) remote(ctx context.Context, w policy.Owner, r openstack.SecurityGroupRule) (firewall.Group, error) {
	if r.AddressGroupID != "" {
		a, err := b.records.AddressGroup(ctx, r.AddressGroupID)
		if err != nil {
			return firewall.Group{}, err
		}
		return firewall.AddressGroupOf(w, a)
	}
	g, err := b.records.Group(ctx, r.RemoteGroupID)
	return firewall.GroupOf(w, firewall.InNSX(w, g)), err
}

// ensure makes a group where NSX does not have it, and leaves one that is there as it is. All groups are listed once: a rule is to be one
// write, of its policy.
func (b *Backend) ensure(ctx context.Context, path string, body any) error {
	if _, there := b.there.Load(path); there {
		return nil
	}
	if err := b.members.learn(ctx, "expression", b.groups); err != nil {
		return err
	}
	if _, there := b.members.get(path[len(firewall.GroupsPath(b.root))+1:]); !there {
		if err := b.api.Create(ctx, path, body, nil); err != nil && !errors.Is(err, api.ErrExists) {
			return err
		}
	}
	b.there.Store(path, true)
	return nil
}
