// SPDX-License-Identifier: MPL-2.0

// Package networking implements the resources and data sources of the network service.
package networking

import (
	"cmp"
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// NetworkData finds one network: a portgroup of a distributed or standard switch, or an opaque network.
var NetworkData = crud.DataSource[networkLookup, networkDataModel]{
	Name: "networking_network", Schema: networkDataSchema, Read: readNetworkData,
	Validators: []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(networkQuestions()...)},
}

// networkLookup finds networks in the vCenter or in OpenStack.
type networkLookup struct {
	here   sdn.Backend
	client *vcenter.Client
}

// NewNetworkLookup returns the client of the data source.
func NewNetworkLookup(client *vcenter.Client, here sdn.Backend) any {
	return networkLookup{here, client}
}

func networkDataSchema(context.Context) schema.Schema {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one network of the datacenter: a portgroup of a distributed switch, a portgroup of the hosts' standard " +
			"switches, a segment of NSX, or an opaque network; or a network of OpenStack, which no instance here can be plugged into. A segment " +
			"is one network, however many portgroups the vCenter shows for it. A name that several networks have is an error that lists them; " +
			"uplink portgroups are never found.",
		Attributes: crud.Sourced(searchable(map[string]schema.Attribute{
			"id": text("The network's id: its managed object id, a segment's id in NSX, or the id that OpenStack has for it."),
			"network_id": schema.StringAttribute{MarkdownDescription: "The network's id, or a portgroup's key; of a segment also the managed " +
				"object id of one of its portgroups.", Optional: true,
				Computed: true},
			"name": schema.StringAttribute{MarkdownDescription: "The network's name.", Optional: true, Computed: true},
			"switch": schema.StringAttribute{MarkdownDescription: "The name of the distributed switch that it is on, where " +
				"several switches have a network of the name. Not in OpenStack.", Optional: true},
			"description": text("The portgroup's description."),
			"dns_domain":  text("The domain of its instances' names."),
			"external": schema.BoolAttribute{MarkdownDescription: "Whether it is a way out: marked as one, or OpenStack says so.",
				Computed: true},
			"mtu": schema.Int64Attribute{MarkdownDescription: "The largest frame in bytes, as its switch is set; 0 where that " +
				"is not known.", Computed: true},
			"port_security_enabled": schema.BoolAttribute{MarkdownDescription: "`false` where the portgroup allows promiscuous mode, forged " +
				"transmits or changes of MAC addresses. Null in OpenStack.", Computed: true},
			"transparent_vlan": schema.BoolAttribute{MarkdownDescription: "Whether it carries every VLAN.", Computed: true},
			"tags":             schema.SetAttribute{MarkdownDescription: "The network's tags.", Computed: true, ElementType: types.StringType},
			"managed": schema.BoolAttribute{MarkdownDescription: "Whether this provider made it. What it did not make it never " +
				"deletes.", Computed: true},
			"admin_state_up": text("`false` where every port of the portgroup is blocked, else `true`."),
			"shared": text("Always `true`: everyone who may see a network in the vCenter may use it, as far as his permissions " +
				"go. Null in OpenStack."),
			"status": text("Always `ACTIVE`. Null in OpenStack."),
			"segments": schema.SetAttribute{MarkdownDescription: "What lies under the network: one object with `network_type` (`vlan`, `flat`, " +
				"`trunk`, `geneve`, `l3_ext` for a tier-0 gateway of NSX, or `opaque` for what only NSX could tell: an opaque network, and a " +
				"segment while the provider has no block `nsx`), `physical_network` (the name of the distributed switch, of the transport zone or of " +
				"the tier-0) and `segmentation_id` (the VLAN; null where there is none to know).",
				Computed: true, ElementType: segmentType},
		})),
	}
}

type networkDataModel struct {
	networkSearch
	ID           types.String `tfsdk:"id"`
	NetworkID    types.String `tfsdk:"network_id"`
	Name         types.String `tfsdk:"name"`
	Switch       types.String `tfsdk:"switch"`
	Description  types.String `tfsdk:"description"`
	DNSDomain    types.String `tfsdk:"dns_domain"`
	External     types.Bool   `tfsdk:"external"`
	MTU          types.Int64  `tfsdk:"mtu"`
	PortSecurity types.Bool   `tfsdk:"port_security_enabled"`
	Transparent  types.Bool   `tfsdk:"transparent_vlan"`
	Tags         types.Set    `tfsdk:"tags"`
	Managed      types.Bool   `tfsdk:"managed"`
	AdminStateUp types.String `tfsdk:"admin_state_up"`
	Shared       types.String `tfsdk:"shared"`
	Status       types.String `tfsdk:"status"`
	Segments     types.Set    `tfsdk:"segments"`
	Source       types.String `tfsdk:"source"`
	FoundIn      types.String `tfsdk:"found_in"`
}

func readNetworkData(ctx context.Context, lookup networkLookup, m networkDataModel) (networkDataModel, error) {
	m.warn(ctx, lookup.here.Planned())
	n, in, err := openstack.Lookup(m.Source.ValueString(), lookup.client.Config.Cloud,
		func() (openstack.Network, error) { return m.searchHere(ctx, lookup.here) },
		func() (openstack.Network, error) { return m.searchThere(ctx, lookup) })
	if err != nil {
		return m, err
	}
	var subnets []openstack.Subnet
	if in != openstack.SourceOpenStack {
		if subnets, err = lookup.here.Subnets(ctx, n.ID); err != nil {
			return m, err
		}
	}
	found := networkDataModel{Source: m.Source, FoundIn: types.StringValue(in)}.with(n).kept(m, subnets)
	if in == openstack.SourceOpenStack { // these are not fetched from OpenStack
		found.PortSecurity, found.Shared, found.Status, found.Subnets = types.BoolNull(), types.StringNull(), types.StringNull(),
			types.ListNull(types.StringType)
	}
	return found, nil
}

func (m networkDataModel) with(n openstack.Network) networkDataModel {
	m.ID, m.NetworkID, m.Name, m.Description = types.StringValue(n.ID), types.StringValue(n.ID), types.StringValue(n.Name),
		types.StringValue(n.Description)
	m.AdminStateUp, m.Shared, m.Status = types.StringValue(strconv.FormatBool(n.AdminUp)), types.StringValue("true"),
		types.StringValue("ACTIVE")
	m.DNSDomain, m.External, m.MTU = types.StringValue(n.DNSDomain), types.BoolValue(n.External), types.Int64Value(n.MTU)
	m.PortSecurity, m.Transparent, m.Tags, m.Managed = types.BoolValue(!n.Insecure), types.BoolValue(n.Trunk), crud.SetOf(n.Tags),
		types.BoolValue(n.Mark != nil)
	vlan := types.Int64Value(n.VLAN)
	if n.Overlay || n.Kind == openstack.NetworkExternal {
		vlan = types.Int64Null()
	}
	m.Segments = types.SetValueMust(segmentType, []attr.Value{types.ObjectValueMust(segmentType.AttrTypes, map[string]attr.Value{
		"network_type": types.StringValue(segmentKind(n)), "physical_network": types.StringValue(cmp.Or(n.Zone, n.SwitchName)),
		"segmentation_id": vlan,
	})})
	return m
}

func segmentKind(n openstack.Network) string {
	switch {
	case n.Kind == openstack.NetworkExternal:
		return openstack.SegmentL3Ext
	case n.Overlay:
		return openstack.SegmentGeneve
	case n.Kind == openstack.NetworkOpaque || n.Kind == openstack.NetworkSegment && n.Zone == "":
		return "opaque"
	case n.Trunk:
		return "trunk"
	case n.VLAN != 0:
		return openstack.SegmentVLAN
	}
	return openstack.SegmentFlat
}
