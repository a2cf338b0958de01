package instance

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// Where an instance runs: what its scheduler_hints and its flavor's aggregate_instance_extra_specs ask for.

// hintsOf are the hints that somebody here keeps. The group's policy is still open.
func hintsOf(m instanceModel) (out openstack.Hints) {
	for _, h := range hints(m) {
		out.Group = h.Group.ValueString()
		out.DifferentHost, out.SameHost = idsIn(h.DifferentHost), idsIn(h.SameHost)
	}
	return out
}

// idsIn are the strings of a list that are known, sorted.
func idsIn(list types.List) (out []string) {
	for _, v := range list.Elements() {
		if text, ok := v.(types.String); ok && text.ValueString() != "" {
			out = append(out, text.ValueString())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hintsWith fills in the hints of an instance that was imported. Others stay as they are written.
func hintsWith(was types.Set, now openstack.Hints) types.Set {
	if was.IsUnknown() || len(was.Elements()) > 0 || now.Empty() {
		return was
	}
	list := func(ids []string) types.List {
		if len(ids) == 0 {
			return types.ListNull(types.StringType)
		}
		return crud.TextList(ids)
	}
	group := types.StringNull()
	if now.Group != "" {
		group = types.StringValue(now.Group)
	}
	none := types.ListNull(types.StringType)
	values := map[string]attr.Value{"group": group, "different_host": list(now.DifferentHost), "same_host": list(now.SameHost),
		"query": none, "target_cell": types.StringNull(),
		"build_near_host_ip": types.StringNull(), "different_cell": none, "additional_properties": types.MapNull(types.StringType)}
	kinds := map[string]attr.Type{}
	for name, value := range values {
		kinds[name] = value.Type(context.Background())
	}
	return types.SetValueMust(types.ObjectType{AttrTypes: kinds}, []attr.Value{types.ObjectValueMust(kinds, values)})
}

// sameHints says that two sets of hints ask for the same. Those that are ignored may change.
func sameHints(p *planning) bool {
	for _, h := range hints(*p.plan) {
		if h.Group.IsUnknown() || h.DifferentHost.IsUnknown() || h.SameHost.IsUnknown() ||
			slices.ContainsFunc(append(h.DifferentHost.Elements(), h.SameHost.Elements()...), attr.Value.IsUnknown) {
			return false
		}
	}
	now, was := hintsOf(*p.plan), hintsOf(*p.state)
	return now.Group == was.Group && slices.Equal(now.DifferentHost, was.DifferentHost) && slices.Equal(now.SameHost, was.SameHost)
}

// checkHints refuses a server group or an instance that is not there, or on another cluster.
func (p *planning) checkHints(ctx context.Context) error {
	if !crud.Known(p.plan.Zone) {
		return nil
	}
	wanted := hintsOf(*p.plan)
	if wanted.Group != "" {
		g, err := p.client.ServerGroups.CheckMember(ctx, p.zone(), wanted.Group)
		if err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
		}
		zone, _ := inventory.SplitZone(p.zone())
		if err := WarnWithoutDRS(ctx, p.client, g.Name, zone); err != nil {
			return err
		}
	}
	if len(wanted.SameHost) > 0 {
		if err := p.client.Rules.CheckCompanions(ctx, p.zone(), wanted.SameHost); err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "same_host: %w", err)
		}
	}
	if len(wanted.DifferentHost) > 0 {
		if err := p.client.Rules.CheckOthers(ctx, p.zone(), wanted.DifferentHost); err != nil {
			return openstack.AttributeErrorf("scheduler_hints", "different_host: %w", err)
		}
	}
	return nil
}

// hintsFor fills in the policy of the group.
func (r instance) hintsFor(ctx context.Context, h openstack.Hints) (openstack.Hints, error) {
	if h.Group == "" {
		return h, nil
	}
	g, err := r.Client.ServerGroups.Find(ctx, h.Group)
	if err != nil {
		return h, openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
	}
	h.Policy = g.Policy
	return h, nil
}

// checkAggregates refuses a flavor that no host of the cluster is right for.
func (p *planning) checkAggregates(ctx context.Context, f openstack.Flavor) error {
	if p.client == nil {
		return nil
	}
	if err := p.client.Aggregates.CheckSpecs(ctx, p.zone(), f); err != nil {
		return openstack.AttributeErrorf(p.config.flavorField(), "%w", err)
	}
	return nil
}
