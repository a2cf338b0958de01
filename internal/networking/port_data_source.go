// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// PortData finds one port; PortsData lists ports with their age and who made them.
var (
	PortData  = crud.DataSource[sdn.Backend, portDataModel]{Name: "networking_port", Schema: portDataSchema, Read: readPortData}
	PortsData = crud.DataSource[sdn.Backend, portsModel]{Name: "networking_ports", Schema: portsSchema, Read: readPorts}
)

// portFacts returns the attributes of a port in data sources.
func portFacts() map[string]schema.Attribute {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	return map[string]schema.Attribute{
		"id":             text("The port's id."),
		"name":           text("The port's name."),
		"description":    text("What the port is for."),
		"network_id":     text("The id of its network."),
		"mac_address":    text("Its MAC address."),
		"device_id":      text("The id of the instance that has it, or had it; empty where it was never plugged in, or was unplugged."),
		"device_owner":   text("Who has it: `compute:nova` where an instance does, unless the port was made with another."),
		"status":         text("`ACTIVE` where an instance has it and it is up, else `DOWN`."),
		"admin_state_up": schema.BoolAttribute{MarkdownDescription: "`false`: nothing passes it.", Computed: true},
		"dns_name":       text("The host name of whoever has it."),
		"all_fixed_ips":  schema.ListAttribute{MarkdownDescription: "Its addresses.", Computed: true, ElementType: types.StringType},
		"all_security_group_ids": schema.SetAttribute{MarkdownDescription: "The ids of its security groups.", Computed: true,
			ElementType: types.StringType},
		"all_tags": schema.SetAttribute{MarkdownDescription: "Its tags.", Computed: true, ElementType: types.StringType},
		"implicit": schema.BoolAttribute{MarkdownDescription: "Whether it was made for an instance's `network` block, and goes " +
			"with the instance.", Computed: true},
		"created_at": text("When it was made, RFC 3339."),
		"created_by": text("Who made it: user and project."),
	}
}

type portFactsModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	NetworkID   types.String `tfsdk:"network_id"`
	MAC         types.String `tfsdk:"mac_address"`
	DeviceID    types.String `tfsdk:"device_id"`
	DeviceOwner types.String `tfsdk:"device_owner"`
	Status      types.String `tfsdk:"status"`
	AdminUp     types.Bool   `tfsdk:"admin_state_up"`
	DNSName     types.String `tfsdk:"dns_name"`
	AllFixedIPs types.List   `tfsdk:"all_fixed_ips"`
	AllGroups   types.Set    `tfsdk:"all_security_group_ids"`
	AllTags     types.Set    `tfsdk:"all_tags"`
	Implicit    types.Bool   `tfsdk:"implicit"`
	CreatedAt   types.String `tfsdk:"created_at"`
	CreatedBy   types.String `tfsdk:"created_by"`
}

func portFactsOf(p openstack.Port) portFactsModel {
	addresses := make([]string, len(p.FixedIPs))
	for i, ip := range p.FixedIPs {
		addresses[i] = ip.Address
	}
	f := portFactsModel{ID: types.StringValue(p.ID), Name: types.StringValue(p.Name), Description: types.StringValue(p.Description),
		NetworkID: types.StringValue(p.NetworkID), MAC: types.StringValue(p.MAC), DeviceID: types.StringValue(p.DeviceID),
		DNSName: types.StringValue(p.DNSName), AllFixedIPs: textList(addresses), AllTags: crud.SetOf(p.Tags), AllGroups: crud.SetOf(p.Groups),
		DeviceOwner: types.StringValue(deviceOwner(p)), Status: types.StringValue(portStatus(p)), AdminUp: types.BoolValue(!p.Down),
		Implicit: types.BoolValue(p.Implicit), CreatedAt: types.StringValue(""), CreatedBy: types.StringValue("")}
	if p.Mark != nil {
		f.CreatedAt, f.CreatedBy = types.StringValue(p.Mark.At.Format(time.RFC3339)), types.StringValue(p.Mark.By)
	}
	return f
}

// portStatus returns a port's status in Neutron's terms.
func portStatus(p openstack.Port) string {
	if p.DeviceID != "" && !p.Down {
		return "ACTIVE"
	}
	return "DOWN"
}

func portsSchema(context.Context) schema.Schema {
	filter := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true}
	}
	return schema.Schema{
		MarkdownDescription: "Lists ports, oldest first, of one network or of all. With `unplugged = true` it lists those that no instance " +
			"has: what a run that was killed has left over is among them, with its age and who made it, and can be imported or deleted.",
		Attributes: map[string]schema.Attribute{
			"id":         schema.StringAttribute{MarkdownDescription: "Always `ports`.", Computed: true},
			"region":     crud.DataRegion(),
			"network_id": filter("The id of their network. Unset: any network."),
			"name":       filter("Their name."),
			"device_id":  filter("The id of the instance that has them."),
			"tags": schema.SetAttribute{MarkdownDescription: "Tags that they must all have, among others.", Optional: true,
				ElementType: types.StringType},
			"unplugged": schema.BoolAttribute{MarkdownDescription: "`true`: only those that no instance has, be it that the one which is " +
				"written there is gone.", Optional: true},
			"ids": schema.ListAttribute{MarkdownDescription: "The ids of the ports that fit.", Computed: true, ElementType: types.StringType},
			"ports": schema.ListNestedAttribute{MarkdownDescription: "The ports that fit, in the same order.", Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: portFacts()}},
		},
	}
}

type portsModel struct {
	ID        types.String     `tfsdk:"id"`
	Region    types.String     `tfsdk:"region"`
	NetworkID types.String     `tfsdk:"network_id"`
	Name      types.String     `tfsdk:"name"`
	DeviceID  types.String     `tfsdk:"device_id"`
	Tags      types.Set        `tfsdk:"tags"`
	Unplugged types.Bool       `tfsdk:"unplugged"`
	IDs       []string         `tfsdk:"ids"`
	Ports     []portFactsModel `tfsdk:"ports"`
}

func readPorts(ctx context.Context, backend sdn.Backend, m portsModel) (portsModel, error) {
	all, err := backend.Ports(ctx, m.NetworkID.ValueString())
	if err != nil {
		return m, err
	}
	if m.Unplugged.ValueBool() {
		if all, err = backend.Unplugged(ctx, all); err != nil {
			return m, err
		}
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b openstack.Port) int { return made(a).Compare(made(b)) })
	m.ID, m.IDs, m.Ports = types.StringValue("ports"), []string{}, []portFactsModel{}
	for _, p := range all {
		if fitsText(m.Name, p.Name) && fitsText(m.DeviceID, p.DeviceID) && hasAll(p.Tags, crud.Strings(m.Tags)) {
			m.IDs, m.Ports = append(m.IDs, p.ID), append(m.Ports, portFactsOf(p))
		}
	}
	return m, nil
}

func made(p openstack.Port) time.Time {
	if p.Mark == nil {
		return time.Time{}
	}
	return p.Mark.At
}
