// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// portFilter holds the search arguments for ports that are not facts about them.
type portFilter struct {
	placeFilter
	ProjectID types.String `tfsdk:"project_id"`
	FixedIP   types.String `tfsdk:"fixed_ip"`
	Groups    types.Set    `tfsdk:"security_group_ids"`
	Tags      types.Set    `tfsdk:"tags"`
}

func portFilters() map[string]schema.Attribute {
	attributes := placeFilters()
	maps.Copy(attributes, map[string]schema.Attribute{
		"project_id": attributes["tenant_id"],
		"fixed_ip":   schema.StringAttribute{MarkdownDescription: "An address that it must have.", Optional: true},
		"security_group_ids": schema.SetAttribute{MarkdownDescription: "Ids of security groups that it must all have, among others.",
			Optional: true, ElementType: types.StringType},
		"tags": askedTags(),
	})
	return attributes
}

func (f portFilter) fits(p openstack.Port) bool {
	has := func(ip openstack.FixedIP) bool { return ip.Address == f.FixedIP.ValueString() }
	return (f.FixedIP.ValueString() == "" || slices.ContainsFunc(p.FixedIPs, has)) && hasAll(p.Groups, crud.Strings(f.Groups)) &&
		hasAll(p.Tags, crud.Strings(f.Tags))
}

// askedOfPorts are the facts that a search may filter by.
var askedOfPorts = []string{"name", "description", "network_id", "mac_address", "device_id", "device_owner", "status", "dns_name",
	"admin_state_up"}

// askable returns the facts that a search may filter by as optional attributes; with told, unset ones are computed.
func askable(facts map[string]schema.Attribute, told bool) map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for _, name := range askedOfPorts {
		switch a := facts[name].(type) {
		case schema.StringAttribute:
			a.Optional, a.Computed = true, told
			out[name] = a
		case schema.BoolAttribute:
			a.Optional, a.Computed = true, told
			out[name] = a
		}
	}
	return out
}

// are reports whether a port matches the facts that are set.
func (f portFactsModel) are(p openstack.Port) bool {
	return fitsText(f.Name, p.Name) && fitsText(f.Description, p.Description) && fitsText(f.NetworkID, p.NetworkID) &&
		fitsFold(f.MAC, p.MAC) &&
		fitsText(f.DeviceID, p.DeviceID) && fitsText(f.DeviceOwner, deviceOwner(p)) && fitsText(f.Status, portStatus(p)) &&
		fitsText(f.DNSName, p.DNSName) &&
		fits(f.AdminUp, !p.Down)
}

func portDataSchema(context.Context) schema.Schema {
	attributes := portFacts()
	maps.Copy(attributes, askable(attributes, true))
	maps.Copy(attributes, portFilters())
	maps.Copy(attributes, map[string]schema.Attribute{
		"port_id": askedText("The port's id."),
		"allowed_address_pairs": schema.SetAttribute{MarkdownDescription: "Objects with `ip_address` and `mac_address`: what its guest may " +
			"use besides its own.", Computed: true,
			ElementType: pairType},
		"binding": schema.ListAttribute{MarkdownDescription: "One object with `vnic_type` (`normal`), and with `host_id`, `profile`, " +
			"`vif_type` and `vif_details`, which are empty.",
			Computed: true, ElementType: bindingType},
		"dns_assignment": schema.ListAttribute{MarkdownDescription: "`hostname`, `fqdn` and `ip_address` of each address, where `dns_name` " +
			"is set.", Computed: true, ElementType: dnsAssignmentType},
		"extra_dhcp_option": schema.ListAttribute{MarkdownDescription: "Always empty: a vCenter serves no DHCP.", Computed: true,
			ElementType: dhcpOptionType},
	})
	return schema.Schema{MarkdownDescription: "Finds one port, by its id or by all that is written.", Attributes: attributes}
}

type portDataModel struct {
	portFactsModel
	portFilter
	PortID        types.String `tfsdk:"port_id"`
	Pairs         types.Set    `tfsdk:"allowed_address_pairs"`
	Binding       types.List   `tfsdk:"binding"`
	DNSAssignment types.List   `tfsdk:"dns_assignment"`
	DHCPOptions   types.List   `tfsdk:"extra_dhcp_option"`
}

func readPortData(ctx context.Context, backend sdn.Backend, m portDataModel) (portDataModel, error) {
	m.warn(ctx, backend.Planned(), m.ProjectID)
	all, err := backend.Ports(ctx, m.NetworkID.ValueString())
	if err != nil {
		return m, err
	}
	p, err := only(all, func(p openstack.Port) bool { return fitsText(m.PortID, p.ID) && m.are(p) && m.fits(p) },
		"port", "that fits what is written", func(p openstack.Port) string { return p.ID })
	shown := portModel{}.withExtras(p)
	mac := m.MAC
	m.portFactsModel, m.PortID, m.Pairs = portFactsOf(p), types.StringValue(p.ID), pairSet(p.AllowedPairs)
	m.MAC = written(mac, p.MAC)
	m.Binding, m.DNSAssignment, m.DHCPOptions = shown.Binding, shown.DNSAssignment, types.ListValueMust(dhcpOptionType, []attr.Value{})
	return m, err
}

// PortIDsData lists the ids of ports.
var PortIDsData = crud.DataSource[sdn.Backend, portIDsModel]{Name: "networking_port_ids", Schema: portIDsSchema, Read: readPortIDs}

func portIDsSchema(context.Context) schema.Schema {
	attributes := askable(portFacts(), false)
	maps.Copy(attributes, portFilters())
	maps.Copy(attributes, sortFilters(portKeys.Names()))
	attributes["id"] = schema.StringAttribute{MarkdownDescription: "Always `ports`.", Computed: true}
	attributes["ids"] = schema.ListAttribute{MarkdownDescription: "The ids of the ports that fit.", Computed: true,
		ElementType: types.StringType}
	return schema.Schema{MarkdownDescription: "Lists the ids of ports, of one network or of all. All that is written must fit. " +
		"`novasphere_networking_ports` tells more of each, and finds those that no instance has.", Attributes: attributes}
}

// portKeys are the sort keys of a list of ports, under Neutron's names.
var portKeys = crud.SortKeys[openstack.Port]{
	"id":             func(p openstack.Port) string { return p.ID },
	"name":           func(p openstack.Port) string { return p.Name },
	"description":    func(p openstack.Port) string { return p.Description },
	"network_id":     func(p openstack.Port) string { return p.NetworkID },
	"mac_address":    func(p openstack.Port) string { return p.MAC },
	"device_id":      func(p openstack.Port) string { return p.DeviceID },
	"device_owner":   deviceOwner,
	"status":         portStatus,
	"admin_state_up": func(p openstack.Port) string { return strconv.FormatBool(!p.Down) },
}

type portIDsModel struct {
	portFilter
	sortFilter
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	NetworkID   types.String `tfsdk:"network_id"`
	MAC         types.String `tfsdk:"mac_address"`
	DeviceID    types.String `tfsdk:"device_id"`
	DeviceOwner types.String `tfsdk:"device_owner"`
	Status      types.String `tfsdk:"status"`
	DNSName     types.String `tfsdk:"dns_name"`
	AdminUp     types.Bool   `tfsdk:"admin_state_up"`
	IDs         []string     `tfsdk:"ids"`
}

func readPortIDs(ctx context.Context, backend sdn.Backend, m portIDsModel) (portIDsModel, error) {
	m.warn(ctx, backend.Planned(), m.ProjectID)
	all, err := backend.Ports(ctx, m.NetworkID.ValueString())
	if err != nil {
		return m, err
	}
	all = slices.Clone(all)
	if err := portKeys.Sort(all, m.Key, m.Direction); err != nil {
		return m, err
	}
	asked := portFactsModel{Name: m.Name, Description: m.Description, NetworkID: m.NetworkID, MAC: m.MAC, DeviceID: m.DeviceID,
		DeviceOwner: m.DeviceOwner, Status: m.Status, DNSName: m.DNSName, AdminUp: m.AdminUp}
	m.ID, m.IDs = types.StringValue("ports"), []string{}
	for _, p := range all {
		if asked.are(p) && m.fits(p) {
			m.IDs = append(m.IDs, p.ID)
		}
	}
	return m, nil
}
