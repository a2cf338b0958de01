// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// noteAffinity notes on made what binds the new VM and in which cluster, and joins its server group.
func (c *Servers) noteAffinity(ctx context.Context, made *cloned, s openstack.Server) error {
	if made.id, made.affinity = s.ID, machine.AffinityOf(s); made.affinity.Empty() {
		return nil
	}
	cluster, err := c.inventory.ClusterOf(ctx, s.Zone)
	if err != nil {
		return err
	}
	if made.cluster = cluster.Self; made.affinity.Group == "" {
		return nil
	}
	if err := c.groups.Join(ctx, made.affinity.Group, cluster.Self, cluster.Name); err != nil {
		return openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
	}
	return nil
}

// settleMade writes the cluster rules of a VM just made.
func (c *Servers) settleMade(ctx context.Context, made cloned) error {
	if err := c.rules.Settle(ctx, made.cluster, affinity.Unsettled{Names: affinity.RulesOf(made.id, made.affinity)}); err != nil {
		return fmt.Errorf("%s is made, but its rules are not: %w", made.name, err)
	}
	return nil
}
