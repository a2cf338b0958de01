package plan

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/warn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// Where an instance runs: what its scheduler_hints and its flavor's aggregate_instance_extra_specs ask for.

// sameHints says that two sets of hints ask for the same. Those that are ignored may change.
func sameHints(p *planning) bool {
	for _, h := range model.HintBlocks(p.plan.SchedulerHints) {
		if h.Group.IsUnknown() || h.DifferentHost.IsUnknown() || h.SameHost.IsUnknown() ||
			slices.ContainsFunc(append(h.DifferentHost.Elements(), h.SameHost.Elements()...), attr.Value.IsUnknown) {
			return false
		}
	}
	now, was := model.HintsOf(p.plan.SchedulerHints), model.HintsOf(p.state.SchedulerHints)
	return now.Group == was.Group && slices.Equal(now.DifferentHost, was.DifferentHost) && slices.Equal(now.SameHost, was.SameHost)
}

// checkHints refuses a server group or an instance that is not there, or on another cluster.
func (p *planning) checkHints(ctx context.Context) error {
	if !crud.Known(p.plan.Zone) {
		return nil
	}
	wanted := model.HintsOf(p.plan.SchedulerHints)
	if wanted.Group != "" {
		g, err := p.client.CheckMember(ctx, p.zone(), wanted.Group)
		if err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
		}
		zone, _ := inventory.SplitZone(p.zone())
		if err := warn.WithoutDRS(ctx, p.client, g.Name, zone); err != nil {
			return err
		}
	}
	if len(wanted.SameHost) > 0 {
		if err := p.client.CheckCompanions(ctx, p.zone(), wanted.SameHost); err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "same_host: %w", err)
		}
	}
	if len(wanted.DifferentHost) > 0 {
		if err := p.client.CheckOthers(ctx, p.zone(), wanted.DifferentHost); err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "different_host: %w", err)
		}
	}
	return nil
}

// warnHints names the hints that speak to nobody.
func warnHints(ctx context.Context, m model.Instance) {
	for _, h := range model.HintBlocks(m.SchedulerHints) {
		if h.TargetCell.ValueString() != "" || h.NearHost.ValueString() != "" ||
			len(h.DifferentCell.Elements())+len(h.Additional.Elements()) > 0 {
			crud.WarnAt(ctx, path.Root("scheduler_hints"), "Scheduler hints without effect",
				"scheduler_hints: target_cell, build_near_host_ip, different_cell and additional_properties speak to Nova's scheduler, which is "+
					"not here. They are ignored")
		}
	}
}
