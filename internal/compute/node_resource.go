// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Node is the resource of an ESX host as a compute node.
var Node = crud.Resource[*vcenter.Client, computeNodeModel]{
	Name: "compute_node", Schema: computeNodeSchema, Plan: planNode,
	Create: createNode, Read: readNode, Update: updateNode, Delete: deleteNode, Import: importNode,
	PlanUnconfigured: planNode, PlanDelete: leaveNode, Private: []string{replacedNodeKey},
	Timeouts: func(m *computeNodeModel) timeouts.Value { return m.Timeouts }, Timeout: nodeTimeout, Interrupt: crud.InterruptEndsStep,
}

type nodeRequest = *crud.Request[*vcenter.Client, computeNodeModel]

// replaced returns the host's entry in private state.
func (m *computeNodeModel) replaced() *replacedNode {
	if m == nil {
		return nil
	}
	return &replacedNode{m.ID.ValueString(), m.Adopt.ValueBool()}
}

// leaveNode announces to other plans that a host goes.
func leaveNode(_ context.Context, req nodeRequest) error {
	if req.Configured {
		req.Client.Planned.Possessions.Own(req.State.ID.ValueString(), req.State.Adopt.ValueBool(), false)
	}
	return nil
}

// planNode refuses a node that cannot be made, and connects to a host that is to be added, to learn which one it is and whether its
// account is accepted.
func planNode(ctx context.Context, req nodeRequest) error {
	client, plan, state := req.Client, req.Plan, req.State
	if req.Configured {
		planReplacement(ctx, client, req.Private, state.replaced())
	}
	secret := req.Config.PasswordWO
	account := plan.account(secret)
	known := crud.Known(plan.Hostname, plan.Username, plan.Password, secret, plan.Trust)
	written := plan.Password.ValueString() != "" || secret.ValueString() != ""
	plan.PasswordWO = types.StringNull()
	if plan.Reason.ValueString() != "" && plan.Status.ValueString() == openstack.Enabled {
		return openstack.AttributeErrorf("disabled_reason", "the compute node is enabled: leave disabled_reason out, or write status = %q",
			openstack.Disabled)
	}
	if state == nil && known && !written {
		return openstack.AttributeErrorf("password_wo", "the vCenter needs the account of the ESX host %s to add it: write password_wo, or "+
			"password",
			plan.Hostname.ValueString())
	}
	if state != nil && !plan.Cluster.Equal(state.Cluster) {
		plan.ClusterID = types.StringUnknown()
	}
	if !req.Configured {
		return nil
	}
	if err := plan.checkPlace(ctx, client, state); err != nil {
		return err
	}
	if state == nil && known {
		thumbprint, err := client.Nodes.CheckNewNode(ctx, plan.node(), account, plan.Trust.ValueBool())
		if err != nil {
			return err
		}
		if thumbprint != "" {
			plan.Thumbprint = types.StringValue(thumbprint)
		}
	}
	plan.expect(client)
	return nil
}

// expect announces the host to the instances and aggregates of the same plan.
func (m computeNodeModel) expect(client *vcenter.Client) {
	if !crud.Known(m.Hostname) {
		return
	}
	n := planned.Node{Hostname: m.Hostname.ValueString(), Cluster: m.Cluster.ValueString(),
		Disabled: m.Status.ValueString() == openstack.Disabled}
	for _, s := range m.node().Switches {
		n.Switches = append(n.Switches, s.Switch)
	}
	client.Planned.Nodes.Expect(n)
}

// checkPlace refuses a cluster that does not exist, and switches that cannot be joined.
func (m computeNodeModel) checkPlace(ctx context.Context, client *vcenter.Client, state *computeNodeModel) error {
	if crud.Known(m.Cluster) && (state == nil || !m.Cluster.Equal(state.Cluster)) {
		if err := client.Nodes.CheckCluster(ctx, m.Cluster.ValueString()); err != nil {
			return openstack.AttributeErrorf("cluster", "%w", err)
		}
	}
	if _, known := m.switches(); !known {
		return nil
	}
	switch want := m.node().Switches; {
	case state == nil:
		return client.Nodes.CheckSwitches(ctx, want)
	case !m.Switches.Equal(state.Switches) && state.State.ValueString() == openstack.Up:
		return client.Nodes.CheckMembership(ctx, m.ID.ValueString(), want)
	}
	return nil
}

func createNode(ctx context.Context, req nodeRequest) (*computeNodeModel, error) {
	client, m := req.Client, *req.Plan
	want := m.node()
	added, err := client.Nodes.AddComputeNode(ctx, want, m.account(req.Config.PasswordWO), m.Trust.ValueBool())
	if added.ID == "" {
		return nil, err
	}
	m.Thumbprint = crud.KeepEmpty(types.StringNull(), added.Thumbprint)
	if err == nil {
		want.ID = added.ID
		_, err = client.Nodes.UpdateComputeNode(ctx, want, m.EvacuateOff.ValueBool())
	}
	now, failed := client.Nodes.ComputeNode(context.WithoutCancel(ctx), added.ID)
	if failed != nil {
		now = added
	}
	made := m.with(now)
	if err == nil {
		err = failed
	}
	return &made, err
}

// readNode shows a host that does not respond as it was last seen, and as down.
func readNode(ctx context.Context, req nodeRequest) (*computeNodeModel, error) {
	client, m := req.Client, *req.State
	now, err := client.Nodes.ComputeNode(ctx, m.ID.ValueString())
	if err != nil {
		return nil, err
	}
	client.Planned.Possessions.Own(now.ID, m.Adopt.ValueBool(), true)
	if m.License.ValueString() != "" {
		key, err := client.Nodes.NodeLicense(ctx, now.ID)
		if err != nil {
			return nil, err
		}
		m.License = types.StringValue(key)
	}
	return crud.Result(m.with(now), nil)
}

func updateNode(ctx context.Context, req nodeRequest) (*computeNodeModel, error) {
	client, plan, state := req.Client, *req.Plan, *req.State
	want := plan.node()
	changed := !plan.Username.Equal(state.Username) || !plan.Password.Equal(state.Password) ||
		!plan.PasswordVersion.Equal(state.PasswordVersion) || !plan.Thumbprint.Equal(state.Thumbprint)
	if account := plan.account(req.Config.PasswordWO); changed && account.Password != "" {
		if err := client.Nodes.ReconnectNode(ctx, want, account); err != nil {
			return nil, err
		}
	}
	if plan.Switches.Equal(state.Switches) {
		want.Switches = nil
	} else if want.Switches == nil {
		want.Switches = []openstack.SwitchMembership{} // the switches were managed, and are to go
	}
	if plan.License.Equal(state.License) {
		want.LicenseKey = ""
	}
	now, err := client.Nodes.UpdateComputeNode(ctx, want, plan.EvacuateOff.ValueBool())
	return crud.Result(plan.with(now), err)
}

func deleteNode(ctx context.Context, req nodeRequest) error {
	client, m := req.Client, *req.State
	ours, err := client.Nodes.RemoveComputeNode(ctx, m.ID.ValueString(), m.Adopt.ValueBool())
	if err == nil && !ours {
		crud.WarnAt(ctx, path.Root("id"), "The ESX host stays", fmt.Sprintf("The ESX host %s was not added by this provider: it is no longer "+
			"managed, and is left as it is. With adopt = true it would have been removed", m.Hostname.ValueString()))
	}
	return err
}

// importNode accepts a host's id or name. Its switches are not managed until a block names them: a configuration without such blocks must
// not take the host off its switches.
func importNode(ctx context.Context, req nodeRequest) (*computeNodeModel, error) {
	client, id := req.Client, req.ID
	m := computeNodeModel{Username: types.StringValue(defaultAccount), EvacuateOff: types.BoolValue(false), Adopt: types.BoolValue(false),
		Tags: types.SetNull(types.StringType), Switches: types.SetNull(nodeSwitchType), Timeouts: noNodeTimeouts()}
	found, err := client.Nodes.FindComputeNode(ctx, id)
	return crud.Result(m.with(found), err)
}
