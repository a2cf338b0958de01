// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// RouterData finds one router.
var RouterData = crud.DataSource[sdn.Backend, routerDataModel]{Name: "networking_router", Schema: routerDataSchema, Read: readRouterData}

func routerDataSchema(context.Context) schema.Schema {
	list := func(text string, of attr.Type) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: text, Computed: true, ElementType: of}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one router, by its id or by all that is written. Like the resource it needs the provider's `routers`.",
		Attributes: map[string]schema.Attribute{
			"id":             schema.StringAttribute{MarkdownDescription: "The router's id.", Computed: true},
			"router_id":      askedText("The router's id."),
			"name":           askedText("The router's name."),
			"description":    askedText("What the router is for."),
			"admin_state_up": askedFlag("Whether the gateway is to forward packets."),
			"distributed":    askedFlag("As recorded."),
			"enable_snat":    askedFlag("Whether the gateway is to translate addresses. Null without an external network, unless it was written."),
			"flavor_id":      askedText("As recorded."),
			"status":         askedText("Always `ACTIVE`: what a gateway does is not told here."),
			"tags":           askedTags(),
			"all_tags":       schema.SetAttribute{MarkdownDescription: "The router's tags.", Computed: true, ElementType: types.StringType},
			"external_network_id": schema.StringAttribute{MarkdownDescription: "The id of the network that leads out, or empty.",
				Computed: true},
			"external_qos_policy_id": schema.StringAttribute{MarkdownDescription: "As recorded.", Computed: true},
			"external_fixed_ip": list("Objects with `subnet_id` and `ip_address`: all addresses of the router on the external network.",
				fixedIPType),
			"availability_zone_hints": list("As recorded.", types.StringType),
			"routes":                  list("Objects with `destination_cidr` and `next_hop`: its static routes.", routeType),
			"region":                  crud.DataRegion(),
			"tenant_id":               schema.StringAttribute{MarkdownDescription: "Accepted without effect: there are no tenants.", Optional: true},
		},
	}
}

type routerDataModel struct {
	ID                types.String `tfsdk:"id"`
	RouterID          types.String `tfsdk:"router_id"`
	Name              types.String `tfsdk:"name"`
	Description       types.String `tfsdk:"description"`
	AdminUp           types.Bool   `tfsdk:"admin_state_up"`
	Distributed       types.Bool   `tfsdk:"distributed"`
	SNAT              types.Bool   `tfsdk:"enable_snat"`
	FlavorID          types.String `tfsdk:"flavor_id"`
	Status            types.String `tfsdk:"status"`
	Tags              types.Set    `tfsdk:"tags"`
	AllTags           types.Set    `tfsdk:"all_tags"`
	ExternalNetworkID types.String `tfsdk:"external_network_id"`
	QoSPolicyID       types.String `tfsdk:"external_qos_policy_id"`
	ExternalIPs       types.List   `tfsdk:"external_fixed_ip"`
	Zones             types.List   `tfsdk:"availability_zone_hints"`
	Routes            types.List   `tfsdk:"routes"`
	Region            types.String `tfsdk:"region"`
	Tenant            types.String `tfsdk:"tenant_id"`
}

func readRouterData(ctx context.Context, backend sdn.Backend, m routerDataModel) (routerDataModel, error) {
	if err := planRouting(ctx, backend); err != nil {
		return m, err
	}
	r, err := findRouter(ctx, backend, m.fits, "that fits what is written")
	return m.with(r), err
}

// active is the status of every router, because the state of the physical gateway is unknown.
const active = "ACTIVE"

func (m routerDataModel) fits(r openstack.Router) bool {
	return fitsText(m.RouterID, r.ID) && fitsText(m.Name, r.Name) && fitsText(m.Description, r.Description) &&
		fitsText(m.FlavorID, r.FlavorID) &&
		fitsText(m.Status, active) && fits(m.AdminUp, !r.Down) && fits(m.Distributed, r.Distributed) &&
		(m.SNAT.IsNull() || m.SNAT.Equal(snatOf(r))) && hasAll(r.Tags, crud.Strings(m.Tags))
}

func snatOf(r openstack.Router) types.Bool {
	return translates(r.SNAT, types.StringValue(r.ExternalNetworkID))
}

func (m routerDataModel) with(r openstack.Router) routerDataModel {
	m.ID, m.RouterID, m.Name, m.Description = types.StringValue(r.ID), types.StringValue(r.ID), types.StringValue(r.Name),
		types.StringValue(r.Description)
	m.AdminUp, m.Distributed, m.SNAT, m.Status = types.BoolValue(!r.Down), types.BoolValue(r.Distributed), snatOf(r),
		types.StringValue(active)
	m.FlavorID, m.QoSPolicyID, m.ExternalNetworkID = types.StringValue(r.FlavorID), types.StringValue(r.QoSPolicyID),
		types.StringValue(r.ExternalNetworkID)
	m.AllTags, m.Zones, m.ExternalIPs, m.Routes = crud.SetOf(r.Tags), textList(r.Zones), fixedIPList(r.Addresses), routeList(r.Routes)
	return m
}
