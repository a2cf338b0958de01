// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// RouterRoutes is all static routes of a router.
var RouterRoutes = crud.Resource[sdn.Backend, routerRoutesModel]{
	Name: "networking_router_routes", Schema: routerRoutesSchema, Check: checkRouterRoutes, Plan: planRouterRoutes,
	PlanUnconfigured: planRouterRoutes, Create: createRouterRoutes, Read: readRouterRoutes, Update: updateRouterRoutes,
	Delete: deleteRouterRoutes, Import: importRouterRoutes,
}

type routerRoutesRequest = *crud.Request[sdn.Backend, routerRoutesModel]

func routerRoutesSchema(context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Required: true}
	}
	return schema.Schema{
		MarkdownDescription: "All static routes of a router, as one set. As in OpenStack the creation adds the routes to those that the router " +
			"has, and the next plan shows the others, and removes them: one that a `networking_router_route` holds is made again by that, so " +
			"use one of the two for a router. The destruction removes all that are in the state. A change is made in one write. " +
			"Like a router it needs the provider's `routers`; a physical gateway has to follow the record.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The id of the router.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"router_id": schema.StringAttribute{MarkdownDescription: "The id of the router. A change replaces the set.", Required: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"region": crud.Region(),
		},
		Blocks: map[string]schema.Block{
			"routes": schema.SetNestedBlock{MarkdownDescription: "A route. Changed in place.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"destination_cidr": text("The range of addresses that it leads to, in CIDR form and without bits beyond its length."),
					"next_hop": text("The address of the neighbour that it leads by, of the same IP version: on a subnet of the router's " +
						"interfaces or of its external network, and not the router's own."),
				}}},
		},
	}
}

type routerRoutesModel struct {
	ID       types.String `tfsdk:"id"`
	RouterID types.String `tfsdk:"router_id"`
	Region   types.String `tfsdk:"region"`
	Routes   types.Set    `tfsdk:"routes"`
}

type oneRouteModel struct {
	Destination types.String `tfsdk:"destination_cidr"`
	NextHop     types.String `tfsdk:"next_hop"`
}

// checkRouterRoutes refuses routes that no router can have, and two that are the same.
func checkRouterRoutes(m routerRoutesModel) error {
	if err := checkRouterID(m.RouterID); err != nil {
		return err
	}
	routes := m.routes()
	for i, r := range routes {
		if err := sdn.CheckRouterRoute(r); err != nil {
			return atRoutes(r, err)
		}
		if slices.ContainsFunc(routes[:i], func(o openstack.Route) bool { return sdn.SameRoute(o, r) }) {
			return openstack.AttributeErrorf("routes", "the route to %s by %s is written twice: take one of them out", r.Destination, r.NextHop)
		}
	}
	return nil
}

// atRoutes attaches an error about a route to the set, and names the route.
func atRoutes(r openstack.Route, err error) error {
	var field *openstack.FieldError
	if !errors.As(err, &field) || field.Field != "destination_cidr" && field.Field != "next_hop" {
		return err
	}
	return openstack.AttributeErrorf("routes", "the %s of the route to %q by %q: %w", field.Field, r.Destination, r.NextHop, field.Err)
}

// planRouterRoutes refuses new routes whose next hops are on no subnet of the router, as far as that is known.
func planRouterRoutes(ctx context.Context, req routerRoutesRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if err := checkRouterRoutes(*plan); err != nil {
		return err
	}
	if plan.ID = plan.RouterID; backend == nil {
		return nil
	}
	if err := planRouting(ctx, backend); err != nil || plan.RouterID.IsUnknown() {
		return err
	}
	var had []openstack.Route
	if state != nil && state.RouterID.Equal(plan.RouterID) {
		had = state.routes()
	}
	added := without(plan.routes(), had)
	if len(added) == 0 && state == nil {
		return backend.CheckRoutes(ctx, plan.RouterID.ValueString(), nil)
	}
	for _, r := range added {
		if err := backend.CheckRoutes(ctx, plan.RouterID.ValueString(), []openstack.Route{r}); err != nil {
			return atRoutes(r, err)
		}
	}
	return nil
}

func createRouterRoutes(ctx context.Context, req routerRoutesRequest) (*routerRoutesModel, error) {
	backend, m := req.Client, *req.Plan
	there, err := m.change(ctx, backend, nil, m.routes())
	if err != nil && len(there) == 0 {
		return nil, err
	}
	m.ID = m.RouterID
	return &m, err
}

// change removes some routes from a router's and adds others, in one write. One to add that is there already stays. Routes that it returns
// exist, even with an error.
func (m routerRoutesModel) change(ctx context.Context, backend sdn.Backend, remove, add []openstack.Route) ([]openstack.Route, error) {
	there, err := backend.ChangeRouterRoutes(ctx, m.RouterID.ValueString(), func(have []openstack.Route) ([]openstack.Route, error) {
		have = without(have, remove)
		return append(have, without(add, have)...), nil
	})
	if field := (*openstack.FieldError)(nil); errors.As(err, &field) { // it names the route
		err = openstack.AttributeErrorf("routes", "%w", field.Err)
	}
	return there, atRouter(err)
}

// without returns the routes that are none of others.
func without(routes, others []openstack.Route) []openstack.Route {
	return slices.DeleteFunc(slices.Clone(routes), func(r openstack.Route) bool {
		return slices.ContainsFunc(others, func(o openstack.Route) bool { return sdn.SameRoute(o, r) })
	})
}

func readRouterRoutes(ctx context.Context, req routerRoutesRequest) (*routerRoutesModel, error) {
	backend, m := req.Client, *req.State
	routes, err := backend.RouterRoutes(ctx, m.RouterID.ValueString())
	return crud.Result(m.with(routes), err)
}

func updateRouterRoutes(ctx context.Context, req routerRoutesRequest) (*routerRoutesModel, error) {
	backend, plan, state := req.Client, *req.Plan, *req.State
	had, want := state.routes(), plan.routes()
	_, err := plan.change(ctx, backend, without(had, want), without(want, had))
	return crud.Result(plan, err)
}

func deleteRouterRoutes(ctx context.Context, req routerRoutesRequest) error {
	backend, m := req.Client, *req.State
	_, err := backend.ChangeRouterRoutes(ctx, m.RouterID.ValueString(), func(have []openstack.Route) ([]openstack.Route, error) {
		return without(have, m.routes()), nil
	})
	return err
}

// importRouterRoutes accepts a router's id.
func importRouterRoutes(ctx context.Context, req routerRoutesRequest) (*routerRoutesModel, error) {
	req.State = &routerRoutesModel{RouterID: types.StringValue(strings.ToLower(req.ID)), Routes: routeSet(nil)}
	return readRouterRoutes(ctx, req)
}

// routes converts the blocks that are known.
func (m routerRoutesModel) routes() (out []openstack.Route) {
	for _, r := range crud.Elements[oneRouteModel](m.Routes) {
		if crud.Known(r.Destination, r.NextHop) {
			out = append(out, openstack.Route{Destination: r.Destination.ValueString(), NextHop: r.NextHop.ValueString()})
		}
	}
	return out
}

// with returns the model of a router's routes. One that is written in another text stays as it is written.
func (m routerRoutesModel) with(routes []openstack.Route) routerRoutesModel {
	written := m.routes()
	kept := slices.Clone(routes)
	for i, r := range kept {
		if at := slices.IndexFunc(written, func(w openstack.Route) bool { return sdn.SameRoute(w, r) }); at >= 0 {
			kept[i] = written[at]
		}
	}
	m.ID, m.Routes = m.RouterID, routeSet(kept)
	return m
}

func routeSet(routes []openstack.Route) types.Set {
	out := make([]attr.Value, len(routes))
	for i, r := range routes {
		out[i] = types.ObjectValueMust(routeType.AttrTypes, map[string]attr.Value{"destination_cidr": types.StringValue(r.Destination),
			"next_hop": types.StringValue(r.NextHop)})
	}
	return types.SetValueMust(routeType, out)
}
