// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// VolumeTypeData finds one type of volumes: a storage policy.
var VolumeTypeData = crud.DataSource[*vcenter.Client, typeModel]{Name: "blockstorage_volume_type", Schema: typeSchema, Read: readType,
	Validators: []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(path.MatchRoot("name"), path.MatchRoot("volume_type_id"))}}

// profileSpec is the extra spec by which Cinder's driver for vSphere names a storage policy.
const profileSpec = "vmware:storage_profile"

func typeSchema(context.Context) schema.Schema {
	list := func(description string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one type of volumes: a storage policy of the vCenter, whose name is what `volume_type` takes. Policies are " +
			"made in the vSphere client, and not by this provider. Not known to the OpenStack provider.",
		Attributes: map[string]schema.Attribute{
			"id":             schema.StringAttribute{MarkdownDescription: "The policy's id.", Computed: true},
			"volume_type_id": schema.StringAttribute{MarkdownDescription: "Look for this id.", Optional: true},
			"name":           schema.StringAttribute{MarkdownDescription: "The policy's name.", Optional: true, Computed: true},
			"region":         crud.DataRegion(),
			"description":    schema.StringAttribute{MarkdownDescription: "What the policy is for.", Computed: true},
			"is_public":      schema.BoolAttribute{MarkdownDescription: "Always `true`: a vCenter shows policies to all or none.", Computed: true},
			"extra_specs": schema.MapAttribute{MarkdownDescription: "What the policy asks for, by the names of its rules, for example " +
				"`VSAN.hostFailuresToTolerate`, and its name as `" + profileSpec + "`, as Cinder's driver for vSphere has it.", Computed: true,
				ElementType: types.StringType},
			"datastores":         list("The names of the datastores that satisfy the policy, of all zones, sorted."),
			"availability_zones": list("The zones that have such a datastore, sorted."),
		},
	}
}

type typeModel struct {
	ID          types.String      `tfsdk:"id"`
	TypeID      types.String      `tfsdk:"volume_type_id"`
	Name        types.String      `tfsdk:"name"`
	Region      types.String      `tfsdk:"region"`
	Description types.String      `tfsdk:"description"`
	IsPublic    types.Bool        `tfsdk:"is_public"`
	ExtraSpecs  map[string]string `tfsdk:"extra_specs"`
	Datastores  []string          `tfsdk:"datastores"`
	Zones       []string          `tfsdk:"availability_zones"`
}

func readType(ctx context.Context, client *vcenter.Client, m typeModel) (typeModel, error) {
	found, err := m.find(ctx, client)
	if err != nil {
		return m, err
	}
	m.Datastores, m.Zones = []string{}, []string{}
	for _, zone := range client.Inventory.Zones() {
		names, err := client.Inventory.DatastoresOf(ctx, zone, found.Name)
		if err != nil {
			return m, err
		}
		if m.Datastores = append(m.Datastores, names...); len(names) > 0 {
			m.Zones = append(m.Zones, zone)
		}
	}
	slices.Sort(m.Datastores)
	m.Datastores = slices.Compact(m.Datastores)
	return m.with(found), nil
}

// find finds the policy that is asked for.
func (m typeModel) find(ctx context.Context, client *vcenter.Client) (openstack.VolumeType, error) {
	all, err := client.Inventory.VolumeTypes(ctx)
	if err != nil {
		return openstack.VolumeType{}, err
	}
	id, name := m.TypeID.ValueString(), m.Name.ValueString()
	var there []string
	for _, one := range all {
		if (id == "" || one.ID == id) && (name == "" || one.Name == name) {
			return one, nil
		}
		there = append(there, fmt.Sprintf("%q (%s)", one.Name, one.ID))
	}
	argument, asked := "name", name
	if id != "" {
		argument, asked = "volume_type_id", id
	}
	return openstack.VolumeType{}, openstack.AttributeErrorf(argument, "%w", openstack.NotFound("the vCenter has no storage policy %q: it "+
		"has %s", asked, strings.Join(there, ", ")))
}

// with returns the model of a policy.
func (m typeModel) with(t openstack.VolumeType) typeModel {
	m.ID, m.Name, m.Description = types.StringValue(t.ID), types.StringValue(t.Name), types.StringValue(t.Description)
	m.IsPublic, m.ExtraSpecs = types.BoolValue(true), map[string]string{profileSpec: t.Name}
	for rule, value := range t.Rules {
		m.ExtraSpecs[rule] = value
	}
	return m
}
