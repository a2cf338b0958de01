// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// VolumesData lists the volumes of the vCenter.
var VolumesData = crud.DataSource[*vcenter.Client, volumesModel]{Name: "blockstorage_volumes", Schema: volumesSchema, Read: readVolumes}

func volumesSchema(context.Context) schema.Schema {
	text := func(description string, of ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: of}
	}
	return schema.Schema{
		MarkdownDescription: "Lists the volumes of the vCenter, sorted by name. All that is written must fit. With `managed = true` and " +
			"`status = \"available\"` it shows what this provider has made and no instance has: volumes that a killed apply has left, or whose " +
			"instance was destroyed, are among them, beside those that another state has. Not known to the OpenStack provider.",
		Attributes: map[string]schema.Attribute{
			"id":         schema.StringAttribute{MarkdownDescription: "Always `volumes`.", Computed: true},
			"region":     crud.DataRegion(),
			"name_regex": text("A regular expression (RE2) that the names must match."),
			"status": text("`available`, or `in-use` where an instance below the provider's folder has the volume.",
				stringvalidator.OneOf(statusAvailable, statusInUse)),
			"availability_zone": text("The zone that they were made in."),
			"volume_type":       text("The storage policy that they were made with or last given."),
			"metadata": schema.MapAttribute{MarkdownDescription: "Keys and values that they must all have, among others.", Optional: true,
				ElementType: types.StringType},
			"managed": schema.BoolAttribute{MarkdownDescription: "Whether this provider made them.", Optional: true},
			"ids": schema.ListAttribute{MarkdownDescription: "The ids of the volumes that fit.", Computed: true,
				ElementType: types.StringType},
			"names": schema.ListAttribute{MarkdownDescription: "Their names, in the same order.", Computed: true,
				ElementType: types.StringType},
			"volumes": schema.ListAttribute{MarkdownDescription: "What is known of them, in the same order: `id`, `name`, `size` (GiB), " +
				"`status`, `availability_zone`, `volume_type`, `datastore`, `managed`, `made_by` (who made it, as the provider is configured " +
				"there), `created_at` (RFC 3339) and `instance_ids`.", Computed: true, ElementType: listedType},
		},
	}
}

var listedType = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "name": types.StringType,
	"size": types.Int64Type, "status": types.StringType, "availability_zone": types.StringType, "volume_type": types.StringType,
	"datastore": types.StringType, "managed": types.BoolType, "made_by": types.StringType, "created_at": types.StringType,
	"instance_ids": types.ListType{ElemType: types.StringType}}}

type volumesModel struct {
	ID        types.String `tfsdk:"id"`
	Region    types.String `tfsdk:"region"`
	NameRegex types.String `tfsdk:"name_regex"`
	Status    types.String `tfsdk:"status"`
	Zone      types.String `tfsdk:"availability_zone"`
	Type      types.String `tfsdk:"volume_type"`
	Metadata  types.Map    `tfsdk:"metadata"`
	Managed   types.Bool   `tfsdk:"managed"`
	IDs       types.List   `tfsdk:"ids"`
	Names     types.List   `tfsdk:"names"`
	Volumes   types.List   `tfsdk:"volumes"`
}

func readVolumes(ctx context.Context, client *vcenter.Client, m volumesModel) (volumesModel, error) {
	name, err := regexp.Compile(m.NameRegex.ValueString())
	if err != nil {
		return m, openstack.AttributeErrorf("name_regex", "%q is not a regular expression: %w", m.NameRegex.ValueString(), err)
	}
	all, err := searchVolumes(ctx, client, "")
	if err != nil {
		return m, err
	}
	ids, names, listed := []string{}, []string{}, []attr.Value{}
	for _, v := range all {
		if name.MatchString(v.Name) && m.fits(v) {
			ids, names, listed = append(ids, v.ID), append(names, v.Name), append(listed, v.listed())
		}
	}
	m.ID, m.IDs, m.Names = types.StringValue("volumes"), crud.TextList(ids), crud.TextList(names)
	m.Volumes = types.ListValueMust(listedType, listed)
	return m, nil
}

// fits reports whether a volume is as the data source says, apart from its name.
func (m volumesModel) fits(v foundVolume) bool {
	return fits(m.Status, v.status()) && fits(m.Zone, v.Zone) && fits(m.Type, v.Type) && hasPairs(m.Metadata, v.Metadata) &&
		(m.Managed.IsNull() || m.Managed.ValueBool() == v.managed())
}

// listed is the volume as an object of the list.
func (v foundVolume) listed() attr.Value {
	by, servers := "", []string{}
	if v.Mark != nil {
		by = v.Mark.By
	}
	for _, a := range v.held {
		servers = append(servers, a.ServerID)
	}
	return types.ObjectValueMust(listedType.AttrTypes, map[string]attr.Value{"id": types.StringValue(v.ID),
		"name": types.StringValue(v.Name), "size": types.Int64Value(v.Size), "status": types.StringValue(v.status()),
		"availability_zone": types.StringValue(v.Zone), "volume_type": types.StringValue(v.Type),
		"datastore": types.StringValue(v.Datastore), "managed": types.BoolValue(v.managed()), "made_by": types.StringValue(by),
		"created_at": crud.TimeValue(v.Created), "instance_ids": crud.TextList(servers)})
}
