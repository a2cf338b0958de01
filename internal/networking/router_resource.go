package networking

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
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
	attributes["admin_state_up"] = flag("Recorded; `false` stops no physical gateway.", true)
	attributes["external_network_id"] = text("The id of the network that leads out. It must have `external = true`. Changed in place.")
	attributes["external_subnet_ids"] = schema.ListAttribute{MarkdownDescription: "The ids of subnets of the external network that the " +
		"router may have an address of. Recorded; not together with `external_fixed_ip`.", Optional: true, ElementType: types.StringType}
	attributes["external_fixed_ip"] = schema.ListAttribute{MarkdownDescription: "The router's addresses on the external network: blocks " +
		"with `subnet_id`, `ip_address` or both. Recorded as they are written, and claimed from nobody: keep them out of the pools of that " +
		"network's subnets. Without a block: " +
		"none.", Optional: true, Computed: true, ElementType: fixedIPType, Default: listdefault.StaticValue(fixedIPList(nil))}
	attributes["enable_snat"] = schema.BoolAttribute{MarkdownDescription: "Recorded; the physical gateway decides whether it translates " +
		"addresses.", Optional: true}
	attributes["external_qos_policy_id"] = text("Recorded, without effect.")
	attributes["distributed"] = flag("Recorded, without effect.", false)
	attributes["flavor_id"] = text("Recorded, without effect.")
	attributes["availability_zone_hints"] = schema.ListAttribute{MarkdownDescription: "Recorded, without effect.", Optional: true,
		ElementType: types.StringType}
	return schema.Schema{
		MarkdownDescription: "A router. A vCenter has none: with the provider's `routers = \"physical\"` it is the record of the physical " +
			"gateway that routes between the VLANs anyway, and without that a plan with a router is refused. " +
			"Every change is made in place.",
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
	SNAT              types.Bool     `tfsdk:"enable_snat"`
	QoSPolicyID       types.String   `tfsdk:"external_qos_policy_id"`
	Distributed       types.Bool     `tfsdk:"distributed"`
	FlavorID          types.String   `tfsdk:"flavor_id"`
	Zones             types.List     `tfsdk:"availability_zone_hints"`
	Vendor            types.Set      `tfsdk:"vendor_options"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

var vendorType = types.ObjectType{AttrTypes: map[string]attr.Type{"set_router_gateway_after_create": types.BoolType}}

// planRouter refuses a router that the backend cannot have, and warns about arguments without effect.
func planRouter(ctx context.Context, req routerRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	plan.planCommon(ctx)
	if idle := plan.idle(); len(idle) > 0 && (state == nil || !slices.Equal(idle, state.idle())) {
		crud.Warn(ctx, "No effect", strings.Join(idle, ", ")+": recorded, and without effect. The physical gateway decides what it does and "+
			"how it is built")
	}
	if err := plan.checkWayOut(); err != nil || backend == nil {
		return err
	}
	if err := planRouting(ctx, backend); err != nil || plan.ExternalNetworkID.IsUnknown() {
		return err
	}
	return backend.CheckRouter(ctx, plan.router())
}

// planRouting refuses routers if the backend has none, and warns once about what a router is.
func planRouting(ctx context.Context, backend sdn.Backend) error {
	caveat, err := backend.CheckRouters()
	if caveat != "" {
		crud.Warn(ctx, "Routers are records", caveat)
	}
	return err
}

// idle returns the names of arguments that have no effect on a physical gateway.
func (m routerModel) idle() (out []string) {
	for _, one := range []struct {
		name    string
		written bool
	}{
		{"enable_snat", m.SNAT.ValueBool()},
		{"admin_state_up", crud.Known(m.AdminUp) && !m.AdminUp.ValueBool()},
		{"distributed", m.Distributed.ValueBool()},
		{"flavor_id", m.FlavorID.ValueString() != ""},
		{"external_qos_policy_id", m.QoSPolicyID.ValueString() != ""},
		{"availability_zone_hints", len(m.Zones.Elements()) > 0},
	} {
		if one.written {
			out = append(out, one.name)
		}
	}
	return out
}

// checkWayOut refuses contradictions about the external network.
func (m routerModel) checkWayOut() error {
	ips, subnets := len(m.ExternalIPs.Elements()) > 0, len(m.ExternalSubnetIDs.Elements()) > 0
	if ips && subnets {
		return openstack.AttributeErrorf("external_subnet_ids", "external_fixed_ip names subnets too: write only one of them")
	}
	for _, one := range []struct {
		name    string
		written bool
	}{{"external_fixed_ip", ips}, {"external_subnet_ids", subnets}, {"enable_snat", m.SNAT.ValueBool()},
		{"external_qos_policy_id", m.QoSPolicyID.ValueString() != ""}} {
		if one.written && crud.Known(m.ExternalNetworkID) && m.ExternalNetworkID.ValueString() == "" {
			return openstack.AttributeErrorf(one.name, "it is about the external network, and there is none: write external_network_id")
		}
	}
	for i, ip := range m.externalIPs() {
		if err := checkFixedIP(ip); err != nil {
			return openstack.AttributeErrorf(fmt.Sprintf("external_fixed_ip[%d]", i), "%w", err)
		}
	}
	return nil
}

func (m routerModel) externalIPs() (out []fixedIPModel) {
	out = crud.Elements[fixedIPModel](m.ExternalIPs)
	return out
}

func createRouter(ctx context.Context, req routerRequest) (*routerModel, error) {
	backend, m := req.Client, *req.Plan
	r, err := backend.CreateRouter(ctx, m.router())
	if err != nil {
		return nil, err
	}
	made := m.with(r)
	return &made, nil
}

func readRouter(ctx context.Context, req routerRequest) (*routerModel, error) {
	backend, m := req.Client, *req.State
	r, err := backend.Router(ctx, m.ID.ValueString())
	return crud.Result(m.with(r), err)
}

func updateRouter(ctx context.Context, req routerRequest) (*routerModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	want := plan.router()
	r, err := backend.UpdateRouter(ctx, state.ID.ValueString(), func(r *openstack.Router) error {
		want.ID, want.Mark, want.Routes = r.ID, r.Mark, r.Routes
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

// router converts the planned values, as far as they are known.
func (m routerModel) router() openstack.Router {
	r := openstack.Router{ID: m.ID.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueString(),
		Tags: crud.Strings(m.Tags), Down: !m.AdminUp.ValueBool(), ExternalNetworkID: m.ExternalNetworkID.ValueString(),
		QoSPolicyID: m.QoSPolicyID.ValueString(), Distributed: m.Distributed.ValueBool(), FlavorID: m.FlavorID.ValueString(),
		Zones: texts(m.Zones)}
	if !m.SNAT.IsNull() {
		snat := m.SNAT.ValueBool()
		r.SNAT = &snat
	}
	r.ExternalSubnetIDs = slices.DeleteFunc(texts(m.ExternalSubnetIDs), func(id string) bool { return id == "" })
	for _, ip := range m.externalIPs() {
		if crud.Known(ip.SubnetID, ip.Address) {
			r.ExternalIPs = append(r.ExternalIPs, openstack.FixedIP{SubnetID: ip.SubnetID.ValueString(), Address: ip.Address.ValueString()})
		}
	}
	return r
}

func (m routerModel) with(r openstack.Router) routerModel {
	m.ID, m.Name = types.StringValue(r.ID), crud.KeepEmpty(m.Name, r.Name)
	m.withCommon(r.Description, r.Tags)
	m.AdminUp, m.Distributed, m.SNAT = types.BoolValue(!r.Down), types.BoolValue(r.Distributed), types.BoolPointerValue(r.SNAT)
	m.ExternalNetworkID, m.QoSPolicyID, m.FlavorID = crud.KeepEmpty(m.ExternalNetworkID, r.ExternalNetworkID),
		crud.KeepEmpty(m.QoSPolicyID, r.QoSPolicyID), crud.KeepEmpty(m.FlavorID, r.FlavorID)
	m.ExternalSubnetIDs, m.Zones = keepList(m.ExternalSubnetIDs, r.ExternalSubnetIDs), keepList(m.Zones, r.Zones)
	if m.ExternalIPs.IsNull() || !slices.Equal(m.router().ExternalIPs, r.ExternalIPs) {
		m.ExternalIPs = fixedIPList(r.ExternalIPs)
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
