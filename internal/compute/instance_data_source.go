// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// InstanceData finds one instance.
var InstanceData = crud.DataSource[*vcenter.Client, instanceDataModel]{Name: "compute_instance", Schema: instanceDataSchema,
	Read: readInstanceData}

func instanceDataSchema(context.Context) schema.Schema {
	text := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	chosen := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true}
	}
	attributes := factAttributes()
	attributes["id"] = chosen("The instance's UUID. One of `id` and `name` is needed.")
	attributes["name"] = chosen("The instance's name. By it alone an instance of the provider's own project is found.")
	attributes["region"] = crud.DataRegion()
	attributes["user_data"] = text("What the instance was made with, decoded. Empty where there was none, where the guest has removed it, " +
		"and where it was given by `user_data_wo`.")
	attributes["all_metadata"] = schema.MapAttribute{MarkdownDescription: "The same as `metadata`.", Computed: true,
		ElementType: types.StringType}
	attributes["all_tags"] = schema.SetAttribute{MarkdownDescription: "The same as `tags`.", Computed: true, ElementType: types.StringType}
	attributes["security_groups"] = schema.SetAttribute{MarkdownDescription: "The instance's security groups.", Computed: true,
		ElementType: types.StringType}
	attributes["config_drive"] = schema.BoolAttribute{MarkdownDescription: "Whether it was made with a config drive.", Computed: true}
	attributes["network"] = schema.ListNestedAttribute{MarkdownDescription: "The instance's NICs: those of its blocks in their order, then " +
		"those that were attached.", Computed: true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"uuid":           text("The network's id."),
			"name":           text("The network's name."),
			"port":           text("The port's id."),
			"mac":            text("The NIC's address."),
			"fixed_ip_v4":    text("The first IPv4 address that the guest reports on this NIC."),
			"fixed_ip_v6":    text("The first IPv6 address that the guest reports on this NIC."),
			"access_network": schema.BoolAttribute{MarkdownDescription: "Whether `access_ip_v4` and `access_ip_v6` are this NIC's.", Computed: true},
			"attached": schema.BoolAttribute{MarkdownDescription: "Whether it was attached, and is none of the instance's own blocks.",
				Computed: true},
		}}}
	return schema.Schema{
		MarkdownDescription: "Finds an instance by its id, or by its name in the provider's own project. Of a machine that this provider did " +
			"not make it shows what the VM itself says.",
		Attributes: attributes,
	}
}

type instanceDataModel struct {
	instanceFacts
	Region         types.String       `tfsdk:"region"`
	UserData       types.String       `tfsdk:"user_data"`
	AllMetadata    types.Map          `tfsdk:"all_metadata"`
	AllTags        types.Set          `tfsdk:"all_tags"`
	SecurityGroups types.Set          `tfsdk:"security_groups"`
	ConfigDrive    types.Bool         `tfsdk:"config_drive"`
	Network        []networkDataModel `tfsdk:"network"`
}

type networkDataModel struct {
	UUID     string `tfsdk:"uuid"`
	Name     string `tfsdk:"name"`
	Port     string `tfsdk:"port"`
	MAC      string `tfsdk:"mac"`
	FixedV4  string `tfsdk:"fixed_ip_v4"`
	FixedV6  string `tfsdk:"fixed_ip_v6"`
	Access   bool   `tfsdk:"access_network"`
	Attached bool   `tfsdk:"attached"`
}

func readInstanceData(ctx context.Context, client *vcenter.Client, m instanceDataModel) (instanceDataModel, error) {
	server, err := m.find(ctx, client)
	if err != nil {
		return m, err
	}
	id, name := m.ID, m.Name
	m.instanceFacts = factsOf(server)
	m.ID, m.Name = crud.Written(id, server.ID, id.ValueString()), crud.Written(name, server.Name, name.ValueString())
	if strings.EqualFold(id.ValueString(), server.ID) {
		m.ID = id // in its written form
	}
	m.UserData, m.ConfigDrive = types.StringValue(server.UserData), types.BoolValue(server.ConfigDrive)
	m.AllMetadata, m.AllTags, m.SecurityGroups = m.Metadata, m.Tags, crud.SetOf(server.SecurityGroups)
	m.Network = []networkDataModel{}
	for _, nic := range server.NICs {
		n := networkDataModel{UUID: nic.NetworkID, Port: nic.Port, MAC: nic.MAC, FixedV4: nic.Address(false), FixedV6: nic.Address(true),
			Access: nic.Access, Attached: nic.Attached}
		network, err := client.Networks.Network(ctx, nic.NetworkID, "")
		if err != nil && !errors.Is(err, openstack.ErrNotFound) {
			return m, err
		}
		if err == nil { // a network that is gone has an id and no name
			n.UUID, n.Name = network.ID, network.Name
		}
		m.Network = append(m.Network, n)
	}
	return m, nil
}

// find looks the instance up by its written id or name.
func (m instanceDataModel) find(ctx context.Context, client *vcenter.Client) (openstack.Server, error) {
	id, name := m.ID.ValueString(), m.Name.ValueString()
	if id == "" && name == "" {
		return openstack.Server{}, openstack.AttributeErrorf("id", "which instance? Write its id or its name")
	}
	if id == "" {
		server, err := client.Machines.ByName(ctx, name)
		if errors.Is(err, openstack.ErrNotFound) {
			err = openstack.AttributeErrorf("name", "%w", err)
		}
		return server, err
	}
	server, err := client.Machines.ByID(ctx, id)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return server, openstack.AttributeErrorf("id", "%w", err)
	case err == nil && name != "" && server.Name != name:
		return server, openstack.AttributeErrorf("name", "the instance %s is called %q, not %q: leave one of id and name out", id, server.Name,
			name)
	}
	return server, err
}
