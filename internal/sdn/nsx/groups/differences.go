// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
)

// InForce returns what NSX enforces at a port of what its security groups say, as lines, and how its objects differ besides. Both the
// policies and what is realized of them are asked for once, whatever the number of ports.
func (b *Backend) InForce(ctx context.Context, now *traffic.Policy, p openstack.Port) (lines []string, err error) {
	groups := b.records.OnNSX(p.Groups)
	if len(groups) == 0 {
		return nil, nil
	}
	if err := b.policies.learn(ctx, "rules", func(ctx context.Context) ([]policy.Object, error) {
		return api.List[policy.Object](ctx, b.api, firewall.PoliciesPath(b.root), nil)
	}); err != nil {
		return nil, err
	}
	if err := b.members.learn(ctx, "expression", b.groups); err != nil {
		return nil, err
	}
	actual, differences := *now, []string(nil)
	actual.Groups = maps.Clone(now.Groups)
	for _, id := range groups {
		if _, known := now.Groups[id]; !known {
			differences = append(differences, "there is no record of the security group "+id+", and nothing is let pass by it")
			continue
		}
		g, more, err := b.compare(ctx, now.Groups[id])
		if err != nil {
			return nil, err
		}
		actual.Groups[id], differences = g, append(differences, more...)
	}
	missing, err := b.lacksDrop(ctx)
	if err != nil {
		return nil, err
	}
	lines, err = actual.Lines(p)
	return slices.Concat(lines, differences, missing), err
}

// compare returns a group with only those of its rules that NSX has as they are, and what else differs. What seems to differ is read
// again, the records too: others may have changed it since.
func (b *Backend) compare(ctx context.Context, g openstack.SecurityGroup) (openstack.SecurityGroup, []string, error) {
	w, err := b.nsx.Owner(ctx)
	if err != nil {
		return g, nil, err
	}
	at := firewall.IDOf(w, g.ID)
	o, there := b.policies.get(at)
	rules, same, err := b.rulesIn(w, o, g)
	if err != nil {
		return g, nil, err
	}
	if !there || !same {
		if o, there, err = b.read(ctx, at); err != nil {
			return g, nil, err
		}
		recorded, err := b.recordOf(ctx, g.ID)
		if err != nil {
			return g, nil, errors.New(err.Error()) // hide ErrNotFound: the port is there
		}
		if rules, same, err = b.rulesIn(w, o, recorded); err != nil {
			return g, nil, err
		}
	}
	if !there {
		g.Rules = nil
		return g, []string{fmt.Sprintf("NSX has no rules of the security group %s (%s)", g.Name, g.ID)}, nil
	}
	if !same {
		g.Rules = slices.DeleteFunc(slices.Clone(g.Rules), func(r openstack.SecurityGroupRule) bool { return !rules[r.ID] })
		return g, []string{fmt.Sprintf("NSX has other rules of the security group %s (%s) than are recorded", g.Name, g.ID)}, nil
	}
	if differs, err := b.groupDiffers(ctx, w, g); err != nil || differs {
		return g, []string{fmt.Sprintf("NSX has another group than is recorded for the security group %s (%s): its rules are for other ports",
			g.Name, g.ID)}, err
	}
	if lines, err := b.addressesDiffer(ctx, w, g); err != nil || len(lines) > 0 {
		return g, lines, err
	}
	realized, err := b.isInForce(ctx, firewall.PolicyPath(b.root, at))
	if err != nil || realized {
		return g, nil, err
	}
	return g, []string{fmt.Sprintf("NSX has not realized the rules of the security group %s (%s)", g.Name, g.ID)}, nil
}

// groupDiffers reports whether the group of a security group has other members than its record says, or other words. What seems to differ
// is read again, the record too.
func (b *Backend) groupDiffers(ctx context.Context, w policy.Owner, g openstack.SecurityGroup) (bool, error) {
	differs := func(o policy.Object, g openstack.SecurityGroup) bool {
		changed, err := firewall.MergeGroup(w, o, firewall.InNSX(w, g))
		return changed || err != nil
	}
	at := firewall.IDOf(w, g.ID)
	if o, there := b.members.get(at); there && !differs(o, g) {
		return false, nil
	}
	o := policy.Object{}
	err := b.api.Get(ctx, firewall.GroupPath(b.root, at), &o)
	if errors.Is(err, openstack.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	b.members.keep(at, o.Copy())
	recorded, err := b.recordOf(ctx, g.ID)
	if err != nil {
		return false, errors.New(err.Error()) // hide ErrNotFound: the port is there
	}
	return differs(o, recorded), nil
}

// read reads a policy anew, by its id in NSX.
func (b *Backend) read(ctx context.Context, id string) (o policy.Object, there bool, err error) {
	o = policy.Object{}
	err = b.api.Get(ctx, firewall.PolicyPath(b.root, id), &o)
	if errors.Is(err, openstack.ErrNotFound) {
		b.policies.keep(id, nil)
		return nil, false, nil
	}
	if err == nil {
		b.policies.keep(id, o)
	}
	return o.Copy(), err == nil, err
}

// rulesIn returns which rules of a group a policy has as they are, and whether it is the group's in all else.
func (b *Backend) rulesIn(w policy.Owner, o policy.Object, g openstack.SecurityGroup) (rules map[string]bool, same bool, err error) {
	if !w.Owns(o) {
		return nil, false, nil
	}
	rules, g = map[string]bool{}, firewall.InNSX(w, g)
	for _, r := range g.Rules {
		changed, err := firewall.MergeRule(w, b.root, o.Copy(), g, r)
		if err != nil {
			return nil, false, err
		}
		rules[r.ID] = !changed
	}
	changed, err := firewall.MergePolicy(w, b.root, o.Copy(), g)
	return rules, !changed, err
}

// lacksDrop tells that NSX has no policy that drops what no security group allows.
func (b *Backend) lacksDrop(ctx context.Context) ([]string, error) {
	path := firewall.DefaultPath(b.root)
	id := path[len(firewall.PoliciesPath(b.root))+1:]
	o, there := b.policies.get(id)
	if !there || firewall.MergeDefault(b.root, o) { // a list need not have the rules
		var err error
		if o, there, err = b.read(ctx, id); err != nil {
			return nil, err
		}
	}
	switch {
	case there && firewall.MergeDefault(b.root, o):
		return []string{"NSX has the policy " + id + " otherwise than this provider makes it: what the security groups do not allow may " +
			"pass"}, nil
	case there:
		return b.dropsLess(ctx)
	}
	return []string{"NSX has no policy " + id + ": what the security groups do not allow passes"}, nil
}

// dropsLess tells that the policy that drops what no security group allows is for other ports than those with groups.
func (b *Backend) dropsLess(ctx context.Context) ([]string, error) {
	path := firewall.FilteredPath(b.root)
	id := path[len(firewall.GroupsPath(b.root))+1:]
	if o, there := b.members.get(id); there && !firewall.MergeFiltered(o) {
		return nil, nil
	}
	o := policy.Object{}
	if err := b.api.Get(ctx, path, &o); err != nil {
		return nil, errors.New(err.Error()) // hide ErrNotFound: the port is there
	}
	b.members.keep(id, o.Copy())
	if !firewall.MergeFiltered(o) {
		return nil, nil
	}
	return []string{"the group " + id + " of NSX is for other ports: what the security groups do not allow passes"}, nil
}
