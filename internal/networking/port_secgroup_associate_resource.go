// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// PortSecurityGroups sets the security groups of a port that is managed elsewhere.
var PortSecurityGroups = crud.Resource[sdn.Backend, associateModel]{
	Name: "networking_port_secgroup_associate", Schema: associateSchema, Plan: planAssociate, PlanUnconfigured: planAssociate,
	Create: createAssociate, Read: readAssociate, Update: updateAssociate, Delete: deleteAssociate, Import: importAssociate,
}

type associateRequest = *crud.Request[sdn.Backend, associateModel]

func associateSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Security groups of a port that is managed elsewhere: by another configuration, or by the instance that it was " +
			"made for. Do not use it for a port whose own resource writes `security_group_ids`: each would undo the other.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The port's id.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"port_id": schema.StringAttribute{MarkdownDescription: "The port's id. A change replaces the association.", Required: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"security_group_ids": schema.SetAttribute{MarkdownDescription: "The ids of the groups.", Required: true,
				ElementType: types.StringType},
			"enforce": flag("`true`: the port has these groups and no others. `false`: it has them beside those that it has.", false),
			"all_security_group_ids": schema.SetAttribute{MarkdownDescription: "All groups of the port.", Computed: true,
				ElementType: types.StringType},
			"region": crud.Region(),
		},
	}
}

type associateModel struct {
	ID        types.String `tfsdk:"id"`
	PortID    types.String `tfsdk:"port_id"`
	GroupIDs  types.Set    `tfsdk:"security_group_ids"`
	Enforce   types.Bool   `tfsdk:"enforce"`
	AllGroups types.Set    `tfsdk:"all_security_group_ids"`
	Region    types.String `tfsdk:"region"`
}

// planAssociate refuses groups that the port cannot have.
func planAssociate(ctx context.Context, req associateRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if plan.AllGroups = types.SetUnknown(types.StringType); backend == nil || !crud.Known(plan.PortID, plan.GroupIDs, plan.Enforce) {
		return nil
	}
	if state != nil && state.GroupIDs.Equal(plan.GroupIDs) && state.Enforce.Equal(plan.Enforce) {
		plan.AllGroups = state.AllGroups
		return nil
	}
	p, err := backend.FindPort(ctx, plan.PortID.ValueString())
	if err != nil {
		return openstack.AttributeErrorf("port_id", "%w", err)
	}
	p.Groups = plan.groups(p.Groups, nil)
	return backend.CheckPort(ctx, p)
}

// groups returns the groups that the port will have, given its present ones and those that the association had before.
func (m associateModel) groups(have, had []string) []string {
	want := crud.Strings(m.GroupIDs)
	if m.Enforce.ValueBool() {
		return want
	}
	kept := slices.DeleteFunc(slices.Clone(have), func(id string) bool { return slices.Contains(had, id) || slices.Contains(want, id) })
	all := append(kept, want...)
	slices.Sort(all)
	return all
}

func createAssociate(ctx context.Context, req associateRequest) (*associateModel, error) {
	backend, m := req.Client, *req.Plan
	made, err := m.apply(ctx, backend, nil)
	if err != nil && !openstack.IsPartialEnforcement(err) {
		return nil, err
	}
	return &made, err
}

func (m associateModel) apply(ctx context.Context, backend sdn.Backend, had []string) (associateModel, error) {
	p, err := backend.FindPort(ctx, m.PortID.ValueString())
	if err != nil {
		return m, openstack.AttributeErrorf("port_id", "%w", err)
	}
	p, err = backend.UpdatePort(ctx, p.NetworkID, p.ID, func(w *sdn.PortRequest) error {
		w.Groups = m.groups(w.Groups, had)
		return nil
	})
	return m.with(p), err
}

func readAssociate(ctx context.Context, req associateRequest) (*associateModel, error) {
	backend, m := req.Client, *req.State
	p, err := backend.FindPort(ctx, m.PortID.ValueString())
	return crud.Result(m.with(p), err)
}

func updateAssociate(ctx context.Context, req associateRequest) (*associateModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	return crud.Result(plan.apply(ctx, backend, crud.Strings(state.GroupIDs)))
}

// deleteAssociate removes the association's groups from the port; other groups stay.
func deleteAssociate(ctx context.Context, req associateRequest) error {
	backend, m := req.Client, *req.State
	had := crud.Strings(m.GroupIDs)
	m.GroupIDs, m.Enforce = crud.SetOf(nil), types.BoolValue(false)
	p, err := backend.FindPort(ctx, m.PortID.ValueString())
	if err != nil {
		return err
	}
	_, err = backend.UpdatePort(ctx, p.NetworkID, p.ID, func(w *sdn.PortRequest) error {
		w.Groups = m.groups(w.Groups, had)
		return nil
	})
	return err
}

// importAssociate accepts a port's id, and imports all groups of the port.
func importAssociate(ctx context.Context, req associateRequest) (*associateModel, error) {
	backend, id := req.Client, req.ID
	p, err := backend.FindPort(ctx, strings.ToLower(id))
	return crud.Result(associateModel{GroupIDs: crud.SetOf(p.Groups), Enforce: types.BoolValue(false)}.with(p), err)
}

// with keeps the association's groups that the port still has, so that a plan restores missing ones; with enforce it sets all of the
// port's.
func (m associateModel) with(p openstack.Port) associateModel {
	m.ID, m.PortID, m.AllGroups = types.StringValue(p.ID), types.StringValue(p.ID), crud.SetOf(p.Groups)
	kept := p.Groups
	if !m.Enforce.ValueBool() {
		kept = slices.DeleteFunc(crud.Strings(m.GroupIDs), func(id string) bool { return !slices.Contains(p.Groups, id) })
	}
	m.GroupIDs = crud.SetOf(kept)
	return m
}
