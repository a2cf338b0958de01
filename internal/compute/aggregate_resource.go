// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Aggregate is the resource of an aggregate: hosts that flavors choose by its metadata.
var Aggregate = crud.Resource[*vcenter.Client, aggregateModel]{
	Name: "compute_aggregate", Schema: aggregateSchema, Plan: planAggregate, Create: createAggregate, Read: readAggregate,
	Update: updateAggregate, Delete: deleteAggregate, Import: importAggregate, PlanUnconfigured: planAggregate,
	Timeouts: func(m *aggregateModel) timeouts.Value { return m.Timeouts }, Timeout: aggregateTimeout, Interrupt: crud.InterruptEndsStep,
}

type aggregateRequest = *crud.Request[*vcenter.Client, aggregateModel]

const aggregateTimeout = 10 * time.Minute // as in the OpenStack provider

func aggregateSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "An aggregate: ESX hosts of one cluster with metadata. It is a record in the datacenter's catalogue, and a host " +
			"group of the cluster. A flavor chooses hosts by `aggregate_instance_extra_specs:<key>` in its `extra_specs`, as Nova's " +
			"AggregateInstanceExtraSpecsFilter does: a host must have a fitting value for every such key in the metadata of the aggregates that " +
			"it is in. The flavor's instances are bound to these hosts by a mandatory VM-host rule, before they start for the first time. Let the " +
			"flavor refer to the aggregate's metadata: then the aggregate is made before the instances, and goes after them. A change of hosts or " +
			"metadata moves the rules of instances that are there, and DRS their machines; one that would leave some without a host is refused.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The aggregate's id.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"name": schema.StringAttribute{MarkdownDescription: "The aggregate's name, unique in the datacenter.", Required: true,
				Validators: []validator.String{crud.Within(&openstack.AggregateName)}},
			"zone": schema.StringAttribute{MarkdownDescription: "The name of an availability zone. Flavors can choose by it, as by metadata " +
				"called `availability_zone`; instances are not placed by it.", Optional: true,
				Validators: []validator.String{crud.Within(&openstack.ZoneName)}},
			"metadata": schema.MapAttribute{MarkdownDescription: "By which flavors choose the hosts. A comma separates several values.",
				Optional: true, ElementType: types.StringType,
				Validators: []validator.Map{crud.Within(&openstack.MetadataKey)}},
			"hosts": schema.SetAttribute{MarkdownDescription: "ESX hosts of one cluster, by their names or their managed object ids. What " +
				"somebody changes in the cluster's host group shows in the plan, and an apply puts it back.",
				Optional: true, ElementType: types.StringType},
			"rules_in_force": schema.BoolAttribute{MarkdownDescription: "Whether the rules of the instances in the cluster whose flavors choose " +
				"by aggregates are as they should be. Where somebody removed or changed one in the vCenter the plan shows `false`, and the apply " +
				"sets them right. Not known to the OpenStack provider.", Computed: true,
				PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()}},
			"region": crud.Region(),
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, nodeTimeouts)},
	}
}

type aggregateModel struct {
	ID       types.String   `tfsdk:"id"`
	Name     types.String   `tfsdk:"name"`
	Zone     types.String   `tfsdk:"zone"`
	Metadata types.Map      `tfsdk:"metadata"`
	Hosts    types.Set      `tfsdk:"hosts"`
	InForce  types.Bool     `tfsdk:"rules_in_force"`
	Region   types.String   `tfsdk:"region"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// planAggregate finds the hosts, and announces the aggregate to the instances of the same plan.
func planAggregate(ctx context.Context, req aggregateRequest) error {
	client, plan, state := req.Client, req.Plan, req.State
	plan.InForce = types.BoolValue(true)
	if client == nil || !crud.Known(plan.Name, plan.Zone, plan.Metadata) {
		return nil
	}
	coming := planned.Aggregate{Aggregate: plan.aggregate(), OpenHosts: !crud.Known(plan.Hosts)}
	if !coming.OpenHosts {
		if err := client.Aggregates.Check(ctx, coming.Aggregate); err != nil {
			return err
		}
	}
	var had aggregateModel
	if state != nil {
		had = *state
	}
	if err := claimName(ctx, client, planned.NamedAggregate, plan.Name, had.ID, had.Name); err != nil {
		return err
	}
	client.Planned.Aggregates.Expect(coming)
	return nil
}

func createAggregate(ctx context.Context, req aggregateRequest) (*aggregateModel, error) {
	client, m := req.Client, *req.Plan
	client.Planned.Aggregates.Release(m.Name.ValueString())
	a, err := client.Aggregates.Create(ctx, m.aggregate())
	if a.ID == "" {
		return nil, err
	}
	made := m.with(a)
	return &made, err
}

func readAggregate(ctx context.Context, req aggregateRequest) (*aggregateModel, error) {
	client, m := req.Client, *req.State
	client.Planned.Aggregates.Own(m.ID.ValueString())
	a, err := client.Aggregates.Read(ctx, m.ID.ValueString())
	return crud.Result(m.with(a), err)
}

func updateAggregate(ctx context.Context, req aggregateRequest) (*aggregateModel, error) {
	client, plan := req.Client, *req.Plan
	a, err := client.Aggregates.Update(ctx, plan.aggregate())
	return crud.Result(plan.with(a), err)
}

func deleteAggregate(ctx context.Context, req aggregateRequest) error {
	return req.Client.Aggregates.Delete(ctx, req.State.ID.ValueString())
}

// importAggregate accepts an id or a name.
func importAggregate(ctx context.Context, req aggregateRequest) (*aggregateModel, error) {
	client, id := req.Client, req.ID
	a, err := client.Aggregates.Named(ctx, id)
	return crud.Result(aggregateModel{Timeouts: noNodeTimeouts()}.with(a), err)
}

func (m aggregateModel) aggregate() openstack.Aggregate {
	return openstack.Aggregate{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Zone: m.Zone.ValueString(),
		Metadata: crud.StringMap(m.Metadata), Hosts: crud.Strings(m.Hosts)}
}

func (m aggregateModel) with(a openstack.Aggregate) aggregateModel {
	m.ID, m.Name, m.Zone, m.InForce = types.StringValue(a.ID), types.StringValue(a.Name), crud.KeepEmpty(m.Zone, a.Zone),
		types.BoolValue(a.InForce)
	m.Metadata, m.Hosts = crud.KeepEmptyMap(m.Metadata, a.Metadata), crud.KeepEmptySet(m.Hosts, a.Hosts)
	return m
}
