// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SecurityGroup is a set of rules that ports can have.
var SecurityGroup = crud.Resource[sdn.Backend, secgroupModel]{
	Name: "networking_secgroup", Schema: secgroupSchema, Plan: planSecgroup, PlanUnconfigured: planSecgroup,
	Create: createSecgroup, Read: readSecgroup, Update: updateSecgroup, Delete: deleteSecgroup, Import: importSecgroup,
	Moves: secgroupMoves, Adopt: createSecgroup,
	Timeouts: func(m *secgroupModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type secgroupRequest = *crud.Request[sdn.Backend, secgroupModel]

const repliesNone = "none"

func secgroupSchema(ctx context.Context) schema.Schema {
	attributes := common("security group")
	attributes["name"] = schema.StringAttribute{MarkdownDescription: "The group's name, which instances name it by: unique in the " +
		"provider's `project`. A change renames it.", Required: true,
		Validators: []validator.String{crud.Within(&openstack.SecurityGroupName)}}
	attributes["stateful"] = flag("`true`, as OpenStack has it: answers to what is allowed pass by themselves. The distributed switch "+
		"cannot do that, so with `security_groups = \"dvs\"` `false` must be written, and rules for both directions; NSX can.", true)
	attributes["delete_default_rules"] = schema.BoolAttribute{MarkdownDescription: "`true`: the group starts without rules. Unset or " +
		"`false`: it starts with two that let everything out, for IPv4 and IPv6. A change replaces the group.", Optional: true,
		PlanModifiers: []planmodifier.Bool{boolplanmodifier.RequiresReplaceIf(otherRules, "Another answer replaces the group.",
			"Another answer replaces the group.")}}
	attributes["reply_rules"] = schema.StringAttribute{MarkdownDescription: "`ephemeral`: to each rule of tcp or udp with ports those " +
		"that enforce a group without state also let the answers pass, to and from the ports that Linux chooses for clients (32768 to 60999). " +
		"Then whoever an egress rule names can reach these ports of the group's members from the rule's own port; a warning says so. `none` " +
		"or unset: rules are what is written. Not in OpenStack.", Optional: true,
		Validators: []validator.String{stringvalidator.OneOf(repliesNone, openstack.RepliesEphemeral)}}
	return schema.Schema{
		MarkdownDescription: "A security group: what may reach the ports that have it, and what may leave them. What no rule of any of a " +
			"port's groups allows is dropped. The provider's `security_groups` says who enforces it. On the distributed switch (`dvs`) DHCP and " +
			"the search for neighbours always pass, and what is not IP; a change of rules or members is in force at every port that is plugged in " +
			"at once. In NSX (`nsx`) a group is a group and a security policy, so that a change of rules is one call, whatever the number of " +
			"ports; " +
			"a change that NSX has stored and not brought to its hosts in time is a warning, and a difference of the next plan. A `moved` " +
			"block makes " +
			"one of an `openstack_networking_secgroup_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Delete: true})},
	}
}

// otherRules replaces the group if it would start with other rules: unset and false are equal.
func otherRules(_ context.Context, req planmodifier.BoolRequest, resp *boolplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.ValueBool() != req.StateValue.ValueBool()
}

type secgroupModel struct {
	commonModel
	Stateful  types.Bool     `tfsdk:"stateful"`
	Bare      types.Bool     `tfsdk:"delete_default_rules"`
	ReplyWith types.String   `tfsdk:"reply_rules"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
}

// planSecgroup refuses a group that would not be enforced.
func planSecgroup(ctx context.Context, req secgroupRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if backend == nil || !crud.Known(plan.Name, plan.Stateful, plan.Bare, plan.ReplyWith) {
		return nil
	}
	if plan.ReplyWith.ValueString() == openstack.RepliesEphemeral {
		crud.Warn(ctx, "Ports of clients are open to servers", "The group "+plan.Name.ValueString()+
			" has reply_rules = \"ephemeral\": whoever its egress rules name can reach the ports 32768 to 60999 of its members, "+
			"by sending from the port that such a rule names, because without connection state no answer is told from a question. Name the "+
			"remote side of "+
			"egress rules as narrowly as you can")
	}
	g := plan.group()
	if err := backend.CheckGroup(ctx, g); err != nil {
		return err
	}
	if state == nil || !state.Name.Equal(plan.Name) {
		if err := backend.CheckGroupName(ctx, g); err != nil {
			return err
		}
	}
	warnRecorded(ctx, backend)
	if g.ID == "" {
		warnAnswers(ctx, backend, g)
	}
	backend.Planned().Groups.Expect(g)
	return nil
}

func createSecgroup(ctx context.Context, req secgroupRequest) (*secgroupModel, error) {
	backend, m := req.Client, *req.Plan
	defer func() { backend.Planned().Groups.Done(m.group()) }()
	g, err := backend.CreateGroup(ctx, m.group())
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return nil, err
	}
	made := m.with(g)
	return &made, err
}

func readSecgroup(ctx context.Context, req secgroupRequest) (*secgroupModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().Groups.Read(m.ID.ValueString())
	g, err := backend.Group(ctx, m.ID.ValueString())
	return crud.Result(m.with(g), err)
}

func updateSecgroup(ctx context.Context, req secgroupRequest) (*secgroupModel, error) {
	backend, plan := req.Client, *req.Plan
	g := plan.group()
	g.Rules = nil
	g, err := backend.UpdateGroup(ctx, g)
	return crud.Result(plan.with(g), err)
}

func deleteSecgroup(ctx context.Context, req secgroupRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteGroup(ctx, m.ID.ValueString())
}

// importSecgroup accepts a group's id, or its name in the provider's project.
func importSecgroup(ctx context.Context, req secgroupRequest) (*secgroupModel, error) {
	backend, id := req.Client, req.ID
	m := secgroupModel{Timeouts: deleteTimeout()}
	g, err := backend.GroupNamed(ctx, id)
	if err == nil && sdn.IsDefaultGroup(g.ID) {
		err = openstack.AttributeErrorf("id", "the group %q is always there, and cannot be managed: read it with the data source "+
			"novasphere_networking_secgroup", id)
	}
	return crud.Result(m.with(g), err)
}

// defaultRules returns the rules that OpenStack gives every new group: all egress is allowed.
func defaultRules() []openstack.SecurityGroupRule {
	return []openstack.SecurityGroupRule{{Direction: openstack.Egress, EtherType: openstack.IPv4},
		{Direction: openstack.Egress, EtherType: openstack.IPv6}}
}

func (m secgroupModel) group() openstack.SecurityGroup {
	g := openstack.SecurityGroup{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString(),
		Tags: crud.Strings(m.Tags), Stateful: m.Stateful.ValueBool()}
	if m.ReplyWith.ValueString() == openstack.RepliesEphemeral {
		g.Replies = openstack.RepliesEphemeral
	}
	if g.Bare = m.Bare.ValueBool(); !g.Bare {
		g.Rules = defaultRules()
	}
	return g
}

func (m secgroupModel) with(g openstack.SecurityGroup) secgroupModel {
	m.ID, m.Name, m.Stateful = types.StringValue(g.ID), types.StringValue(g.Name), types.BoolValue(g.Stateful)
	m.withCommon(g.Description, g.Tags)
	if m.Bare.ValueBool() != g.Bare {
		m.Bare = types.BoolValue(g.Bare)
	}
	if g.Replies != "" || m.ReplyWith.ValueString() != repliesNone {
		m.ReplyWith = crud.KeepEmpty(m.ReplyWith, g.Replies)
	}
	return m
}
