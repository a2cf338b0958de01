// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// FloatingIPData finds one floating IP.
var FloatingIPData = crud.DataSource[sdn.Backend, floatingIPDataModel]{Name: "networking_floatingip", Schema: floatingIPDataSchema,
	Read: readFloatingIPData}

func floatingIPDataSchema(context.Context) schema.Schema {
	place := placeFilters()
	return schema.Schema{
		MarkdownDescription: "Finds one floating IP by all that is written. Like the resource it needs the provider's `routers`.",
		Attributes: map[string]schema.Attribute{
			"id":          schema.StringAttribute{MarkdownDescription: "The floating IP's id.", Computed: true},
			"address":     askedText("Its address."),
			"description": askedText("What it is for."),
			"pool":        askedText("The external network: its id or its name. Unset, it tells the id."),
			"port_id":     askedText("The id of the port that it leads to; null without one."),
			"fixed_ip":    askedText("The address of that port; null without one."),
			"status":      askedText("`ACTIVE` where it leads to a port or has forwardings, else `DOWN`."),
			"tags":        askedTags(),
			"all_tags":    schema.SetAttribute{MarkdownDescription: "Its tags.", Computed: true, ElementType: types.StringType},
			"dns_name":    schema.StringAttribute{MarkdownDescription: "Its host name, as recorded.", Computed: true},
			"dns_domain":  schema.StringAttribute{MarkdownDescription: "The domain of its name, as recorded.", Computed: true},
			"region":      place["region"],
			"tenant_id":   place["tenant_id"],
		},
	}
}

type floatingIPDataModel struct {
	placeFilter
	ID          types.String `tfsdk:"id"`
	Address     types.String `tfsdk:"address"`
	Description types.String `tfsdk:"description"`
	Pool        types.String `tfsdk:"pool"`
	PortID      types.String `tfsdk:"port_id"`
	FixedIP     types.String `tfsdk:"fixed_ip"`
	Status      types.String `tfsdk:"status"`
	Tags        types.Set    `tfsdk:"tags"`
	AllTags     types.Set    `tfsdk:"all_tags"`
	DNSName     types.String `tfsdk:"dns_name"`
	DNSDomain   types.String `tfsdk:"dns_domain"`
}

func readFloatingIPData(ctx context.Context, backend sdn.Backend, m floatingIPDataModel) (floatingIPDataModel, error) {
	if err := backend.CheckFloatingIPs(); err != nil {
		return m, err
	}
	m.warn(ctx, backend.Planned())
	all, err := backend.FloatingIPs(ctx, "")
	if err != nil {
		return m, err
	}
	pool := m.Pool.ValueString()
	if pool != "" {
		n, err := poolNetwork(ctx, backend, pool)
		if err != nil {
			return m, err
		}
		pool = n.ID
	}
	f, err := sole(all, func(f openstack.FloatingIP) bool { return m.fits(f, pool) }, "floating IP",
		func(f openstack.FloatingIP) string { return f.ID + " (" + f.Address + ")" })
	return m.with(f), err
}

// down is the status of a floating IP that leads nowhere.
const down = "DOWN"

func status(f openstack.FloatingIP) string {
	if f.PortID == "" && f.RouterID == "" {
		return down
	}
	return active
}

func (m floatingIPDataModel) fits(f openstack.FloatingIP, network string) bool {
	return fitsText(m.Address, f.Address) && fitsText(m.Description, f.Description) && (network == "" || network == f.NetworkID) &&
		fitsText(m.PortID, f.PortID) && fitsText(m.FixedIP, f.FixedIP) && fitsText(m.Status, status(f)) &&
		hasAll(f.Tags, crud.Strings(m.Tags))
}

func (m floatingIPDataModel) with(f openstack.FloatingIP) floatingIPDataModel {
	m.ID, m.Address, m.Description = types.StringValue(f.ID), types.StringValue(f.Address), types.StringValue(f.Description)
	m.Pool, m.Status = written(m.Pool, f.NetworkID), types.StringValue(status(f))
	m.PortID, m.FixedIP = leads(m.PortID, f.PortID), leads(m.FixedIP, f.FixedIP)
	m.AllTags, m.DNSName, m.DNSDomain = crud.SetOf(f.Tags), types.StringValue(f.DNSName), types.StringValue(f.DNSDomain)
	return m
}
