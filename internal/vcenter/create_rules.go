package vcenter

import (
	"context"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// tie notes what binds a machine that is about to be made, and on which cluster.
func (c *Client) tie(ctx context.Context, made *cloned, s openstack.Server) error {
	if made.id, made.ties = s.ID, affinityOf(s); made.ties.empty() {
		return nil
	}
	cluster, err := c.Inventory.ClusterOf(ctx, s.Zone)
	if err != nil {
		return err
	}
	if made.cluster = cluster.Self; made.ties.Group == "" {
		return nil
	}
	if err := c.join(ctx, made.ties.Group, cluster.Self, cluster.Name); err != nil {
		return openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
	}
	return nil
}

// settleMade settles the rules of a machine that was just made.
func (c *Client) settleMade(ctx context.Context, made cloned) error {
	if err := c.settleRules(ctx, made.cluster, unsettled{names: made.ties.rules(made.id)}); err != nil {
		return fmt.Errorf("%s is made, but its rules are not: %w", made.name, err)
	}
	return nil
}
