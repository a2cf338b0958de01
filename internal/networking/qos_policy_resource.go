package networking

import (
	"context"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// QoSPolicy is a set of limits that ports and networks can have.
var QoSPolicy = crud.Resource[sdn.Backend, qosPolicyModel]{
	Name: "networking_qos_policy", Schema: qosPolicySchema, Plan: planQoSPolicy, PlanUnconfigured: planQoSPolicy,
	Create: createQoSPolicy, Read: readQoSPolicy, Update: updateQoSPolicy, Delete: deleteQoSPolicy, Import: importQoSPolicy,
	Moves: qosPolicyMoves, Adopt: createQoSPolicy,
	Timeouts: func(m *qosPolicyModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type qosPolicyRequest = *crud.Request[sdn.Backend, qosPolicyModel]

func qosPolicySchema(ctx context.Context) schema.Schema {
	attributes := common("policy")
	attributes["is_default"] = flag("Recorded: a project has one default policy. Without effect beyond that: a network or a port has the "+
		"policy that its `qos_policy_id` names.", false)
	attributes["shared"] = flag("Recorded, without effect: whoever uses the same datacenter may use the policy.", false)
	attributes["project_id"] = attributes["tenant_id"]
	delete(attributes, "tenant_id")
	maps.Copy(attributes, map[string]schema.Attribute{
		"created_at": schema.StringAttribute{MarkdownDescription: "When it was made, RFC 3339.", Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"updated_at":      schema.StringAttribute{MarkdownDescription: "When it or a rule of it was last changed, RFC 3339.", Computed: true},
		"revision_number": schema.Int64Attribute{MarkdownDescription: "How often it or a rule of it was changed.", Computed: true},
	})
	return schema.Schema{
		MarkdownDescription: "A QoS policy: limits of traffic, which `novasphere_networking_qos_bandwidth_limit_rule` adds, for the ports and " +
			"networks whose `qos_policy_id` names it. The distributed switch keeps them by its traffic shaping. The policy of a port is the " +
			"shaping of its port of the switch, that of a network the shaping of its portgroup; a port's own wins, whole. A change of a rule is " +
			"in force at once, wherever the policy is. What a flavor's `quota:vif_*` grants stands beside it. A `moved` block makes one of an " +
			"`openstack_networking_qos_policy_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

type qosPolicyModel struct {
	ID          types.String   `tfsdk:"id"`
	Name        types.String   `tfsdk:"name"`
	Description types.String   `tfsdk:"description"`
	Default     types.Bool     `tfsdk:"is_default"`
	Shared      types.Bool     `tfsdk:"shared"`
	Tags        types.Set      `tfsdk:"tags"`
	AllTags     types.Set      `tfsdk:"all_tags"`
	Region      types.String   `tfsdk:"region"`
	Project     types.String   `tfsdk:"project_id"`
	ValueSpecs  types.Map      `tfsdk:"value_specs"`
	Created     types.String   `tfsdk:"created_at"`
	Updated     types.String   `tfsdk:"updated_at"`
	Revision    types.Int64    `tfsdk:"revision_number"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// planQoSPolicy plans the labels, and warns that nobody takes the default policy by itself.
func planQoSPolicy(ctx context.Context, req qosPolicyRequest) error {
	plan, state := req.Plan, req.State
	labels := commonModel{Tags: plan.Tags, ValueSpecs: plan.ValueSpecs}
	labels.planCommon(ctx)
	plan.AllTags = labels.AllTags
	if plan.Default.ValueBool() && (state == nil || !state.Default.ValueBool()) {
		crud.WarnAt(ctx, path.Root("is_default"), "Nobody takes the default policy", "is_default = true is recorded, and no network or port has "+
			"the policy for that: write its id as qos_policy_id of the networks that are to have it")
	}
	return nil
}

func createQoSPolicy(ctx context.Context, req qosPolicyRequest) (*qosPolicyModel, error) {
	backend, m := req.Client, *req.Plan
	p, err := backend.CreateQoSPolicy(ctx, m.over(openstack.QoSPolicy{ID: m.ID.ValueString()}))
	return crud.Result(m.with(p), err)
}

func readQoSPolicy(ctx context.Context, req qosPolicyRequest) (*qosPolicyModel, error) {
	backend, m := req.Client, *req.State
	p, err := backend.QoSPolicy(ctx, m.ID.ValueString())
	return crud.Result(m.with(p), err)
}

func updateQoSPolicy(ctx context.Context, req qosPolicyRequest) (*qosPolicyModel, error) {
	backend, plan := req.Client, *req.Plan
	p, err := backend.UpdateQoSPolicy(ctx, plan.ID.ValueString(), func(p *openstack.QoSPolicy) error {
		*p = plan.over(*p)
		return nil
	})
	return crud.Result(plan.with(p), err)
}

func deleteQoSPolicy(ctx context.Context, req qosPolicyRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteQoSPolicy(ctx, m.ID.ValueString())
}

// importQoSPolicy accepts a policy's id.
func importQoSPolicy(ctx context.Context, req qosPolicyRequest) (*qosPolicyModel, error) {
	backend, id := req.Client, req.ID
	p, err := backend.QoSPolicy(ctx, strings.ToLower(id))
	return crud.Result(qosPolicyModel{Timeouts: noTimeouts()}.with(p), err)
}

// over returns a policy with the planned arguments. Its limits stay.
func (m qosPolicyModel) over(p openstack.QoSPolicy) openstack.QoSPolicy {
	p.Name, p.Description, p.Tags = m.Name.ValueString(), m.Description.ValueString(), crud.Strings(m.Tags)
	p.Default, p.Shared = m.Default.ValueBool(), m.Shared.ValueBool()
	return p
}

func (m qosPolicyModel) with(p openstack.QoSPolicy) qosPolicyModel {
	m.ID, m.Name = types.StringValue(p.ID), crud.KeepEmpty(m.Name, p.Name)
	m.Default, m.Shared = types.BoolValue(p.Default), types.BoolValue(p.Shared)
	labels := commonModel{Description: m.Description, Tags: m.Tags, ValueSpecs: m.ValueSpecs}
	labels.withCommon(p.Description, p.Tags)
	m.Description, m.Tags, m.AllTags, m.ValueSpecs = labels.Description, labels.Tags, labels.AllTags, labels.ValueSpecs
	m.Updated, m.Revision = crud.TimeValue(p.UpdatedAt), types.Int64Value(p.Revision)
	if p.Mark != nil && m.Created.ValueString() == "" { // a moved policy was made earlier
		m.Created = crud.TimeValue(p.Mark.At)
	}
	return m
}

// qosPolicyMoves converts OpenStack's policies, which keep their id.
var qosPolicyMoves = []crud.StateMove[qosPolicyModel]{{From: "openstack_networking_qos_policy_v2", Convert: qosPolicyFromPriorState}}

func qosPolicyFromPriorState(old crud.PriorState) (qosPolicyModel, error) {
	common := commonFromPriorState(old)
	return qosPolicyModel{ID: common.ID, Name: common.Name, Description: common.Description, Tags: common.Tags, AllTags: common.AllTags,
		Region: common.Region, ValueSpecs: common.ValueSpecs, Project: old.Text("project_id"), Default: old.Or("is_default", false),
		Shared: old.Or("shared", false), Created: old.Text("created_at"), Updated: old.Text("updated_at"), Revision: old.Int("revision_number"),
		Timeouts: limitsFromPriorState(old, "create", "delete")}, nil
}
