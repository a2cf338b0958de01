// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/warn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// checkHints refuses a server group or an instance that does not exist, or is on another cluster.
func checkHints(ctx context.Context, client *vcenter.Client, plan *model.Instance) error {
	if !crud.Known(plan.Zone) {
		return nil
	}
	zone := plan.Zone.ValueString()
	wanted := model.HintsOf(plan.SchedulerHints)
	if wanted.Group != "" {
		g, err := client.ServerGroups.CheckMember(ctx, zone, wanted.Group)
		if err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
		}
		name, _ := inventory.SplitZone(zone)
		if err := warn.WithoutDRS(ctx, client, g.Name, name); err != nil {
			return err
		}
	}
	if len(wanted.SameHost) > 0 {
		if err := client.Rules.CheckCompanions(ctx, zone, wanted.SameHost); err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "same_host: %w", err)
		}
	}
	if len(wanted.DifferentHost) > 0 {
		if err := client.Rules.CheckOthers(ctx, zone, wanted.DifferentHost); err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "different_host: %w", err)
		}
	}
	return nil
}

// warnHints warns of hints that only Nova's scheduler understands.
func warnHints(ctx context.Context, blocks types.Set) {
	for _, h := range model.HintBlocks(blocks) {
		if h.TargetCell.ValueString() != "" || h.NearHost.ValueString() != "" ||
			len(h.DifferentCell.Elements())+len(h.Additional.Elements()) > 0 {
			crud.WarnAt(ctx, path.Root("scheduler_hints"), "Scheduler hints without effect",
				"scheduler_hints: target_cell, build_near_host_ip, different_cell and additional_properties speak to Nova's scheduler, which is "+
					"not here. They are ignored")
		}
	}
}
