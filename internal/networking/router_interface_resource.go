// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
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

// RouterInterface is a router's interface on a subnet, at the address of the subnet's gateway or at those of a port.
var RouterInterface = crud.Resource[sdn.Backend, routerInterfaceModel]{
	Name: "networking_router_interface", Schema: routerInterfaceSchema, Check: checkRouterInterface, Plan: planRouterInterface,
	PlanUnconfigured: planRouterInterface, Create: createRouterInterface, Read: readRouterInterface, Delete: deleteRouterInterface,
	Import: importRouterInterface, Timeouts: func(m *routerInterfaceModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type routerInterfaceRequest = *crud.Request[sdn.Backend, routerInterfaceModel]

func routerInterfaceSchema(ctx context.Context) schema.Schema {
	replace, kept := stringplanmodifier.RequiresReplace(), stringplanmodifier.UseStateForUnknown()
	return schema.Schema{
		MarkdownDescription: "A router's place on a subnet, where it has the address that is the subnet's `gateway_ip`, or the addresses of " +
			"a port of its own (`port_id`). It is a record beside the subnet's: a subnet has one router, and is not deleted and keeps its " +
			"gateway while it has one. Two subnets of one router never share addresses. " +
			"Its deletion waits, as Neutron's clients do, for floating IPs and port forwardings that lead through it and for static routes by " +
			"it, until the time for it is over (`timeouts`, 10 minutes unless written), and then names them. " +
			"Like a router it needs the provider's `routers`. On NSX its network is a segment that this provider made; an overlay has " +
			"one router, by one subnet of each IP version.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The interface's id.", Computed: true,
				PlanModifiers: []planmodifier.String{kept}},
			"router_id": schema.StringAttribute{MarkdownDescription: "The id of the router. A change replaces the interface.", Required: true,
				PlanModifiers: []planmodifier.String{replace}},
			"subnet_id": schema.StringAttribute{MarkdownDescription: "The id of the subnet; either this or `port_id` is written. It must have a " +
				"gateway whose address no port has, and no router yet. With `port_id` it is that of the port's first address. A change replaces " +
				"the interface.", Optional: true, Computed: true, PlanModifiers: []planmodifier.String{kept, replace}},
			"port_id": schema.StringAttribute{MarkdownDescription: "The id of a `networking_port` whose addresses are to be the router's, as for " +
				"an address other than the gateway's, or subnets of both IP versions. It has at least one address and at most one of IPv4, may " +
				"have the gateway's, and is plugged into no instance. While the interface has it, it keeps its addresses and is not deleted. " +
				"Where Neutron deletes it with the interface, here it stays until its own resource is destroyed. Null where `subnet_id` is " +
				"written. A change replaces the interface.", Optional: true, PlanModifiers: []planmodifier.String{replace}},
			"network_id": schema.StringAttribute{MarkdownDescription: "The id of the subnet's network. Not known to the OpenStack provider.",
				Computed: true, PlanModifiers: []planmodifier.String{kept}},
			"force_destroy": schema.BoolAttribute{MarkdownDescription: "`true`: its deletion also removes the router's static routes whose next " +
				"hop is on its subnets, and does not wait for them. Of no effect on floating IPs.", Optional: true},
			"region": crud.Region(),
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

// checkRouterInterface refuses an interface that says not, or twice, where it is to be.
func checkRouterInterface(config routerInterfaceModel) error {
	empty := func(v types.String) bool { return crud.Known(v) && v.ValueString() == "" }
	switch {
	case !config.RouterID.IsNull() && empty(config.RouterID):
		return openstack.AttributeErrorf("router_id", "it is empty: write the id of a router")
	case config.SubnetID.ValueString() != "" && config.PortID.ValueString() != "":
		return openstack.AttributeErrorf("port_id", "subnet_id is written too: the router's address is either the gateway's of that subnet, or "+
			"those of the port. Write one of them")
	case empty(config.SubnetID) && empty(config.PortID):
		return openstack.AttributeErrorf("subnet_id", "it is not said where the router is to have an interface: write the id of a subnet, or "+
			"port_id")
	}
	return nil
}

// planRouterInterface refuses a place where a router cannot have an interface.
func planRouterInterface(ctx context.Context, req routerInterfaceRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if err := checkRouterInterface(*req.Config); err != nil {
		return err
	}
	if state != nil && plan.RouterID.Equal(state.RouterID) && plan.PortID.Equal(state.PortID) && plan.SubnetID.Equal(state.SubnetID) {
		return planKeptInterface(ctx, backend, *state)
	}
	byPort := req.Config.SubnetID.IsNull()
	if byPort {
		plan.SubnetID = types.StringUnknown()
	}
	plan.NetworkID = types.StringUnknown()
	if backend == nil {
		return nil
	}
	if err := planRouting(ctx, backend); err != nil {
		return err
	}
	want := plan.routerInterface()
	if state != nil {
		want.ID = state.ID.ValueString()
	}
	defer backend.Planned().RouterInterfaces.Turn()()
	checked, err := backend.CheckRouterInterface(ctx, want)
	if checked.NetworkID != "" {
		plan.NetworkID = types.StringValue(checked.NetworkID)
	}
	if byPort && checked.SubnetID != "" {
		plan.SubnetID = types.StringValue(checked.SubnetID)
	}
	if err == nil && state == nil {
		backend.Planned().RouterInterfaces.Expect(checked)
	}
	return err
}

// planKeptInterface plans an interface that stays where it is.
func planKeptInterface(ctx context.Context, backend sdn.Backend, state routerInterfaceModel) error {
	if backend == nil {
		return nil
	}
	if err := planRouting(ctx, backend); err != nil {
		return err
	}
	i, err := backend.RouterInterface(ctx, state.NetworkID.ValueString(), state.ID.ValueString())
	if errors.Is(err, openstack.ErrNotFound) { // gone, and not refreshed
		return nil
	}
	if err != nil {
		return err
	}
	backend.Planned().RouterInterfaces.Expect(i)
	return backend.CheckKeptInterface(ctx, i)
}

func createRouterInterface(ctx context.Context, req routerInterfaceRequest) (*routerInterfaceModel, error) {
	backend, m := req.Client, *req.Plan
	if err := checkRouterInterface(*req.Config); err != nil { // everything is known now
		return nil, err
	}
	want := m.routerInterface()
	defer func() { backend.Planned().RouterInterfaces.Done(want) }()
	i, err := backend.CreateRouterInterface(ctx, want)
	if i.ID == "" {
		return nil, err
	}
	made := m.with(i)
	return &made, err
}

func readRouterInterface(ctx context.Context, req routerInterfaceRequest) (*routerInterfaceModel, error) {
	backend, m := req.Client, *req.State
	backend.Planned().RouterInterfaces.Read(m.ID.ValueString())
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
	i := openstack.RouterInterface{RouterID: m.RouterID.ValueString(), PortID: m.PortID.ValueString()}
	if i.PortID == "" && !m.PortID.IsUnknown() {
		i.SubnetID = m.SubnetID.ValueString()
	}
	return i
}

// with returns the model of an observed interface. An argument that is written as "" stays.
func (m routerInterfaceModel) with(i openstack.RouterInterface) routerInterfaceModel {
	m.ID, m.RouterID, m.NetworkID = types.StringValue(i.ID), types.StringValue(i.RouterID), types.StringValue(i.NetworkID)
	if i.PortID == "" || m.SubnetID.IsNull() || m.SubnetID.IsUnknown() || m.SubnetID.ValueString() != "" {
		m.SubnetID = types.StringValue(i.SubnetID)
	}
	m.PortID = crud.KeepEmpty(m.PortID, i.PortID)
	return m
}
