// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"cmp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

type volumeModel struct {
	ID           types.String   `tfsdk:"id"`
	Name         types.String   `tfsdk:"name"`
	Description  types.String   `tfsdk:"description"`
	Size         types.Int64    `tfsdk:"size"`
	Zone         types.String   `tfsdk:"availability_zone"`
	Type         types.String   `tfsdk:"volume_type"`
	RetypePolicy types.String   `tfsdk:"volume_retype_policy"`
	OnlineResize types.Bool     `tfsdk:"enable_online_resize"`
	Multiattach  types.Bool     `tfsdk:"multiattach"`
	Metadata     types.Map      `tfsdk:"metadata"`
	ImageID      types.String   `tfsdk:"image_id"`
	SnapshotID   types.String   `tfsdk:"snapshot_id"`
	SourceID     types.String   `tfsdk:"source_vol_id"`
	BackupID     types.String   `tfsdk:"backup_id"`
	GroupID      types.String   `tfsdk:"consistency_group_id"`
	Replica      types.String   `tfsdk:"source_replica"`
	Hints        types.Set      `tfsdk:"scheduler_hints"`
	Attachment   types.Set      `tfsdk:"attachment"`
	Region       types.String   `tfsdk:"region"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

var attachmentType = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "instance_id": types.StringType,
	"device": types.StringType}}

// emptyVolume is a model in which nothing is written.
func emptyVolume() volumeModel {
	return volumeModel{RetypePolicy: types.StringValue(retypeNever), Hints: types.SetNull(hintsType),
		Metadata: types.MapNull(types.StringType), Timeouts: timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
			"create": types.StringType, "delete": types.StringType})}}
}

// source is what the volume is filled from.
func (m volumeModel) source() openstack.VolumeSource {
	for _, of := range []openstack.VolumeSource{{Kind: openstack.SourceImage, ID: m.ImageID.ValueString()},
		{Kind: openstack.SourceVolume, ID: m.SourceID.ValueString()}, {Kind: openstack.SourceSnapshot, ID: m.SnapshotID.ValueString()}} {
		if of.ID != "" {
			return of
		}
	}
	return openstack.VolumeSource{}
}

// zone is the volume's zone; empty strings mean the default one.
func (m volumeModel) zone() string { return cmp.Or(m.Zone.ValueString(), inventory.DefaultZone) }

// spec is the volume as asked for.
func (m volumeModel) spec() openstack.VolumeSpec {
	return openstack.VolumeSpec{Name: m.Name.ValueString(), Description: m.Description.ValueString(), Size: m.Size.ValueInt64(),
		Zone: m.zone(), Type: m.Type.ValueString(), Source: m.source(), Metadata: crud.StringMap(m.Metadata),
		Multiattach: m.Multiattach.ValueBool()}
}

// request asks for the volume.
func (m volumeModel) request() volumes.Request {
	return volumes.Request{VolumeSpec: m.spec(), Hints: m.hints()}
}

// change is what the volume is to become.
func (m volumeModel) change(from volumeModel) volumes.Change {
	return volumes.Change{VolumeSpec: m.spec(), Retype: m.retyped(from),
		MayMove: strings.EqualFold(m.RetypePolicy.ValueString(), retypeOnDemand)}
}

// with returns the model of an observed volume. What only says how to make or change it stays as written.
func (m volumeModel) with(v openstack.Volume) volumeModel {
	m.ID, m.Size, m.Metadata = types.StringValue(v.ID), types.Int64Value(v.Size), crud.MapOf(v.Metadata)
	m.Name, m.Description = crud.KeepEmpty(m.Name, v.Name), crud.KeepEmpty(m.Description, v.Description)
	m.Zone = crud.Written(m.Zone, v.Zone, m.Zone.ValueString(), inventory.DefaultZone)
	if m.Multiattach = types.BoolValue(v.Multiattach); !crud.WrittenEmpty(m.Type) {
		m.Type = typeOf(v.Type)
	}
	m.ImageID = sourced(m.ImageID, v.Source, openstack.SourceImage)
	m.SnapshotID = sourced(m.SnapshotID, v.Source, openstack.SourceSnapshot)
	m.SourceID = sourced(m.SourceID, v.Source, openstack.SourceVolume)
	if m.Attachment.IsNull() || m.Attachment.IsUnknown() {
		m.Attachment = types.SetValueMust(attachmentType, nil)
	}
	return m
}

// typeOf is the name of a storage policy; null where there is none, because an empty string is a written one.
func typeOf(policy string) types.String {
	if policy == "" {
		return types.StringNull()
	}
	return types.StringValue(policy)
}

// sourced is the id of a source of a kind. What another has made has no record of its source, so that what is written stays.
func sourced(was types.String, from openstack.VolumeSource, kind string) types.String {
	if from.Kind == kind {
		return types.StringValue(from.ID)
	}
	return was
}

// attachedTo returns the model of a volume that some instances have.
func (m volumeModel) attachedTo(held []openstack.Attachment) volumeModel {
	m.Attachment = attachmentSet(held)
	return m
}

// attachmentSet are attachments as the resource and the data source show them.
func attachmentSet(held []openstack.Attachment) types.Set {
	elements := make([]attr.Value, len(held))
	for i, a := range held {
		elements[i] = types.ObjectValueMust(attachmentType.AttrTypes, map[string]attr.Value{"id": types.StringValue(a.VolumeID),
			"instance_id": types.StringValue(a.ServerID), "device": types.StringValue(a.Device)})
	}
	return types.SetValueMust(attachmentType, elements)
}
