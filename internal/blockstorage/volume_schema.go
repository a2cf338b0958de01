// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// The values of volume_retype_policy.
const (
	retypeNever    = "never"
	retypeOnDemand = "on-demand"
)

func volumeSchema(ctx context.Context) schema.Schema {
	text := func(description string, of ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: of}
	}
	return schema.Schema{
		MarkdownDescription: "A disk that lives without an instance: a first class disk of vSphere, which the vCenter knows by an id of its " +
			"own wherever it lies. `size` (larger only), `name`, `description`, `metadata` and `volume_type` change in place; another zone, " +
			"source or `multiattach` makes another volume. Storage vMotion and DRS may move the disk: it is found by its id, and its datastore " +
			"and its file are no difference. Every volume has the flag `keepAfterDeleteVm`, so that no machine takes it along. One that an " +
			"instance has, or that has snapshots, is not deleted, and the error names them. One that this provider did not make can be " +
			"imported, and is never deleted. See [Volumes](../guides/volumes.md).",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{MarkdownDescription: "The volume's id, which is the first class disk's.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"region": crud.Region(),
			"name":   text("The volume's name. It need not be unique.", crud.Within(&openstack.VolumeName)),
			"description": text("What the volume is for. Kept in the disk's metadata, which hold 255 bytes a value.",
				crud.Within(&openstack.VolumeText)),
			"size": schema.Int64Attribute{MarkdownDescription: "The size in GiB. A larger one is given in place, while the instance runs from " +
				"vCenter 7.0 Update 2 on, and the file system in it is the guest's to grow. A smaller one is refused, and so is a larger one " +
				"under a snapshot, of the volume or of a machine that has it.",
				Required: true, Validators: []validator.Int64{crud.Within(&openstack.VolumeSize)}},
			"enable_online_resize": schema.BoolAttribute{MarkdownDescription: "`true`: the volume may grow while an instance has it. Without " +
				"it that is refused.", Optional: true},
			"availability_zone": schema.StringAttribute{MarkdownDescription: "The zone: one of the provider's `availability_zone` blocks, or " +
				"`nova`, which always exists. The disk is made on that one of its datastores with the most free space that every host of its " +
				"cluster can write to. Unset or empty: `nova`. A change replaces the volume.", Optional: true, Computed: true},
			"volume_type": schema.StringAttribute{MarkdownDescription: "The name of a storage policy. Unset: the zone's, or none; an empty string " +
				"says nothing. Changed in place where the disk's datastore satisfies the new one; see `volume_retype_policy`.",
				Optional: true, Computed: true},
			"volume_retype_policy": schema.StringAttribute{MarkdownDescription: "`never`, the default: a new `volume_type` must be satisfied " +
				"where the disk lies. `on-demand`: the disk is moved to a datastore that satisfies it, which takes a volume that no instance has " +
				"and that has no snapshots.", Optional: true, Computed: true, Default: stringdefault.StaticString(retypeNever),
				Validators: []validator.String{stringvalidator.OneOfCaseInsensitive(retypeNever, retypeOnDemand)}},
			"multiattach": schema.BoolAttribute{MarkdownDescription: "`true`: several instances may have the volume at once, and each writes to " +
				"it. The disk is written with zeros beforehand (not on vSAN), does not grow while an instance runs, is not copied while one has " +
				"it, and takes a file system that is made for this. A volume from an image or a snapshot cannot have it. A change replaces the " +
				"volume. Not known to the OpenStack provider.", Optional: true, Computed: true, Default: booldefault.StaticBool(false)},
			"metadata": schema.MapAttribute{MarkdownDescription: "Keys and values of your own, kept in the disk's metadata under " +
				"`novasphere.meta.`. What others have written there is neither shown nor touched. Unset: none, and what was written once stays.",
				Optional: true, Computed: true, ElementType: types.StringType,
				Validators: []validator.Map{crud.Within(&openstack.VolumeMetadataKey)}},
			"image_id": text("The id of an image to fill the volume from. A change replaces the volume."),
			"snapshot_id": text("The id of a snapshot to fill the volume from: `<volume>/<snapshot>`. A change replaces the volume, which " +
				"lies on the snapshot's datastore, whatever its zone."),
			"source_vol_id":        text("The id of a volume to copy. A change replaces the volume."),
			"backup_id":            text("Refused: there is no backup service. Restore the backup with the tool that made it, and import the disk."),
			"consistency_group_id": text("Refused: a vCenter has no groups of volumes that are snapshotted together."),
			"source_replica":       text("Refused: a vCenter does not replicate single volumes. `source_vol_id` copies one."),
			"attachment": schema.SetAttribute{MarkdownDescription: "The instances that have the volume: `id` is the volume's, `instance_id` the " +
				"instance's, `device` the name that a Linux guest is expected to give it by its place, such as `/dev/sdb`.", Computed: true,
				ElementType: attachmentType},
		},
		Blocks: map[string]schema.Block{"scheduler_hints": hintsBlock(),
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}
