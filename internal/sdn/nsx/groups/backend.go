// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Backend carries out what internal/sdn asks of security groups and address groups.
type Backend struct {
	c       *vcenter.Client
	nsx     *nsx.Backend
	api     *api.Client
	root    policy.Root
	records *l3.Backend

	policies seen
	members  seen                         // the groups
	realized wire.Lookup[map[string]bool] // the paths of policies that were realized when a plan first asked
	writers  sync.Map                     // the writers of security groups, by their ids
	pending  sync.Map                     // the paths of policies that this process has written and not seen in force since
	settle   sync.Map                     // the paths of objects that this process has seen in force since it wrote them
	waiters  sync.Map                     // what waits for objects to be in force, by their paths
	there    sync.Map                     // the paths of groups that NSX has, as far as this process has made or seen them
	leaving  sync.Map                     // the ids of security groups, rules and ports whose records are about to go
	tidying  func(ctx context.Context, _ struct{}) error
}

// New prepares a backend without calling NSX.
func New(c *vcenter.Client, on *nsx.Backend) *Backend {
	b := &Backend{c: c, nsx: on, api: on.API(), root: on.Root(), records: on.Records()}
	b.tidying = wire.Gather(func(ctx context.Context, questions []struct{}) []error {
		err := b.tidy(ctx)
		out := make([]error, len(questions))
		for i := range out {
			out[i] = err
		}
		return out
	})
	on.Preparing(b.prepare)
	return b
}

// recordOf reads a security group's record anew, without the rules that are about to go.
func (b *Backend) recordOf(ctx context.Context, id string) (g openstack.SecurityGroup, err error) {
	if err = b.c.Records.Refresh(ctx); err != nil {
		return g, err
	}
	if g, err = b.records.Group(ctx, id); err != nil {
		return g, err
	}
	var rules []openstack.SecurityGroupRule
	for _, r := range g.Rules {
		if _, leaves := b.leaving.Load(r.ID); !leaves {
			rules = append(rules, r)
		}
	}
	g.Rules = rules
	return g, nil
}
