// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

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
	attributes := standardAttributes("policy", "it or a rule of it")
	attributes["is_default"] = flag("Recorded: a project has one default policy. Without effect beyond that: a network or a port has the "+
		"policy that its `qos_policy_id` names.", false)
	return schema.Schema{
		MarkdownDescription: "A QoS policy: limits of traffic, which `novasphere_networking_qos_bandwidth_limit_rule` adds, for the ports and " +
			"networks whose `qos_policy_id` names it. The distributed switch keeps them by its traffic shaping. The policy of a port is the " +
			"shaping of its port of the switch, that of a network the shaping of its portgroup; a port's own wins, whole. On NSX the policy is a " +
			"QoS profile, to which the segments and segment ports that have it are bound. A change of a rule is in force at once, wherever the " +
			"policy is. What a flavor's `quota:vif_*` grants stands beside it. A `moved` block makes one of an " +
			"`openstack_networking_qos_policy_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

type qosPolicyModel struct {
	standardModel
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// planQoSPolicy plans the labels, and warns that nobody takes the default policy by itself.
func planQoSPolicy(ctx context.Context, req qosPolicyRequest) error {
	plan, state := req.Plan, req.State
	plan.planCommon(ctx)
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
	m.Name = crud.KeepEmpty(m.Name, p.Name)
	m.withStandard(standardOfPolicy(p))
	return m
}

func standardOfPolicy(p openstack.QoSPolicy) standard {
	return standard{id: p.ID, name: p.Name, description: p.Description, project: p.Project, tags: p.Tags, shared: p.Shared,
		byDefault: p.Default, mark: p.Mark, updated: p.UpdatedAt, revision: p.Revision}
}

// qosPolicyMoves converts OpenStack's policies, which keep their id.
var qosPolicyMoves = []crud.StateMove[qosPolicyModel]{{From: "openstack_networking_qos_policy_v2", Convert: qosPolicyFromPriorState}}

func qosPolicyFromPriorState(old crud.PriorState) (qosPolicyModel, error) {
	return qosPolicyModel{standardModel: standardFromPriorState(old), Timeouts: limitsFromPriorState(old, "create", "delete")}, nil
}
