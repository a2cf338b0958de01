// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Cluster is the resource of a cluster of ESX hosts, which Nova's driver treats as one compute node.
var Cluster = crud.Resource[*vcenter.Client, clusterModel]{
	Name: "compute_cluster", Schema: clusterSchema, Plan: planCluster,
	Create: createCluster, Read: readCluster, Update: updateCluster, Delete: deleteCluster, Import: importCluster,
	PlanDelete: leaveCluster, Private: []string{replacedNodeKey},
	Timeouts: func(m *clusterModel) timeouts.Value { return m.Timeouts }, Timeout: nodeTimeout, Interrupt: crud.InterruptEndsStep,
}

type clusterRequest = *crud.Request[*vcenter.Client, clusterModel]

const whoseToRemove = "`true` makes one that was imported yours to remove: destroying the resource then removes it. " +
	"Otherwise only what this provider has made is removed, and what was imported stays, with a warning."

func clusterSchema(ctx context.Context) schema.Schema {
	flag := func(text string, on bool) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: text, Optional: true, Computed: true, Default: booldefault.StaticBool(on)}
	}
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: "A cluster of ESX hosts, for where there is none yet: OpenStack has no such noun, since Nova's VMware driver " +
			"finds its cluster ready. It lies in the datacenter's folder of hosts. Who made it is kept in its custom attribute " +
			"`novasphere.cluster`, because the catalogue needs a host to live on. Only an empty cluster is destroyed: hosts, resource pools and " +
			"virtual machines in it are named and speak against it. One that is replaced goes before it comes again, so `create_before_destroy` " +
			"is refused. What the resource has no argument for stays as it is in the vCenter; a cluster's EVC mode is not managed. None of it has " +
			"been tried on a real vCenter.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The cluster's managed object id.", Computed: true,
				PlanModifiers: keep},
			"region": crud.Region(),
			"hypervisor_hostname": schema.StringAttribute{MarkdownDescription: "The cluster's name as a compute node, as Nova's driver has it: " +
				"its id, a dot and the vCenter's UUID.", Computed: true, PlanModifiers: keep},
			"name": schema.StringAttribute{MarkdownDescription: "The cluster's name, unique in its folder. A change renames it.",
				Required: true, Validators: []validator.String{crud.Within(&openstack.ClusterName)}},
			"drs_enabled": flag("Whether DRS chooses where VMs start, and moves them. Hosts are emptied by DRS before their maintenance.",
				true),
			"ha_enabled":           flag("Whether HA restarts the VMs of a host that fails.", false),
			"ha_admission_control": flag("Whether HA refuses to start VMs that could not be restarted after a failure.", true),
			"adopt":                flag(whoseToRemove, false),
			"drs_automation_level": schema.StringAttribute{MarkdownDescription: "`fullyAutomated`, `partiallyAutomated` (DRS chooses where VMs " +
				"start, and moves none) or `manual`.", Optional: true, Computed: true,
				Default: stringdefault.StaticString("fullyAutomated"), Validators: []validator.String{stringvalidator.OneOf("fullyAutomated",
					"partiallyAutomated", "manual")}},
			"ha_host_failures": schema.Int64Attribute{MarkdownDescription: "How many hosts may fail before admission control's promise does: the " +
				"vCenter computes the share of the cluster that it keeps free. 0 of a cluster that was imported: its policy says it in another way, " +
				"and stays.", Optional: true, Computed: true, Default: int64default.StaticInt64(1),
				Validators: []validator.Int64{int64validator.Between(0, 32)}},
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, nodeTimeouts)},
	}
}

type clusterModel struct {
	ID               types.String   `tfsdk:"id"`
	Hostname         types.String   `tfsdk:"hypervisor_hostname"`
	Name             types.String   `tfsdk:"name"`
	Region           types.String   `tfsdk:"region"`
	DRS              types.Bool     `tfsdk:"drs_enabled"`
	DRSLevel         types.String   `tfsdk:"drs_automation_level"`
	HA               types.Bool     `tfsdk:"ha_enabled"`
	AdmissionControl types.Bool     `tfsdk:"ha_admission_control"`
	HostFailures     types.Int64    `tfsdk:"ha_host_failures"`
	Adopt            types.Bool     `tfsdk:"adopt"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
}

// nodeTimeouts are the timeouts of clusters, hosts and aggregates.
var nodeTimeouts = timeouts.Opts{Create: true, Update: true, Delete: true}

// nodeTimeout limits an operation on a cluster or host: emptying a host moves all memory of its VMs.
const nodeTimeout = 30 * time.Minute

func noNodeTimeouts() timeouts.Value {
	return timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType, "update": types.StringType,
		"delete": types.StringType})}
}

// replaced returns the cluster's entry in private state.
func (m *clusterModel) replaced() *replacedNode {
	if m == nil {
		return nil
	}
	return &replacedNode{m.ID.ValueString(), m.Adopt.ValueBool()}
}

// leaveCluster announces to other plans that a cluster goes.
func leaveCluster(_ context.Context, req clusterRequest) error {
	if req.Configured {
		req.Client.Planned.Possessions.Own(req.State.ID.ValueString(), req.State.Adopt.ValueBool(), false)
	}
	return nil
}

// planCluster refuses a name that is taken, and announces the cluster to the hosts of the same plan.
func planCluster(ctx context.Context, req clusterRequest) error {
	client, plan, state := req.Client, req.Plan, req.State
	planReplacement(ctx, client, req.Private, state.replaced())
	if err := plan.checkFailures(state); err != nil || !crud.Known(plan.Name) {
		return err
	}
	if state == nil || !plan.Name.Equal(state.Name) {
		if err := client.Nodes.CheckClusterName(ctx, plan.cluster()); err != nil {
			return err
		}
	}
	client.Planned.Clusters.Expect(plan.Name.ValueString())
	return nil
}

// checkFailures refuses 0 for a cluster whose policy says how many hosts may fail, or that has no policy yet: it sets nothing.
func (m clusterModel) checkFailures(state *clusterModel) error {
	switch set := m.HostFailures; {
	case !crud.Known(set) || set.ValueInt64() != 0:
		return nil
	case state == nil:
		return openstack.AttributeErrorf("ha_host_failures", "0 leaves a cluster's admission control as it is, and a new one has none: write "+
			"1 to 32")
	case state.HostFailures.ValueInt64() != 0:
		return openstack.AttributeErrorf("ha_host_failures", "0 leaves a cluster's admission control as it is, and that of %s promises that "+
			"%d may fail: write that number, or another", state.Name.ValueString(), state.HostFailures.ValueInt64())
	}
	return nil
}

func createCluster(ctx context.Context, req clusterRequest) (*clusterModel, error) {
	client, m := req.Client, *req.Plan
	made, err := client.Nodes.CreateComputeCluster(ctx, m.cluster())
	if made.ID == "" {
		return nil, err
	}
	now := m.with(made)
	return &now, err
}

func readCluster(ctx context.Context, req clusterRequest) (*clusterModel, error) {
	client, m := req.Client, *req.State
	found, err := client.Nodes.ReadComputeCluster(ctx, m.ID.ValueString())
	if err == nil {
		client.Planned.Possessions.Own(found.ID, m.Adopt.ValueBool(), true)
	}
	return crud.Result(m.with(found), err)
}

func updateCluster(ctx context.Context, req clusterRequest) (*clusterModel, error) {
	client, plan := req.Client, *req.Plan
	now, err := client.Nodes.UpdateComputeCluster(ctx, plan.cluster())
	return crud.Result(plan.with(now), err)
}

func deleteCluster(ctx context.Context, req clusterRequest) error {
	client, m := req.Client, *req.State
	ours, err := client.Nodes.DeleteComputeCluster(ctx, m.ID.ValueString(), m.Adopt.ValueBool())
	if err == nil && !ours {
		crud.WarnAt(ctx, path.Root("id"), "The cluster stays", "The cluster "+m.Name.ValueString()+
			" was not made by this provider: it is no longer managed, and is left as it is. With adopt = true it would have been removed")
	}
	return err
}

// importCluster accepts a cluster's id or name.
func importCluster(ctx context.Context, req clusterRequest) (*clusterModel, error) {
	client, id := req.Client, req.ID
	if id == "" {
		return nil, openstack.AttributeErrorf("id", "write the cluster's managed object id or its name")
	}
	found, err := client.Nodes.ComputeCluster(ctx, id)
	return crud.Result(clusterModel{Adopt: types.BoolValue(false), Timeouts: noNodeTimeouts()}.with(found), err)
}

func (m clusterModel) cluster() openstack.ComputeCluster {
	return openstack.ComputeCluster{ID: m.ID.ValueString(), Name: m.Name.ValueString(), DRS: m.DRS.ValueBool(),
		DRSLevel: m.DRSLevel.ValueString(), HA: m.HA.ValueBool(),
		AdmissionControl: m.AdmissionControl.ValueBool(), HostFailures: m.HostFailures.ValueInt64()}
}

func (m clusterModel) with(c openstack.ComputeCluster) clusterModel {
	m.ID, m.Name, m.Hostname, m.DRSLevel = types.StringValue(c.ID), types.StringValue(c.Name), types.StringValue(c.Hostname),
		types.StringValue(c.DRSLevel)
	m.DRS, m.HA, m.AdmissionControl, m.HostFailures = types.BoolValue(c.DRS), types.BoolValue(c.HA), types.BoolValue(c.AdmissionControl),
		types.Int64Value(c.HostFailures)
	return m
}
