// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// CreateRule records a rule, and writes the policy of its group with it.
func (b *Backend) CreateRule(ctx context.Context, r openstack.SecurityGroupRule) (openstack.SecurityGroupRule, error) {
	r, err := b.records.CreateRule(ctx, r)
	if err != nil {
		b.catchUp(ctx, r.GroupID)
		return r, err
	}
	err = b.follow(ctx, r.GroupID, change{})
	return r, undone(err, func() error { return b.DeleteRule(context.WithoutCancel(ctx), r.ID) })
}

// catchUp brings a group in line where a rule of it was refused: a process may have recorded that very rule and been killed before it came
// to NSX, so that to import the rule is all that is left to do.
func (b *Backend) catchUp(ctx context.Context, group string) {
	if _, err := b.records.Group(ctx, group); err != nil {
		return
	}
	if err := b.follow(ctx, group, change{anew: true}); err != nil {
		logging.Network.Info(ctx, "a security group could not be brought in line in NSX", "group", group, "error", err.Error())
	}
}

// DeleteRule takes a rule out of the policy of its group, and then removes its record. In between another process may have written the
// policy with the rule, because its record was still there: so the policy is looked at again.
func (b *Backend) DeleteRule(ctx context.Context, id string) error {
	r, err := b.records.Rule(ctx, id)
	if err != nil {
		return err
	}
	b.leaving.Store(id, true)
	lag := b.follow(ctx, r.GroupID, change{only: true})
	if lag != nil && !openstack.IsPartialEnforcement(lag) {
		err = lag
	} else if untidy(b.root, r) {
		err = b.tidying(ctx, struct{}{})
	}
	if err == nil {
		err = b.records.DeleteRule(ctx, id)
	}
	b.leaving.Delete(id)
	if err != nil {
		if !errors.Is(err, openstack.ErrNotFound) {
			b.catchUp(context.WithoutCancel(ctx), r.GroupID)
		}
		return err
	}
	if err := b.follow(ctx, r.GroupID, change{anew: true, only: true}); err != nil && !errors.Is(err, openstack.ErrNotFound) {
		return err
	}
	return lag
}

// untidy reports whether something is left in NSX that only a rule needed: a group for its range, or a default group.
func untidy(root policy.Root, r openstack.SecurityGroupRule) bool {
	ranges := firewall.RangeGroups(root, openstack.SecurityGroup{Rules: []openstack.SecurityGroupRule{r}})
	return len(ranges) > 0 || sdn.IsDefaultGroup(r.GroupID) || sdn.IsDefaultGroup(r.RemoteGroupID)
}
