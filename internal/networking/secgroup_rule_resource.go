// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SecurityGroupRule allows one kind of traffic.
var SecurityGroupRule = crud.Resource[sdn.Backend, secgroupRuleModel]{
	Name: "networking_secgroup_rule", Schema: secgroupRuleSchema, Check: checkSecgroupRule, Plan: planSecgroupRule,
	PlanUnconfigured: planSecgroupRule, Create: createSecgroupRule, Read: readSecgroupRule, Delete: deleteSecgroupRule,
	Import: importSecgroupRule, Moves: secgroupRuleMoves, Adopt: createSecgroupRule,
	Timeouts: func(m *secgroupRuleModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type secgroupRuleRequest = *crud.Request[sdn.Backend, secgroupRuleModel]

func secgroupRuleSchema(ctx context.Context) schema.Schema {
	needed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Required: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
	}
	free := func(text string, validators ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Validators: validators, PlanModifiers: []planmodifier.String{
			stringplanmodifier.RequiresReplaceIf(otherText, "Another value replaces the rule.", "Another value replaces the rule.")}}
	}
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Validators: []validator.Int64{int64validator.Between(0, 65535)},
			PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplaceIf(otherNumber, "Another value replaces the rule.",
				"Another value replaces the rule.")}}
	}
	return schema.Schema{
		MarkdownDescription: "A rule of a security group: it lets something pass. Every change replaces it. It is in force when it is made, " +
			"at every port that is plugged in and has the group; a port that could not be reached is named in a warning. A `moved` block makes " +
			"one of an `openstack_networking_secgroup_rule_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The rule's id.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"security_group_id": needed("The id of the group."),
			"direction":         needed("`ingress` for what reaches the port, `egress` for what leaves it."),
			"ethertype":         needed("`IPv4` or `IPv6`."),
			"description":       free("What the rule is for.", crud.Within(&openstack.NetworkingText)),
			"protocol": free("A name (`tcp`, `udp`, `icmp`, `ipv6-icmp`, `sctp`, `gre`, `vrrp` and the others that Neutron knows) " +
				"or a number from 0 to 255. Unset or empty: any."),
			"port_range_min": number("The first port, of tcp or udp. Unset, or 0 in both: any. The distributed switch does not look at " +
				"types and codes of ICMP, so there none but 0 and 0 may be written, which says any as well. NSX knows ports of tcp and udp, and most " +
				"types of ICMP: a plan refuses the others."),
			"port_range_max":   number("The last port."),
			"remote_ip_prefix": free("The other side: a range of addresses, or an address. Unset or empty: anybody."),
			"remote_group_id": free("The other side: the addresses of the ports that have this group, its own or another. They follow as " +
				"members come and go; a packet between two networks must still be routed."),
			"remote_address_group_id": free("The other side: the addresses of this `novasphere_networking_address_group`. They follow as the " +
				"group changes."),
			"region":    crud.Region(),
			"tenant_id": crud.WithoutEffect("the provider's `project` is the tenant."),
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Delete: true})},
	}
}

// otherText replaces the rule if the text changes: null and empty are equal.
func otherText(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || req.PlanValue.ValueString() != req.StateValue.ValueString()
}

// otherNumber is otherText for a number.
func otherNumber(_ context.Context, req planmodifier.Int64Request, resp *int64planmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || req.PlanValue.ValueInt64() != req.StateValue.ValueInt64()
}

type secgroupRuleModel struct {
	ID           types.String   `tfsdk:"id"`
	GroupID      types.String   `tfsdk:"security_group_id"`
	Direction    types.String   `tfsdk:"direction"`
	EtherType    types.String   `tfsdk:"ethertype"`
	Description  types.String   `tfsdk:"description"`
	Protocol     types.String   `tfsdk:"protocol"`
	PortMin      types.Int64    `tfsdk:"port_range_min"`
	PortMax      types.Int64    `tfsdk:"port_range_max"`
	RemotePrefix types.String   `tfsdk:"remote_ip_prefix"`
	RemoteGroup  types.String   `tfsdk:"remote_group_id"`
	AddressGroup types.String   `tfsdk:"remote_address_group_id"`
	Region       types.String   `tfsdk:"region"`
	Tenant       types.String   `tfsdk:"tenant_id"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// checkSecgroupRule refuses a rule that is invalid on any network.
func checkSecgroupRule(m secgroupRuleModel) error {
	if !crud.Known(m.Direction, m.EtherType, m.Protocol, m.RemotePrefix) {
		return nil
	}
	return sdn.CheckNewRule(m.toBe(m.rule()))
}

// toBe gives a rule an id for each group that is not known yet: whatever it will be, it contradicts another remote side.
func (m secgroupRuleModel) toBe(r openstack.SecurityGroupRule) openstack.SecurityGroupRule {
	const unknown = "a group to be"
	if m.RemoteGroup.IsUnknown() {
		r.RemoteGroupID = unknown
	}
	if m.AddressGroup.IsUnknown() {
		r.AddressGroupID = unknown
	}
	return r
}

// planSecgroupRule refuses a rule that the network cannot express.
func planSecgroupRule(ctx context.Context, req secgroupRuleRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if state == nil { // values that were unknown at validate may be known now
		if err := checkSecgroupRule(*plan); err != nil {
			return err
		}
	}
	if backend == nil || !crud.Known(plan.Direction, plan.EtherType, plan.Protocol, plan.PortMin, plan.PortMax, plan.RemotePrefix) {
		return nil
	}
	if _, err := sdn.ReadRule(plan.toBe(plan.rule())); err != nil {
		return err
	}
	warnRecorded(ctx, backend)
	if err := backend.CheckRule(ctx, plan.rule()); err != nil || !crud.Known(plan.RemoteGroup, plan.AddressGroup) {
		return err
	}
	if state == nil {
		warnUnanswered(ctx, backend, plan.rule())
	}
	backend.Planned().Rules.Expect(plan.rule()) // of a group that does not exist yet too, for that warning
	return nil
}

func createSecgroupRule(ctx context.Context, req secgroupRuleRequest) (*secgroupRuleModel, error) {
	backend, m := req.Client, *req.Plan
	defer func() { backend.Planned().Rules.Done(m.rule()) }()
	r, err := backend.CreateRule(ctx, m.rule())
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return nil, err
	}
	made := m.with(r)
	return &made, err
}

func readSecgroupRule(ctx context.Context, req secgroupRuleRequest) (*secgroupRuleModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().Rules.Read(m.ID.ValueString())
	r, err := backend.Rule(ctx, m.ID.ValueString())
	return crud.Result(m.with(r), err)
}

func deleteSecgroupRule(ctx context.Context, req secgroupRuleRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteRule(ctx, m.ID.ValueString())
}

// importSecgroupRule accepts a rule's id.
func importSecgroupRule(ctx context.Context, req secgroupRuleRequest) (*secgroupRuleModel, error) {
	backend, id := req.Client, req.ID
	r, err := backend.Rule(ctx, strings.ToLower(id))
	return crud.Result(secgroupRuleModel{Timeouts: deleteTimeout()}.with(r), err)
}

func (m secgroupRuleModel) rule() openstack.SecurityGroupRule {
	r := openstack.SecurityGroupRule{ID: m.ID.ValueString(), GroupID: m.GroupID.ValueString(), Description: m.Description.ValueString(),
		Direction: m.Direction.ValueString(), EtherType: m.EtherType.ValueString(), Protocol: m.Protocol.ValueString(),
		RemotePrefix: m.RemotePrefix.ValueString(), RemoteGroupID: m.RemoteGroup.ValueString(),
		AddressGroupID: m.AddressGroup.ValueString()}
	if m.PortMin.ValueInt64() != 0 || m.PortMax.ValueInt64() != 0 { // OpenStack's provider does not send two zeros, not even for ICMP
		r.PortMin, r.PortMax = m.PortMin.ValueInt64Pointer(), m.PortMax.ValueInt64Pointer()
	}
	return r
}

// with sets the model from a rule. Values that the user wrote in another form, or left empty, stay as written.
func (m secgroupRuleModel) with(r openstack.SecurityGroupRule) secgroupRuleModel {
	m.ID, m.GroupID, m.Direction, m.EtherType = types.StringValue(r.ID), types.StringValue(r.GroupID), types.StringValue(r.Direction),
		types.StringValue(r.EtherType)
	m.Description, m.Protocol = crud.KeepEmpty(m.Description, r.Description), crud.KeepEmpty(m.Protocol, r.Protocol)
	m.RemotePrefix, m.RemoteGroup = crud.KeepEmpty(m.RemotePrefix, r.RemotePrefix), crud.KeepEmpty(m.RemoteGroup, r.RemoteGroupID)
	m.AddressGroup = crud.KeepEmpty(m.AddressGroup, r.AddressGroupID)
	if r.PortMin != nil {
		m.PortMin, m.PortMax = types.Int64Value(*r.PortMin), types.Int64PointerValue(r.PortMax)
	}
	return m
}
