// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
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

// RouterRoute is one static route of a router, beside the others that it has.
var RouterRoute = crud.Resource[sdn.Backend, routerRouteModel]{
	Name: "networking_router_route", Schema: routerRouteSchema, Check: checkRouterRoute, Plan: planRouterRoute,
	PlanUnconfigured: planRouterRoute, Create: createRouterRoute, Read: readRouterRoute, Delete: deleteRouterRoute, Import: importRouterRoute,
}

type routerRouteRequest = *crud.Request[sdn.Backend, routerRouteModel]

func routerRouteSchema(context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Required: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
	}
	return schema.Schema{
		MarkdownDescription: "A static route of a router, beside the others that it has. It is part of the router's record, which the " +
			"physical gateway has to follow. Changes of several workspaces never lose one another's routes, but " +
			"`networking_router_routes` of the same router removes those that it does not name, as in OpenStack: use one of the two. " +
			"Like a router it needs the provider's `routers`. Every change replaces it.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The router's id, the destination and the next hop, as in " +
				"`<router>-route-<destination>-<next hop>`.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"router_id":        text("The id of the router."),
			"destination_cidr": text("The range of addresses that it leads to, in CIDR form and without bits beyond its length."),
			"next_hop": text("The address of the neighbour that it leads by, of the same IP version. It is on a subnet of the router's " +
				"interfaces or of its external network, and not the router's own. An interface that the same apply makes is waited for; " +
				"`depends_on` has it made first, and the route removed before it."),
			"region": crud.Region(),
		},
	}
}

type routerRouteModel struct {
	ID          types.String `tfsdk:"id"`
	RouterID    types.String `tfsdk:"router_id"`
	Destination types.String `tfsdk:"destination_cidr"`
	NextHop     types.String `tfsdk:"next_hop"`
	Region      types.String `tfsdk:"region"`
}

// checkRouterRoute refuses a route that no router can have.
func checkRouterRoute(m routerRouteModel) error {
	if err := checkRouterID(m.RouterID); err != nil || !crud.Known(m.Destination) {
		return err
	}
	if !crud.Known(m.NextHop) {
		if _, err := sdn.ParseCIDR(m.Destination.ValueString()); err != nil {
			return openstack.AttributeErrorf("destination_cidr", "%w", err)
		}
		return nil
	}
	return sdn.CheckRouterRoute(m.route())
}

// checkRouterID refuses an empty id, which a variable may have.
func checkRouterID(id types.String) error {
	if crud.Known(id) && !id.IsNull() && id.ValueString() == "" {
		return openstack.AttributeErrorf("router_id", "it is empty: write the id of a router")
	}
	return nil
}

// planRouterRoute refuses a route whose next hop is on no subnet of the router, as far as that is known.
func planRouterRoute(ctx context.Context, req routerRouteRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if err := checkRouterRoute(*plan); err != nil || backend == nil {
		return err
	}
	if err := planRouting(ctx, backend); err != nil || !crud.Known(plan.RouterID, plan.Destination, plan.NextHop) {
		return err
	}
	if state != nil && plan.RouterID.Equal(state.RouterID) && plan.NextHop.Equal(state.NextHop) && plan.Destination.Equal(state.Destination) {
		return nil
	}
	return backend.CheckRoutes(ctx, plan.RouterID.ValueString(), []openstack.Route{plan.route()})
}

func createRouterRoute(ctx context.Context, req routerRouteRequest) (*routerRouteModel, error) {
	backend, m := req.Client, *req.Plan
	routes, err := backend.ChangeRouterRoutes(ctx, m.RouterID.ValueString(), func(have []openstack.Route) ([]openstack.Route, error) {
		return append(have, m.route()), nil
	})
	if err != nil && len(routes) == 0 {
		return nil, atRouter(err)
	}
	m.ID = types.StringValue(m.id())
	return &m, err
}

// atRouter attaches the error that a router is not there to router_id.
func atRouter(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("router_id", "%w", err)
	}
	return err
}

func readRouterRoute(ctx context.Context, req routerRouteRequest) (*routerRouteModel, error) {
	backend, m := req.Client, *req.State
	routes, err := backend.RouterRoutes(ctx, m.RouterID.ValueString())
	if err == nil && !slices.ContainsFunc(routes, m.is) {
		err = openstack.NotFound("the router %s has no route to %s by %s", m.RouterID.ValueString(), m.Destination.ValueString(),
			m.NextHop.ValueString())
	}
	m.ID = types.StringValue(m.id())
	return crud.Result(m, err)
}

func deleteRouterRoute(ctx context.Context, req routerRouteRequest) error {
	backend, m := req.Client, *req.State
	_, err := backend.ChangeRouterRoutes(ctx, m.RouterID.ValueString(), func(have []openstack.Route) ([]openstack.Route, error) {
		return slices.DeleteFunc(have, m.is), nil
	})
	return err
}

// importRouterRoute accepts "<router>-route-<destination>-<next hop>", like the OpenStack provider.
func importRouterRoute(ctx context.Context, req routerRouteRequest) (*routerRouteModel, error) {
	router, rest, ok := strings.Cut(req.ID, "-route-")
	destination, hop, whole := strings.Cut(rest, "-")
	if !ok || !whole {
		return nil, openstack.AttributeErrorf("id", "%q is not the id of a route: write <router>-route-<destination>-<next hop>", req.ID)
	}
	req.State = &routerRouteModel{RouterID: types.StringValue(router), Destination: types.StringValue(destination),
		NextHop: types.StringValue(hop)}
	return readRouterRoute(ctx, req)
}

func (m routerRouteModel) route() openstack.Route {
	return openstack.Route{Destination: m.Destination.ValueString(), NextHop: m.NextHop.ValueString()}
}

func (m routerRouteModel) is(r openstack.Route) bool { return sdn.SameRoute(r, m.route()) }

func (m routerRouteModel) id() string {
	return m.RouterID.ValueString() + "-route-" + m.Destination.ValueString() + "-" + m.NextHop.ValueString()
}
