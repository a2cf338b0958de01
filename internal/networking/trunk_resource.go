// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Trunk makes a port carry the traffic of other ports, each under a VLAN.
var Trunk = crud.Resource[sdn.Backend, trunkModel]{
	Name: "networking_trunk", Schema: trunkSchema, Check: checkTrunk, Plan: planTrunk, PlanUnconfigured: planTrunk,
	Create: createTrunk, Read: readTrunk, Update: updateTrunk, Delete: deleteTrunk, Import: importTrunk,
	Moves: trunkMoves, Adopt: createTrunk,
	Timeouts: func(m *trunkModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type trunkRequest = *crud.Request[sdn.Backend, trunkModel]

func trunkSchema(ctx context.Context) schema.Schema {
	attributes := common("trunk")
	attributes["port_id"] = schema.StringAttribute{MarkdownDescription: "The id of the port that carries the others, which an instance is " +
		"plugged into. A port is in one trunk. A change replaces the trunk.", Required: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
	attributes["admin_state_up"] = flag("`false`: nothing of the sub ports passes.", true)
	return schema.Schema{
		MarkdownDescription: "A trunk: a port that carries the traffic of other ports, its sub ports, each under a VLAN. The switch's port of " +
			"`port_id` becomes a VLAN trunk of the sub ports' VLANs and its own, before its instance starts or while it runs. The switch " +
			"translates no VLANs, so the `segmentation_id` of a sub port is the VLAN of its network. Nor does it tag what the guest sends " +
			"untagged: the network of `port_id` is best one with `network_type = \"flat\"`; where it has a VLAN, the guest must tag its own " +
			"traffic, too, and a warning says so. What is recorded of a sub port (its addresses) the guest must be told by other means, as in " +
			"OpenStack. The ports cannot be deleted while they are in the trunk, and have no security groups that the switch enforces. A `moved` " +
			"block makes one of an `openstack_networking_trunk_v2`: it keeps its id, and is recorded here at its first change.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"sub_port": schema.SetNestedBlock{MarkdownDescription: "A port whose traffic goes through the trunk. Changed in place.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"port_id": schema.StringAttribute{MarkdownDescription: "The id of the port, on another network of the same switch.",
						Required: true},
					"segmentation_type": schema.StringAttribute{MarkdownDescription: "`vlan`, or `inherit`: the VLAN of the port's network.",
						Required: true, Validators: []validator.String{stringvalidator.OneOf(openstack.SegmentVLAN, openstack.SegmentInherit)}},
					"segmentation_id": schema.Int64Attribute{MarkdownDescription: "The VLAN, which must be that of the port's network, 1 to 4094. " +
						"It may be left out with `inherit`.", Optional: true, Validators: []validator.Int64{int64validator.Between(1, 4094)}}}}},
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

type trunkModel struct {
	commonModel
	PortID   types.String   `tfsdk:"port_id"`
	AdminUp  types.Bool     `tfsdk:"admin_state_up"`
	SubPorts types.Set      `tfsdk:"sub_port"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

type subPortModel struct {
	PortID types.String `tfsdk:"port_id"`
	Type   types.String `tfsdk:"segmentation_type"`
	VLAN   types.Int64  `tfsdk:"segmentation_id"`
}

var subPortType = types.ObjectType{AttrTypes: map[string]attr.Type{"port_id": types.StringType, "segmentation_type": types.StringType,
	"segmentation_id": types.Int64Type}}

// checkTrunk refuses ports without an id, and a sub port without a VLAN.
func checkTrunk(m trunkModel) error {
	empty := func(id types.String) bool { return !id.IsUnknown() && id.ValueString() == "" }
	if empty(m.PortID) {
		return openstack.AttributeErrorf("port_id", "it is empty: write the id of the port that carries the others")
	}
	for _, s := range m.subPorts() {
		if empty(s.PortID) {
			return openstack.AttributeErrorf("sub_port", "port_id of a sub port is empty: write the id of a port, or leave the block out")
		}
		if s.VLAN.IsNull() && s.Type.ValueString() == openstack.SegmentVLAN {
			return openstack.AttributeErrorf("sub_port", "a sub port of the type vlan has no segmentation_id: write the VLAN of its network, or "+
				"segmentation_type = \"inherit\"")
		}
	}
	return nil
}

// planTrunk refuses VLANs that cannot reach the ports, as far as those are known, and tells what the guest must do.
func planTrunk(ctx context.Context, req trunkRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if err := checkTrunk(*plan); err != nil { // again, for values that were unknown at validate
		return err
	}
	if backend == nil || state != nil && state.SubPorts.Equal(plan.SubPorts) && state.PortID.Equal(plan.PortID) {
		return nil
	}
	return plan.check(ctx, backend)
}

// check refuses a trunk that cannot be. Ports that are not known yet are left out.
func (m trunkModel) check(ctx context.Context, backend sdn.Backend) error {
	caveat, err := backend.CheckTrunk(ctx, m.trunk())
	if caveat != "" {
		crud.WarnOnce(ctx, backend.Planned(), "The guest must know of the trunk", caveat)
	}
	return err
}

func createTrunk(ctx context.Context, req trunkRequest) (*trunkModel, error) {
	backend, m := req.Client, *req.Plan
	if err := m.check(ctx, backend); err != nil {
		return nil, err
	}
	t, err := backend.CreateTrunk(ctx, m.trunk())
	if t.ID == "" || err != nil && t.Mark == nil {
		return nil, err
	}
	made := m.with(t)
	return &made, err
}

// readTrunk leaves out sub ports whose VLANs do not pass at the switch, so that a plan has the switch set right.
func readTrunk(ctx context.Context, req trunkRequest) (*trunkModel, error) {
	backend, m := req.Client, *req.State
	t, err := backend.Trunk(ctx, m.ID.ValueString())
	if err != nil {
		return nil, err
	}
	carried, err := backend.Carried(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(carried) < len(t.SubPorts) {
		crud.WarnAt(ctx, path.Root("sub_port"), "The switch does not carry what the trunk says", "The port "+t.PortID+" of the trunk "+t.ID+
			" carries other VLANs than its sub ports': somebody has changed the switch's port. The plan adds the sub ports anew, which sets it")
		t.SubPorts = carried
	}
	return crud.Result(m.with(t), nil)
}

func updateTrunk(ctx context.Context, req trunkRequest) (*trunkModel, error) {
	backend, plan := req.Client, *req.Plan
	t, err := backend.UpdateTrunk(ctx, plan.trunk())
	return crud.Result(plan.with(t), err)
}

func deleteTrunk(ctx context.Context, req trunkRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteTrunk(ctx, m.ID.ValueString())
}

// importTrunk accepts a trunk's id.
func importTrunk(ctx context.Context, req trunkRequest) (*trunkModel, error) {
	backend, id := req.Client, req.ID
	t, err := backend.Trunk(ctx, strings.ToLower(id))
	return crud.Result(trunkModel{Timeouts: noTimeouts(), SubPorts: types.SetNull(subPortType)}.with(t), err)
}

// subPorts returns the blocks, as far as they are known.
func (m trunkModel) subPorts() []subPortModel {
	if m.SubPorts.IsUnknown() {
		return nil
	}
	return crud.Elements[subPortModel](m.SubPorts)
}

func (m trunkModel) trunk() openstack.Trunk {
	t := openstack.Trunk{ID: m.ID.ValueString(), PortID: m.PortID.ValueString(), Name: m.Name.ValueString(),
		Description: m.Description.ValueString(), Tags: crud.Strings(m.Tags), Down: !m.AdminUp.ValueBool()}
	for _, s := range m.subPorts() {
		t.SubPorts = append(t.SubPorts, openstack.SubPort{PortID: s.PortID.ValueString(), Type: s.Type.ValueString(), VLAN: s.VLAN.ValueInt64()})
	}
	return t
}

// with returns the model of an observed trunk. Blocks stay as they are written where the trunk has their ports.
func (m trunkModel) with(t openstack.Trunk) trunkModel {
	blocks, subs := m.subPorts(), []attr.Value{}
	for _, s := range t.SubPorts {
		vlan := types.Int64Value(s.VLAN)
		at := slices.IndexFunc(blocks, func(b subPortModel) bool { return b.PortID.ValueString() == s.PortID })
		if at >= 0 && blocks[at].VLAN.IsNull() && s.Type == openstack.SegmentInherit {
			vlan = types.Int64Null()
		}
		subs = append(subs, types.ObjectValueMust(subPortType.AttrTypes, map[string]attr.Value{"port_id": types.StringValue(s.PortID),
			"segmentation_type": types.StringValue(s.Type), "segmentation_id": vlan}))
	}
	m.ID, m.PortID, m.AdminUp = types.StringValue(t.ID), types.StringValue(t.PortID), types.BoolValue(!t.Down)
	m.Name, m.SubPorts = crud.KeepEmpty(m.Name, t.Name), types.SetValueMust(subPortType, subs)
	m.withCommon(t.Description, t.Tags)
	return m
}

// trunkMoves converts OpenStack's trunks, which keep their id.
var trunkMoves = []crud.StateMove[trunkModel]{{From: "openstack_networking_trunk_v2", Convert: trunkFromPriorState}}

func trunkFromPriorState(old crud.PriorState) (trunkModel, error) {
	m := trunkModel{commonModel: commonFromPriorState(old), PortID: old.Text("port_id"), AdminUp: old.Or("admin_state_up", true),
		Timeouts: limitsFromPriorState(old, "create", "delete")}
	subs := []attr.Value{}
	for _, s := range old.Blocks("sub_port") {
		subs = append(subs, types.ObjectValueMust(subPortType.AttrTypes, map[string]attr.Value{"port_id": s.Text("port_id"),
			"segmentation_type": s.Text("segmentation_type"), "segmentation_id": s.Positive("segmentation_id")}))
	}
	m.SubPorts = types.SetValueMust(subPortType, subs)
	return m, nil
}
