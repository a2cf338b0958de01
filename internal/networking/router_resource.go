// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Router connects subnets. Without a network backend that routes, it is the record of a physical gateway.
var Router = crud.Resource[sdn.Backend, routerModel]{
	Name: "networking_router", Schema: routerSchema, Plan: planRouter, PlanUnconfigured: planRouter,
	Create: createRouter, Read: readRouter, Update: updateRouter, Delete: deleteRouter, Import: importRouter,
	Timeouts: func(m *routerModel) timeouts.Value { return m.Timeouts }, Timeout: defaultTimeout,
}

type routerRequest = *crud.Request[sdn.Backend, routerModel]

func routerSchema(ctx context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	attributes := common("router")
	attributes["admin_state_up"] = flag("Whether the gateway is to forward packets. A router of NSX always does: `false` is refused.", true)
	attributes["external_network_id"] = text("The id of the network that leads out. It must have `external = true`. Changed in place; the " +
		"router leaves a network after the floating IPs that lead through it are gone, and waits for that.")
	attributes["external_subnet_ids"] = schema.ListAttribute{MarkdownDescription: "The ids of subnets of the external network: the router " +
		"gets an address of the first one that has one left. Not together with `external_fixed_ip`.", Optional: true,
		ElementType: types.StringType}
	attributes["external_fixed_ip"] = schema.ListAttribute{MarkdownDescription: "The router's addresses on the external network: blocks " +
		"with `subnet_id`, `ip_address` or both. They stay as they are written; `external_addresses` has what was chosen for the rest. " +
		"Without a block the router gets one address of each IP version, and they stand here.", Optional: true, Computed: true,
		ElementType: fixedIPType}
	attributes["external_addresses"] = schema.ListAttribute{MarkdownDescription: "All addresses of the router on the external network. " +
		"No port, floating IP or other router of that network has one of them. Known at plan where they are written. Not known to the " +
		"OpenStack provider.", Computed: true, ElementType: types.StringType}
	attributes["enable_snat"] = schema.BoolAttribute{MarkdownDescription: "Whether the gateway is to translate the addresses of subnets " +
		"behind it to its own on the external network. Unset: it is, if there is an external network.", Optional: true, Computed: true}
	attributes["external_qos_policy_id"] = text("Recorded.")
	attributes["distributed"] = flag("Recorded: how a physical gateway is built is not a matter of its record, and a router of NSX is "+
		"distributed anyway, but for what translates.", false)
	attributes["flavor_id"] = text("Recorded.")
	attributes["availability_zone_hints"] = schema.ListAttribute{MarkdownDescription: "Recorded.", Optional: true,
		ElementType: types.StringType}
	return schema.Schema{
		MarkdownDescription: "A router. A vCenter has none. With the provider's `routers = \"nsx\"` it is a tier-1 gateway of NSX, its " +
			"external network a tier-0 gateway; where NSX differs from what is recorded, `admin_state_up` is read as `false`, with a warning, " +
			"and the next " +
			"apply brings it back. With `routers = \"physical\"` it is the record of what the physical gateway of the VLANs has to do. The data " +
			"source `novasphere_networking_gateway_intent` returns what that is. Without either a plan with a router is refused. Its addresses on " +
			"the external network are claimed: nobody else gets them. Every change is made in place. A router is removed after its interfaces and " +
			"the floating IPs that lead through it, and waits for them.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"vendor_options": schema.SetNestedBlock{MarkdownDescription: "Accepted without effect.",
				Validators: []validator.Set{setvalidator.SizeAtMost(1)},
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"set_router_gateway_after_create": schema.BoolAttribute{MarkdownDescription: "Accepted without effect.", Optional: true}}}},
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

type routerModel struct {
	commonModel
	AdminUp           types.Bool     `tfsdk:"admin_state_up"`
	ExternalNetworkID types.String   `tfsdk:"external_network_id"`
	ExternalSubnetIDs types.List     `tfsdk:"external_subnet_ids"`
	ExternalIPs       types.List     `tfsdk:"external_fixed_ip"`
	Addresses         types.List     `tfsdk:"external_addresses"`
	SNAT              types.Bool     `tfsdk:"enable_snat"`
	QoSPolicyID       types.String   `tfsdk:"external_qos_policy_id"`
	Distributed       types.Bool     `tfsdk:"distributed"`
	FlavorID          types.String   `tfsdk:"flavor_id"`
	Zones             types.List     `tfsdk:"availability_zone_hints"`
	Vendor            types.Set      `tfsdk:"vendor_options"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

var vendorType = types.ObjectType{AttrTypes: map[string]attr.Type{"set_router_gateway_after_create": types.BoolType}}

// planRouter refuses a router that the backend cannot have, and plans its external addresses.
func planRouter(ctx context.Context, req routerRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if err := req.Config.checkWayOut(); err != nil {
		return err
	}
	plan.planWayOut(req.Config, state)
	if backend == nil {
		return nil
	}
	if err := planRouting(ctx, backend); err != nil || plan.ExternalNetworkID.IsUnknown() {
		return err
	}
	if err := plan.planFirstAddresses(ctx, req.Config, backend); err != nil {
		return err
	}
	want := plan.router(req.Config)
	if err := backend.CheckRouter(ctx, want); err != nil {
		return err
	}
	backend.Planned().Ports.Expect(plan.gateway(want))
	backend.Planned().Routers.Expect(want)
	return nil
}

// planRouting refuses routers if the backend has none, and warns once about what a router is.
func planRouting(ctx context.Context, backend sdn.Backend) error {
	caveat, err := backend.CheckRouters()
	if caveat != "" {
		crud.Warn(ctx, "Routers are records", caveat)
	}
	return err
}

func (m routerModel) externalIPs() (out []fixedIPModel) {
	out = crud.Elements[fixedIPModel](m.ExternalIPs)
	return out
}

func createRouter(ctx context.Context, req routerRequest) (*routerModel, error) {
	backend, m := req.Client, *req.Plan
	want := m.router(req.Config)
	backend.Planned().Ports.Done(m.gateway(want)) // the creation checks again, and would take the router's own plan for another's
	defer backend.Planned().Routers.Done(want)
	if err := awaitWayOut(ctx, backend, want); err != nil {
		return nil, err
	}
	r, err := backend.CreateRouter(ctx, want)
	if r.ID == "" {
		return nil, err
	}
	made := m.with(r)
	return &made, err
}

// awaitWayOut waits for the subnets of a router's external network that the same apply makes, because nothing need order them.
func awaitWayOut(ctx context.Context, backend sdn.Backend, r openstack.Router) error {
	if r.ExternalNetworkID == "" {
		return nil
	}
	if coming, _ := backend.Planned().Subnets.New(r.ExternalNetworkID); len(coming)+len(r.ExternalIPs) == 0 {
		return nil
	}
	_, err := sdn.AwaitSubnets(ctx, backend, r.ExternalNetworkID, r.ExternalIPs)
	return err
}

func readRouter(ctx context.Context, req routerRequest) (*routerModel, error) {
	backend, m := req.Client, *req.State
	r, err := backend.Router(ctx, m.ID.ValueString())
	backend.Planned().Ports.Read(m.ID.ValueString())
	backend.Planned().Routers.Read(m.ID.ValueString())
	if err == nil {
		r, err = asIsInForce(ctx, backend, r)
	}
	return crud.Result(m.with(r), err)
}

func updateRouter(ctx context.Context, req routerRequest) (*routerModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	want := plan.router(req.Config)
	if err := awaitWayOut(ctx, backend, want); err != nil {
		return nil, err
	}
	r, err := backend.UpdateRouter(ctx, state.ID.ValueString(), func(r *openstack.Router) error {
		want.ID, want.Mark, want.Routes, want.Gateways = r.ID, r.Mark, r.Routes, r.Gateways
		*r = want
		return nil
	})
	return crud.Result(plan.with(r), err)
}

func deleteRouter(ctx context.Context, req routerRequest) error {
	backend, m := req.Client, *req.State
	return backend.DeleteRouter(ctx, m.ID.ValueString())
}

// importRouter accepts a router's id.
func importRouter(ctx context.Context, req routerRequest) (*routerModel, error) {
	backend, id := req.Client, req.ID
	m := routerModel{Timeouts: noTimeouts(), Vendor: types.SetValueMust(vendorType, []attr.Value{})}
	r, err := findRouter(ctx, backend, func(r openstack.Router) bool { return r.ID == strings.ToLower(id) }, "with the id "+id)
	return crud.Result(m.with(r), err)
}

// findRouter returns the one router that fits.
func findRouter(ctx context.Context, backend sdn.Backend, fits func(openstack.Router) bool, what string) (openstack.Router, error) {
	all, err := backend.Routers(ctx)
	if err != nil {
		return openstack.Router{}, err
	}
	return only(all, fits, "router", what, func(r openstack.Router) string { return r.ID })
}

// router converts the planned values and the written addresses, as far as they are known.
func (m routerModel) router(config *routerModel) openstack.Router {
	r := openstack.Router{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString(),
		Tags: crud.Strings(m.Tags), Down: !m.AdminUp.ValueBool(), ExternalNetworkID: m.ExternalNetworkID.ValueString(),
		QoSPolicyID: m.QoSPolicyID.ValueString(), Distributed: m.Distributed.ValueBool(), FlavorID: m.FlavorID.ValueString(),
		Zones: texts(m.Zones)}
	r.SNAT = config.SNAT.ValueBoolPointer()
	if !slices.ContainsFunc(m.ExternalSubnetIDs.Elements(), attr.Value.IsUnknown) { // one that fits is enough, and it may be that one
		r.ExternalSubnetIDs = m.externalSubnetIDs()
	}
	r.ExternalIPs = config.writtenIPs()
	return r
}

// externalSubnetIDs returns the ids that are written, but for empty ones.
func (m routerModel) externalSubnetIDs() []string {
	return slices.DeleteFunc(texts(m.ExternalSubnetIDs), func(id string) bool { return id == "" })
}

// writtenIPs converts the blocks, as far as they are known.
func (m routerModel) writtenIPs() (out []openstack.FixedIP) {
	for _, ip := range m.externalIPs() {
		if crud.Known(ip.SubnetID, ip.Address) {
			out = append(out, openstack.FixedIP{SubnetID: ip.SubnetID.ValueString(), Address: ip.Address.ValueString()})
		}
	}
	return out
}

func (m routerModel) with(r openstack.Router) routerModel {
	m.ID, m.Name = types.StringValue(r.ID), crud.KeepEmpty(m.Name, r.Name)
	m.withCommon(r.Description, r.Tags)
	m.AdminUp, m.Distributed = types.BoolValue(!r.Down), types.BoolValue(r.Distributed)
	m.SNAT = translates(r.SNAT, types.StringValue(r.ExternalNetworkID))
	m.ExternalNetworkID, m.QoSPolicyID, m.FlavorID = crud.KeepEmpty(m.ExternalNetworkID, r.ExternalNetworkID),
		crud.KeepEmpty(m.QoSPolicyID, r.QoSPolicyID), crud.KeepEmpty(m.FlavorID, r.FlavorID)
	m.Zones = keepList(m.Zones, r.Zones)
	if ids := m.ExternalSubnetIDs; ids.IsNull() || ids.IsUnknown() || !slices.Equal(m.externalSubnetIDs(), r.ExternalSubnetIDs) {
		m.ExternalSubnetIDs = keepList(m.ExternalSubnetIDs, r.ExternalSubnetIDs)
	}
	var addresses []string
	for _, ip := range r.Addresses {
		addresses = append(addresses, ip.Address)
	}
	m.Addresses = textList(addresses)
	shown := r.ExternalIPs
	if len(shown) == 0 {
		shown = r.Addresses
	}
	// An empty list is what is written, or there was no external network: the plan of one has unknown blocks.
	if m.ExternalIPs.IsNull() || m.ExternalIPs.IsUnknown() || len(m.ExternalIPs.Elements()) > 0 && !slices.Equal(m.writtenIPs(), shown) {
		m.ExternalIPs = fixedIPList(shown)
	}
	return m
}

// keepList is crud.KeepEmpty for a list.
func keepList(was types.List, now []string) types.List {
	if len(now) == 0 && (was.IsNull() || was.IsUnknown()) {
		return types.ListNull(types.StringType)
	}
	return textList(now)
}
