// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// BandwidthLimit is the rule of a QoS policy that limits one direction of traffic.
var BandwidthLimit = crud.Resource[sdn.Backend, bandwidthLimitModel]{
	Name: "networking_qos_bandwidth_limit_rule", Schema: bandwidthLimitSchema, Plan: planBandwidthLimit,
	PlanUnconfigured: planBandwidthLimit, Create: createBandwidthLimit, Read: readBandwidthLimit, Update: updateBandwidthLimit,
	Delete: deleteBandwidthLimit, Import: importBandwidthLimit, Moves: bandwidthLimitMoves, Adopt: createBandwidthLimit,
	Timeouts: func(m *bandwidthLimitModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type bandwidthLimitRequest = *crud.Request[sdn.Backend, bandwidthLimitModel]

func bandwidthLimitSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A bandwidth limit of a QoS policy, which has at most one for each direction. The switch's traffic shaping keeps " +
			"it at every port of the policy: `max_kbps` is its average bandwidth and its peak. NSX counts in Mbit/s: on its networks a limit is " +
			"`max_kbps` divided by 1024 and rounded, and less than 1000 is an error. A change is in force at once. A `moved` block " +
			"makes one of an `openstack_networking_qos_bandwidth_limit_rule_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The ids of the policy and of the rule, with a slash between them.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"qos_policy_id": schema.StringAttribute{MarkdownDescription: "The id of the policy. A change replaces the rule.", Required: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"max_kbps": schema.Int64Attribute{MarkdownDescription: "The most that passes, in kbit/s.", Required: true,
				Validators: []validator.Int64{int64validator.Between(1, math.MaxInt32)}},
			"max_burst_kbps": schema.Int64Attribute{MarkdownDescription: "The most that passes in one burst, in kbit. Unset or 0: 80 % of " +
				"`max_kbps`, as Neutron's drivers have it.", Optional: true,
				Validators: []validator.Int64{int64validator.Between(0, math.MaxInt32)}},
			"direction": schema.StringAttribute{MarkdownDescription: "`egress`, what the instance sends, or `ingress`, what it receives.",
				Optional: true, Computed: true, Default: stringdefault.StaticString(openstack.Egress),
				Validators: []validator.String{stringvalidator.OneOf(openstack.Egress, openstack.Ingress)}},
			"region": crud.Region(),
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

type bandwidthLimitModel struct {
	ID        types.String   `tfsdk:"id"`
	PolicyID  types.String   `tfsdk:"qos_policy_id"`
	MaxKbps   types.Int64    `tfsdk:"max_kbps"`
	Burst     types.Int64    `tfsdk:"max_burst_kbps"`
	Direction types.String   `tfsdk:"direction"`
	Region    types.String   `tfsdk:"region"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
}

// planBandwidthLimit refuses a policy that does not exist, and a limit that the networks which have the policy cannot keep.
func planBandwidthLimit(ctx context.Context, req bandwidthLimitRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	same := state != nil && plan.MaxKbps.Equal(state.MaxKbps) && plan.Burst.Equal(state.Burst) && plan.Direction.Equal(state.Direction)
	if backend == nil || same || !crud.Known(plan.PolicyID) {
		return nil
	}
	p, err := policyNamed(ctx, backend, plan.PolicyID.ValueString())
	switch {
	case err != nil && state == nil:
		return openstack.AttributeErrorf("qos_policy_id", "%w: write the id of one", err)
	case err != nil: // a rule that was moved from OpenStack, whose policy may not be recorded yet
		return nil //nolint:nilerr // the change itself tells
	case plan.MaxKbps.IsUnknown() || plan.Burst.IsUnknown() || plan.Direction.IsUnknown():
		return nil
	}
	limit := plan.limit("")
	p.Limits = append(slices.DeleteFunc(slices.Clone(p.Limits), func(l openstack.BandwidthLimit) bool {
		return l.Direction == limit.Direction
	}), limit)
	return backend.CheckQoSPolicy(ctx, p)
}

// limit returns the rule that is planned, with an id.
func (m bandwidthLimitModel) limit(id string) openstack.BandwidthLimit {
	return openstack.BandwidthLimit{ID: id, Direction: m.Direction.ValueString(), MaxKbps: m.MaxKbps.ValueInt64(),
		BurstKb: m.Burst.ValueInt64()}
}

func createBandwidthLimit(ctx context.Context, req bandwidthLimitRequest) (*bandwidthLimitModel, error) {
	backend, m := req.Client, *req.Plan
	_, id, _ := strings.Cut(m.ID.ValueString(), "/") // only a moved rule has one
	return m.put(ctx, backend, id)
}

// put gives the policy the rule, in the place of the one with its id. A new rule has none.
func (m bandwidthLimitModel) put(ctx context.Context, backend sdn.Backend, id string) (*bandwidthLimitModel, error) {
	policy := m.PolicyID.ValueString()
	p, err := backend.UpdateQoSPolicy(ctx, policy, func(p *openstack.QoSPolicy) error {
		limit := m.limit(id)
		at := slices.IndexFunc(p.Limits, func(l openstack.BandwidthLimit) bool { return l.ID == id })
		if at < 0 {
			p.Limits = append(p.Limits, limit)
			return nil
		}
		p.Limits[at] = limit
		return nil
	})
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return nil, err
	}
	at := slices.IndexFunc(p.Limits, func(l openstack.BandwidthLimit) bool { return l.Direction == m.Direction.ValueString() })
	l, failed := p.Limit(p.Limits[at].ID)
	if failed != nil {
		return nil, failed
	}
	made := m.with(l)
	return &made, err
}

func readBandwidthLimit(ctx context.Context, req bandwidthLimitRequest) (*bandwidthLimitModel, error) {
	backend, m := req.Client, *req.State
	l, err := limitOf(ctx, backend, m.ID.ValueString())
	return crud.Result(m.with(l), err)
}

// limitOf finds a rule by the ids of its policy and of its own.
func limitOf(ctx context.Context, backend sdn.Backend, id string) (openstack.BandwidthLimit, error) {
	policy, rule, whole := strings.Cut(id, "/")
	if !whole {
		return openstack.BandwidthLimit{}, openstack.AttributeErrorf("id", "%q is not the id of a rule: write the ids of its policy and of the "+
			"rule, with a slash between them", id)
	}
	p, err := backend.QoSPolicy(ctx, policy)
	if err != nil {
		return openstack.BandwidthLimit{}, err
	}
	return p.Limit(rule)
}

func updateBandwidthLimit(ctx context.Context, req bandwidthLimitRequest) (*bandwidthLimitModel, error) {
	backend, plan := req.Client, *req.Plan
	_, id, _ := strings.Cut(plan.ID.ValueString(), "/")
	return plan.put(ctx, backend, id)
}

func deleteBandwidthLimit(ctx context.Context, req bandwidthLimitRequest) error {
	backend := req.Client
	policy, id, _ := strings.Cut(req.State.ID.ValueString(), "/")
	_, err := backend.UpdateQoSPolicy(ctx, policy, func(p *openstack.QoSPolicy) error {
		p.Limits = slices.DeleteFunc(p.Limits, func(l openstack.BandwidthLimit) bool { return l.ID == id })
		return nil
	})
	return err
}

// importBandwidthLimit accepts the ids of the policy and of the rule, with a slash between them.
func importBandwidthLimit(ctx context.Context, req bandwidthLimitRequest) (*bandwidthLimitModel, error) {
	backend, id := req.Client, req.ID
	l, err := limitOf(ctx, backend, strings.ToLower(id))
	return crud.Result(bandwidthLimitModel{Timeouts: noTimeouts()}.with(l), err)
}

func (m bandwidthLimitModel) with(l openstack.BandwidthLimit) bandwidthLimitModel {
	m.ID, m.PolicyID = types.StringValue(l.PolicyID+"/"+l.ID), types.StringValue(l.PolicyID)
	m.MaxKbps, m.Direction = types.Int64Value(l.MaxKbps), types.StringValue(l.Direction)
	if l.BurstKb != 0 || !m.Burst.IsNull() {
		m.Burst = types.Int64Value(l.BurstKb)
	}
	return m
}

// bandwidthLimitMoves converts OpenStack's rules, which keep their ids.
var bandwidthLimitMoves = []crud.StateMove[bandwidthLimitModel]{{From: "openstack_networking_qos_bandwidth_limit_rule_v2",
	Convert: bandwidthLimitFromPriorState}}

func bandwidthLimitFromPriorState(old crud.PriorState) (bandwidthLimitModel, error) {
	return bandwidthLimitModel{ID: old.Text("id"), PolicyID: old.Text("qos_policy_id"), MaxKbps: old.Int("max_kbps"),
		Burst: old.Positive("max_burst_kbps"), Direction: old.Text("direction"), Region: old.Text("region"),
		Timeouts: limitsFromPriorState(old, "create", "delete")}, nil
}
