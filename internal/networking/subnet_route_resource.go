// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"net/netip"
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

// SubnetRoute is the resource of a route for a subnet's guests, managed apart from the subnet.
var SubnetRoute = crud.Resource[sdn.Backend, subnetRouteModel]{
	Name: "networking_subnet_route", Schema: subnetRouteSchema, Check: checkSubnetRoute, Plan: planSubnetRoute,
	PlanUnconfigured: planSubnetRoute, Create: createSubnetRoute, Read: readSubnetRoute, Delete: deleteSubnetRoute, Import: importSubnetRoute,
}

type subnetRouteRequest = *crud.Request[sdn.Backend, subnetRouteModel]

func subnetRouteSchema(context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Required: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
	}
	return schema.Schema{
		MarkdownDescription: "A route that the guests of a subnet are told, beside those of the subnet's own `host_route` blocks. Instances " +
			"that are there already are told at their next change of addresses. Every change replaces it.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The subnet's id, the destination and the next hop, as in " +
				"`<subnet>-route-<destination>-<next hop>`.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"subnet_id":        text("The id of the subnet."),
			"destination_cidr": text("The range of addresses that it leads to."),
			"next_hop":         text("The neighbour that it leads by."),
			"region":           crud.Region(),
		},
	}
}

type subnetRouteModel struct {
	ID          types.String `tfsdk:"id"`
	SubnetID    types.String `tfsdk:"subnet_id"`
	Destination types.String `tfsdk:"destination_cidr"`
	NextHop     types.String `tfsdk:"next_hop"`
	Region      types.String `tfsdk:"region"`
}

// planSubnetRoute repeats the checks for values that were unknown at validate, and checks an existing subnet for a second default route.
func planSubnetRoute(ctx context.Context, req subnetRouteRequest) error {
	backend, plan, state := req.Client, req.Plan, req.State
	if err := checkSubnetRoute(*plan); err != nil || state != nil || backend == nil ||
		!crud.Known(plan.SubnetID, plan.Destination, plan.NextHop) {
		return err
	}
	s, err := subnetByID(ctx, backend, plan.SubnetID.ValueString())
	if err != nil {
		return openstack.AttributeErrorf("subnet_id", "%w", err)
	}
	for _, changed := range backend.Planned().Subnets.At(s.NetworkID) {
		if changed.ID == s.ID {
			s = changed
		}
	}
	return atHop(sdn.CheckDefault(s, plan.route()))
}

// atHop converts an error to one about next_hop.
func atHop(err error) error {
	if err == nil {
		return nil
	}
	return openstack.AttributeErrorf("next_hop", "%w", err)
}

// checkSubnetRoute refuses an invalid route.
func checkSubnetRoute(plan subnetRouteModel) error {
	if !crud.Known(plan.Destination, plan.NextHop) {
		return nil
	}
	if _, err := sdn.ParseCIDR(plan.Destination.ValueString()); err != nil {
		return openstack.AttributeErrorf("destination_cidr", "%w", err)
	}
	if _, err := netip.ParseAddr(plan.NextHop.ValueString()); err != nil {
		return openstack.AttributeErrorf("next_hop", "%q is not an IP address", plan.NextHop.ValueString())
	}
	return nil
}

func createSubnetRoute(ctx context.Context, req subnetRouteRequest) (*subnetRouteModel, error) {
	backend, m := req.Client, *req.Plan
	home, err := subnetByID(ctx, backend, m.SubnetID.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf("subnet_id", "%w", err)
	}
	prefix, err := netip.ParsePrefix(home.CIDR)
	if err != nil {
		return nil, err
	}
	if err := sdn.CheckRoute(m.route(), prefix); err != nil {
		return nil, openstack.AttributeErrorf("next_hop", "%w", err)
	}
	_, err = backend.UpdateSubnet(ctx, home.NetworkID, home.ID, func(s *openstack.Subnet) error {
		if slices.ContainsFunc(s.Routes, m.is) {
			return openstack.AttributeErrorf("destination_cidr", "the subnet %s has that route already: remove its host_route block, where it "+
				"has one. %s",
				s.ID,
				openstack.ImportHint("novasphere_networking_subnet_route", m.id()))
		}
		if err := sdn.CheckDefault(*s, m.route()); err != nil {
			return atHop(err)
		}
		s.Routes = append(s.Routes, m.route())
		return nil
	})
	if err != nil {
		return nil, err
	}
	m.ID = types.StringValue(m.id())
	return &m, nil
}

func readSubnetRoute(ctx context.Context, req subnetRouteRequest) (*subnetRouteModel, error) {
	backend, m := req.Client, *req.State
	s, err := subnetByID(ctx, backend, m.SubnetID.ValueString())
	if err == nil && !slices.ContainsFunc(s.Routes, m.is) {
		err = openstack.NotFound("the subnet %s has no route to %s by %s", s.ID, m.Destination.ValueString(), m.NextHop.ValueString())
	}
	m.ID = types.StringValue(m.id())
	return crud.Result(m, err)
}

func deleteSubnetRoute(ctx context.Context, req subnetRouteRequest) error {
	backend, m := req.Client, *req.State
	s, err := subnetByID(ctx, backend, m.SubnetID.ValueString())
	if err != nil {
		return err
	}
	_, err = backend.UpdateSubnet(ctx, s.NetworkID, s.ID, func(s *openstack.Subnet) error {
		s.Routes = slices.DeleteFunc(s.Routes, func(r openstack.Route) bool { return r.Apart && m.is(r) })
		return nil
	})
	return err
}

// importSubnetRoute accepts "<subnet>-route-<destination>-<next hop>", like the OpenStack provider.
func importSubnetRoute(ctx context.Context, req subnetRouteRequest) (*subnetRouteModel, error) {
	id := req.ID
	subnet, rest, ok := strings.Cut(id, "-route-")
	cut := strings.LastIndex(rest, "-")
	if !ok || cut < 0 {
		return nil, openstack.AttributeErrorf("id", "%q is not the id of a route: write <subnet>-route-<destination>-<next hop>", id)
	}
	req.State = &subnetRouteModel{SubnetID: types.StringValue(subnet), Destination: types.StringValue(rest[:cut]),
		NextHop: types.StringValue(rest[cut+1:])}
	return readSubnetRoute(ctx, req)
}

func subnetByID(ctx context.Context, backend sdn.Backend, id string) (openstack.Subnet, error) {
	return findSubnet(ctx, backend, func(s openstack.Subnet) bool { return s.ID == id }, "with the id "+id)
}

func (m subnetRouteModel) route() openstack.Route {
	return openstack.Route{Destination: m.Destination.ValueString(), NextHop: m.NextHop.ValueString(), Apart: true}
}

func (m subnetRouteModel) is(r openstack.Route) bool {
	return r.Destination == m.Destination.ValueString() && r.NextHop == m.NextHop.ValueString()
}

func (m subnetRouteModel) id() string {
	return m.SubnetID.ValueString() + "-route-" + m.Destination.ValueString() + "-" + m.NextHop.ValueString()
}
