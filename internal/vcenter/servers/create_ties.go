package servers

import (
	"context"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// tie notes what binds a machine that is about to be made, and on which cluster.
func (c *Servers) tie(ctx context.Context, made *cloned, s openstack.Server) error {
	if made.id, made.ties = s.ID, machine.AffinityOf(s); made.ties.Empty() {
		return nil
	}
	cluster, err := c.inventory.ClusterOf(ctx, s.Zone)
	if err != nil {
		return err
	}
	if made.cluster = cluster.Self; made.ties.Group == "" {
		return nil
	}
	if err := c.groups.Join(ctx, made.ties.Group, cluster.Self, cluster.Name); err != nil {
		return openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
	}
	return nil
}

// settleMade settles the rules of a machine that was just made.
func (c *Servers) settleMade(ctx context.Context, made cloned) error {
	if err := c.rules.Settle(ctx, made.cluster, affinity.Unsettled{Names: affinity.RulesOf(made.id, made.ties)}); err != nil {
		return fmt.Errorf("%s is made, but its rules are not: %w", made.name, err)
	}
	return nil
}
