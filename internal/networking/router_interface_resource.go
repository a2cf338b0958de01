package networking

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// RouterInterface is a router's interface on a subnet, at the address of the subnet's gateway.
var RouterInterface = crud.Resource[sdn.Backend, routerInterfaceModel]{
	Name: "networking_router_interface", Schema: routerInterfaceSchema, Plan: planRouterInterface, PlanUnconfigured: planRouterInterface,
	Create: createRouterInterface, Read: readRouterInterface, Delete: deleteRouterInterface, Import: importRouterInterface,
	Timeouts: func(m *routerInterfaceModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type routerInterfaceRequest = *crud.Request[sdn.Backend, routerInterfaceModel]

func routerInterfaceSchema(ctx context.Context) schema.Schema {
	replace, kept := stringplanmodifier.RequiresReplace(), stringplanmodifier.UseStateForUnknown()
	return schema.Schema{
		MarkdownDescription: "A router's place on a subnet, where it has the address that is the subnet's `gateway_ip`. It is a record beside " +
			"the subnet's: a subnet has one router, and is not deleted and keeps its gateway while it has one. " +
			"Like a router it needs the provider's `routers = \"physical\"`.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The interface's id.", Computed: true,
				PlanModifiers: []planmodifier.String{kept}},
			"router_id": schema.StringAttribute{MarkdownDescription: "The id of the router. A change replaces the interface.", Required: true,
				PlanModifiers: []planmodifier.String{replace}},
			"subnet_id": schema.StringAttribute{MarkdownDescription: "The id of the subnet. It must have a gateway, and no router yet. A " +
				"change replaces the interface.", Optional: true, PlanModifiers: []planmodifier.String{replace}},
			"port_id": schema.StringAttribute{MarkdownDescription: "Always refused: a physical gateway has no port of the switch. Write " +
				"`subnet_id`.", Optional: true, PlanModifiers: []planmodifier.String{replace}},
			"network_id": schema.StringAttribute{MarkdownDescription: "The id of the subnet's network. Not known to the OpenStack provider.",
				Computed: true, PlanModifiers: []planmodifier.String{kept}},
			"force_destroy": schema.BoolAttribute{MarkdownDescription: "Accepted without effect: there are no routes by this interface that " +
				"could be in its way.", Optional: true},
			"region": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

type routerInterfaceModel struct {
	ID           types.String   `tfsdk:"id"`
	RouterID     types.String   `tfsdk:"router_id"`
	SubnetID     types.String   `tfsdk:"subnet_id"`
	PortID       types.String   `tfsdk:"port_id"`
	NetworkID    types.String   `tfsdk:"network_id"`
	ForceDestroy types.Bool     `tfsdk:"force_destroy"`
	Region       types.String   `tfsdk:"region"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// planRouterInterface refuses a place where a router cannot have an interface.
func planRouterInterface(ctx context.Context, req routerInterfaceRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if err := plan.checkPlace(); err != nil || backend == nil {
		return err
	}
	if err := planRouting(ctx, backend); err != nil {
		return err
	}
	want := plan.routerInterface()
	if state != nil {
		if plan.RouterID.Equal(state.RouterID) && plan.SubnetID.Equal(state.SubnetID) {
			return nil
		}
		want.ID = state.ID.ValueString()
	}
	checked, err := backend.CheckRouterInterface(ctx, want)
	if plan.NetworkID = types.StringUnknown(); checked.NetworkID != "" {
		plan.NetworkID = types.StringValue(checked.NetworkID)
	}
	return err
}

// checkPlace requires a subnet and refuses a port. Without a subnet it refuses an unknown port_id already at plan: whether it will turn
// out to be an id or empty, both are errors.
func (m routerInterfaceModel) checkPlace() error {
	switch noSubnet := crud.Known(m.SubnetID) && m.SubnetID.ValueString() == ""; {
	case m.PortID.ValueString() != "", m.PortID.IsUnknown() && noSubnet:
		return openstack.AttributeErrorf("port_id", "a physical gateway has no port of the switch: write subnet_id instead, whose gateway_ip is "+
			"the router's address")
	case noSubnet:
		return openstack.AttributeErrorf("subnet_id", "it is not said where the router is to have an interface: write the id of a subnet")
	}
	return nil
}

func createRouterInterface(ctx context.Context, req routerInterfaceRequest) (*routerInterfaceModel, error) {
	backend, m := req.Client, *req.Plan
	if err := m.checkPlace(); err != nil { // everything is known now
		return nil, err
	}
	i, err := backend.CreateRouterInterface(ctx, m.routerInterface())
	if i.ID == "" {
		return nil, err
	}
	made := m.with(i)
	return &made, err
}

func readRouterInterface(ctx context.Context, req routerInterfaceRequest) (*routerInterfaceModel, error) {
	backend, m := req.Client, *req.State
	i, err := backend.RouterInterface(ctx, m.NetworkID.ValueString(), m.ID.ValueString())
	return crud.Result(m.with(i), err)
}

func deleteRouterInterface(ctx context.Context, req routerInterfaceRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteRouterInterface(ctx, m.NetworkID.ValueString(), m.ID.ValueString(), m.ForceDestroy.ValueBool())
}

// importRouterInterface accepts an interface's id.
func importRouterInterface(ctx context.Context, req routerInterfaceRequest) (*routerInterfaceModel, error) {
	backend, id := req.Client, req.ID
	m := routerInterfaceModel{Timeouts: noTimeouts()}
	all, err := backend.RouterInterfaces(ctx, "")
	if err != nil {
		return nil, err
	}
	i, err := only(all, func(i openstack.RouterInterface) bool { return i.ID == strings.ToLower(id) }, "router interface", "with the id "+id,
		func(i openstack.RouterInterface) string { return i.ID })
	return crud.Result(m.with(i), err)
}

// routerInterface converts the planned values, as far as they are known. The backend chooses the id.
func (m routerInterfaceModel) routerInterface() openstack.RouterInterface {
	return openstack.RouterInterface{RouterID: m.RouterID.ValueString(), SubnetID: m.SubnetID.ValueString()}
}

func (m routerInterfaceModel) with(i openstack.RouterInterface) routerInterfaceModel {
	m.ID, m.RouterID, m.SubnetID, m.NetworkID = types.StringValue(i.ID), types.StringValue(i.RouterID), types.StringValue(i.SubnetID),
		types.StringValue(i.NetworkID)
	return m
}
