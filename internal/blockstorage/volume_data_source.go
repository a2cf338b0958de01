// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// VolumeData finds one volume, whoever made it.
var VolumeData = crud.DataSource[*vcenter.Client, volumeDataModel]{
	Name: "blockstorage_volume", Schema: volumeDataSchema, Read: readVolumeData,
}

func volumeDataSchema(context.Context) schema.Schema {
	asked := func(text string, of ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true, Validators: of}
	}
	told := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one volume: a first class disk of the vCenter, whoever made it. All that is written must fit, and only " +
			"one volume may. See also `novasphere_blockstorage_volumes`, which lists them.",
		Attributes: map[string]schema.Attribute{
			"id":     told("The volume's id, which is the first class disk's."),
			"region": schema.StringAttribute{MarkdownDescription: crud.RegionText, Optional: true, Computed: true},
			"volume_id": schema.StringAttribute{MarkdownDescription: "Look for this id. Not known to the OpenStack provider.",
				Optional: true},
			"name": asked("The volume's name."),
			"status": asked("`available`, or `in-use` where an instance below the provider's folder has the volume.",
				stringvalidator.OneOf(statusAvailable, statusInUse)),
			"metadata": schema.MapAttribute{MarkdownDescription: "Keys and values that the volume must have, among others; told are all.",
				Optional: true, Computed: true, ElementType: types.StringType},
			"volume_type": asked("The name of the storage policy that the volume was made with or last given. Empty: none."),
			"bootable":    asked("`true` where the volume was filled from an image, else `false`.", stringvalidator.OneOf("true", "false")),
			"host":        asked("The name of the datastore that it lies on."),
			"size":        schema.Int64Attribute{MarkdownDescription: "Its size in GiB, rounded up.", Computed: true},
			"availability_zone": told("The zone that it was made in; empty where this provider did not make it. Not known to the OpenStack " +
				"provider."),
			"source_volume_id": told("The volume that it was copied from, else empty."),
			"multiattach":      schema.BoolAttribute{MarkdownDescription: "Whether several instances may have it at once.", Computed: true},
			"managed": schema.BoolAttribute{MarkdownDescription: "Whether this provider made it. What it did not make it never deletes.",
				Computed: true},
			"attachment": schema.SetAttribute{MarkdownDescription: "The instances that have it: `id` is the volume's, `instance_id` the " +
				"instance's, `device` the name that a Linux guest is expected to give it by its place, such as `/dev/sdb`.", Computed: true,
				ElementType: attachmentType},
		},
	}
}

type volumeDataModel struct {
	ID          types.String `tfsdk:"id"`
	Region      types.String `tfsdk:"region"`
	VolumeID    types.String `tfsdk:"volume_id"`
	Name        types.String `tfsdk:"name"`
	Status      types.String `tfsdk:"status"`
	Metadata    types.Map    `tfsdk:"metadata"`
	Type        types.String `tfsdk:"volume_type"`
	Bootable    types.String `tfsdk:"bootable"`
	Host        types.String `tfsdk:"host"`
	Size        types.Int64  `tfsdk:"size"`
	Zone        types.String `tfsdk:"availability_zone"`
	SourceID    types.String `tfsdk:"source_volume_id"`
	Multiattach types.Bool   `tfsdk:"multiattach"`
	Managed     types.Bool   `tfsdk:"managed"`
	Attachment  types.Set    `tfsdk:"attachment"`
}

func readVolumeData(ctx context.Context, client *vcenter.Client, m volumeDataModel) (volumeDataModel, error) {
	all, err := m.candidates(ctx, client)
	if err != nil {
		return m, err
	}
	found := slices.DeleteFunc(all, func(v foundVolume) bool { return !m.fits(v) })
	switch len(found) {
	case 0:
		return m, openstack.NotFound("no volume is as the data source says")
	case 1:
		return m.with(found[0]), nil
	}
	return m, openstack.AttributeErrorf("name", "%d volumes are as the data source says: %s. Write volume_id, or more of what tells them "+
		"apart", len(found), described(found))
}

// candidates are the volume of the written id, or those of the written name.
func (m volumeDataModel) candidates(ctx context.Context, client *vcenter.Client) ([]foundVolume, error) {
	id := strings.ToLower(m.VolumeID.ValueString())
	if id == "" {
		return searchVolumes(ctx, client, m.Name.ValueString())
	}
	v, err := client.Volumes.Read(ctx, id)
	if err != nil {
		return nil, openstack.AttributeErrorf("volume_id", "%w", err)
	}
	held, err := client.Volumes.Attachments(ctx, id)
	return []foundVolume{{v, held}}, err
}

// fits reports whether a volume is as the data source says.
func (m volumeDataModel) fits(v foundVolume) bool {
	return fits(m.Name, v.Name) && fits(m.Status, v.status()) && fits(m.Type, v.Type) && fits(m.Bootable, v.bootable()) &&
		fits(m.Host, v.Datastore) && hasPairs(m.Metadata, v.Metadata)
}

func (m volumeDataModel) with(v foundVolume) volumeDataModel {
	var source string
	if v.Source.Kind == openstack.SourceVolume {
		source = v.Source.ID
	}
	return volumeDataModel{ID: types.StringValue(v.ID), Region: m.Region, VolumeID: m.VolumeID, Name: types.StringValue(v.Name),
		Status: types.StringValue(v.status()), Metadata: crud.MapOf(v.Metadata), Type: types.StringValue(v.Type),
		Bootable: types.StringValue(v.bootable()), Host: types.StringValue(v.Datastore), Size: types.Int64Value(v.Size),
		Zone: types.StringValue(v.Zone), SourceID: types.StringValue(source), Multiattach: types.BoolValue(v.Multiattach),
		Managed: types.BoolValue(v.managed()), Attachment: attachmentSet(v.held)}
}
