// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/warn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
)

// ServerGroup is the resource of a server group: instances that run together or apart, by a DRS rule of their cluster.
var ServerGroup = crud.Resource[*vcenter.Client, serverGroupModel]{
	Name: "compute_servergroup", Schema: serverGroupSchema, Plan: planServerGroup, PlanUnconfigured: planServerGroup,
	Create: createServerGroup, Read: readServerGroup, Update: updateServerGroup, Delete: deleteServerGroup, Import: importServerGroup,
}

type serverGroupRequest = *crud.Request[*vcenter.Client, serverGroupModel]

var policyNames = []string{openstack.Affinity, openstack.AntiAffinity, openstack.SoftAffinity, openstack.SoftAntiAffinity}

// ruleElement is the type of a rules block.
var ruleElement = types.ObjectType{AttrTypes: map[string]attr.Type{"max_server_per_host": types.Int64Type}}

func serverGroupSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A server group: instances that name it in `scheduler_hints.group` run on one host, or on as many as there are. " +
			"It is a record in the datacenter's catalogue, and a DRS rule of the members' cluster as soon as there are two. Which instances are " +
			"members is written on the instances; the rule follows from it, so members may come and go at the same moment and from several " +
			"workspaces. All of them run on one cluster. Another name or policy is another group, and instances cannot change theirs: they are " +
			"replaced with it.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The group's id. It follows from project, name and policy, so that it is known at " +
				"plan.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"name": schema.StringAttribute{MarkdownDescription: "The group's name, unique in the provider's `project`. The cluster's rule is " +
				"called after the group's id.", Required: true,
				Validators:    []validator.String{crud.Within(&openstack.ServerGroupName)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"policies": schema.ListAttribute{MarkdownDescription: "Exactly one of `affinity` and `anti-affinity`, which are mandatory and in " +
				"force before a member starts for the first time, and `soft-affinity` and `soft-anti-affinity`, which are not mandatory. " +
				"A member that cannot run as a mandatory policy wants is not started, and its creation fails.", Optional: true,
				ElementType:   types.StringType,
				PlanModifiers: []planmodifier.List{listplanmodifier.RequiresReplace()}},
			"rules": schema.ListAttribute{MarkdownDescription: "May be written as a block: `rules { max_server_per_host = 1 }`, with " +
				"`anti-affinity` only, which it is anyway. vSphere has no rule that allows more per host, so that another number is an error.",
				Optional: true, Computed: true, ElementType: ruleElement},
			"members": schema.ListAttribute{MarkdownDescription: "The ids of the group's instances, of whichever workspace, as the last refresh " +
				"found them.", Computed: true, ElementType: types.StringType,
				PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()}},
			"rule_in_force": schema.BoolAttribute{MarkdownDescription: "Whether the cluster's rule is as the members want it; none is wanted for " +
				"fewer than two. Where somebody removed or changed it in the vCenter the plan shows `false`, and the apply sets it right. Not known " +
				"to the OpenStack provider.", Computed: true,
				PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()}},
			"region": crud.Region(),
			"value_specs": schema.MapAttribute{MarkdownDescription: "Ignored, with a warning: it speaks to an API that is not here.", Optional: true,
				ElementType: types.StringType},
		},
	}
}

type serverGroupModel struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	Policies   types.List   `tfsdk:"policies"`
	Rules      types.List   `tfsdk:"rules"`
	Members    types.List   `tfsdk:"members"`
	InForce    types.Bool   `tfsdk:"rule_in_force"`
	Region     types.String `tfsdk:"region"`
	ValueSpecs types.Map    `tfsdk:"value_specs"`
}

// planServerGroup checks the policy, chooses the id, and announces the group to the instances of the same plan.
func planServerGroup(ctx context.Context, req serverGroupRequest) error {
	client, plan, state := req.Client, req.Plan, req.State
	if keys := crud.StringMap(plan.ValueSpecs); len(keys) > 0 && state == nil {
		crud.WarnAt(ctx, path.Root("value_specs"), "Values without effect", "value_specs: "+strings.Join(slices.Sorted(maps.Keys(keys)), ", ")+
			" would be handed to Nova's API, which is not here. They are ignored")
	}
	plan.InForce = types.BoolValue(true)
	if !crud.Known(plan.Policies) {
		return nil
	}
	policy, err := plan.policy()
	if err != nil {
		return err
	}
	plan.Rules = rulesWith(plan.Rules, policy)
	if err := plan.checkRules(policy); err != nil {
		return err
	}
	if client == nil || plan.Name.IsUnknown() {
		return nil
	}
	if state == nil || !plan.Name.Equal(state.Name) || !plan.Policies.Equal(state.Policies) {
		plan.ID = types.StringValue(affinity.ServerGroupID(client.Config.Project, plan.Name.ValueString(), policy))
	}
	id, former := types.StringNull(), types.StringNull()
	if state != nil {
		id, former = state.ID, state.Name
	}
	if err := claimName(ctx, client, planned.NamedServerGroup, plan.Name, id, former); err != nil {
		return err
	}
	client.Planned.ServerGroups.Expect(plan.group())
	if state == nil {
		return warn.WithoutDRS(ctx, client, plan.Name.ValueString(), client.Inventory.Zones()...)
	}
	return nil
}

// policy returns the policy from whichever argument is written.
func (m serverGroupModel) policy() (string, error) {
	var written []string
	for _, v := range m.Policies.Elements() {
		if text, ok := v.(types.String); ok {
			written = append(written, text.ValueString())
		}
	}
	if len(written) != 1 || !slices.Contains(policyNames, written[0]) {
		return "", openstack.AttributeErrorf("policies", "%q is not one policy: write exactly one of %s", written,
			strings.Join(policyNames, ", "))
	}
	return written[0], nil
}

// checkRules refuses what no DRS rule can express.
func (m serverGroupModel) checkRules(policy string) error {
	for _, v := range m.Rules.Elements() {
		object, ok := v.(types.Object)
		if !ok || object.IsUnknown() {
			continue
		}
		most, _ := object.Attributes()["max_server_per_host"].(types.Int64)
		switch {
		case most.IsNull() || most.IsUnknown():
		case policy != openstack.AntiAffinity:
			return openstack.AttributeErrorf("rules", "max_server_per_host is of the policy anti-affinity, and the policy is %s: leave it out",
				policy)
		case most.ValueInt64() != 1:
			return openstack.AttributeErrorf("rules", "max_server_per_host = %d cannot be kept: vSphere keeps the members of a rule apart or does "+
				"not, so write 1, or leave it out", most.ValueInt64())
		}
	}
	return nil
}

func createServerGroup(ctx context.Context, req serverGroupRequest) (*serverGroupModel, error) {
	client, m := req.Client, *req.Plan
	client.Planned.ServerGroups.Release(m.Name.ValueString())
	g, err := client.ServerGroups.Create(ctx, m.group())
	if err != nil {
		return nil, err
	}
	made := m.with(g)
	return &made, nil
}

func readServerGroup(ctx context.Context, req serverGroupRequest) (*serverGroupModel, error) {
	client, m := req.Client, *req.State
	client.Planned.ServerGroups.Own(m.ID.ValueString())
	g, err := client.ServerGroups.Read(ctx, m.ID.ValueString())
	return crud.Result(m.with(g), err)
}

// updateServerGroup corrects the cluster's rule: nothing else of a group changes in place. The next refresh shows members that were added
// meanwhile.
func updateServerGroup(ctx context.Context, req serverGroupRequest) (*serverGroupModel, error) {
	client, plan := req.Client, *req.Plan
	g, err := client.ServerGroups.Enforce(ctx, plan.ID.ValueString())
	now := plan.with(g)
	now.Members, now.InForce = plan.Members, plan.InForce
	return crud.Result(now, err)
}

func deleteServerGroup(ctx context.Context, req serverGroupRequest) error {
	client, m := req.Client, *req.State
	return client.ServerGroups.Delete(ctx, m.ID.ValueString())
}

// importServerGroup accepts an id, or a name in the provider's project.
func importServerGroup(ctx context.Context, req serverGroupRequest) (*serverGroupModel, error) {
	client, id := req.Client, req.ID
	g, err := client.ServerGroups.Named(ctx, id)
	return crud.Result(serverGroupModel{ValueSpecs: types.MapNull(types.StringType)}.with(g), err)
}

func (m serverGroupModel) group() openstack.ServerGroup {
	policy, _ := m.policy() // the plan has refused a bad one
	return openstack.ServerGroup{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Policy: policy}
}

func (m serverGroupModel) with(g openstack.ServerGroup) serverGroupModel {
	m.ID, m.Name, m.InForce = types.StringValue(g.ID), types.StringValue(g.Name), types.BoolValue(g.InForce)
	m.Policies, m.Members = crud.TextList([]string{g.Policy}), crud.TextList(g.Members)
	m.Rules = rulesWith(m.Rules, g.Policy)
	return m
}

// rulesWith returns the written rules, else those of the policy.
func rulesWith(written types.List, policy string) types.List {
	if !written.IsNull() && !written.IsUnknown() {
		return written
	}
	if policy != openstack.AntiAffinity {
		return types.ListValueMust(ruleElement, nil)
	}
	return types.ListValueMust(ruleElement, []attr.Value{types.ObjectValueMust(ruleElement.AttrTypes,
		map[string]attr.Value{"max_server_per_host": types.Int64Value(1)})})
}
