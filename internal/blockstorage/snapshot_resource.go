// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// Snapshot is the resource of what a volume held at a moment.
var Snapshot = crud.Resource[*vcenter.Client, snapshotModel]{
	Name: "blockstorage_snapshot", Schema: snapshotSchema, Plan: planSnapshot, PlanUnconfigured: planSnapshot,
	Create: createSnapshot, Read: readSnapshot, Update: updateSnapshot, Delete: deleteSnapshot, Import: importSnapshot,
	Timeouts: func(m *snapshotModel) timeouts.Value { return m.Timeouts }, Timeout: snapshotTimeout,
	Title: func(m *snapshotModel) string { return m.Name.ValueString() },
}

type snapshotRequest = *crud.Request[*vcenter.Client, snapshotModel]

const snapshotTimeout = 10 * time.Minute

// manySnapshots is how many snapshots of a volume are more than vSphere's own driver for containers allows (vsphere-csi-driver,
// global-max-snapshots-per-block-volume): each slows the volume down.
const manySnapshots = 4

func snapshotSchema(ctx context.Context) schema.Schema {
	text := func(description string, of ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: of}
	}
	stays := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	return schema.Schema{
		MarkdownDescription: "What a volume held at a moment. The guest is not asked: the content is that after a power failure, whether an " +
			"instance has the volume or not. It is restored by a new volume (`snapshot_id`); the volume itself is not set back, which would " +
			"throw away what was written since.\n\nAs long as a volume has a snapshot it does not grow, is not deleted and does not move to " +
			"another datastore by itself, and an instance that has it cannot be set back to a snapshot of its own that is older. From the " +
			"fourth snapshot of a volume on there is a warning, because each slows the volume down; a vCenter allows 32 at most. Name, " +
			"description and metadata lie in the metadata of the volume's disk, and change in place. Not known to the OpenStack provider. See " +
			"[Volumes](../guides/volumes.md).",
		Attributes: map[string]schema.Attribute{
			"id":     schema.StringAttribute{MarkdownDescription: "`<volume>/<snapshot>`.", Computed: true, PlanModifiers: stays},
			"region": crud.Region(),
			"volume_id": schema.StringAttribute{MarkdownDescription: "The id of the volume. One that several instances may write to " +
				"(`multiattach`) is refused. A change takes another snapshot.", Required: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
			"name":        text("The snapshot's name. It need not be unique.", crud.Within(&openstack.SnapshotName)),
			"description": text("What the snapshot is for.", crud.Within(&openstack.SnapshotText)),
			"metadata": schema.MapAttribute{MarkdownDescription: "Keys and values of your own. Unset: none, and what was written once stays.",
				Optional: true, Computed: true, ElementType: types.StringType,
				Validators: []validator.Map{crud.Within(&openstack.SnapshotMetadataKey)}},
			"force": schema.BoolAttribute{MarkdownDescription: "`false`: refused while an instance has the volume. Unset or `true`: taken all " +
				"the same, as by Cinder since its version 3.66.", Optional: true},
			"size": schema.Int64Attribute{MarkdownDescription: "The size of the volume in GiB.", Computed: true,
				PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}},
			"status": schema.StringAttribute{MarkdownDescription: "Always `available`.", Computed: true, PlanModifiers: stays},
		},
		Blocks: map[string]schema.Block{"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true})},
	}
}

type snapshotModel struct {
	ID          types.String   `tfsdk:"id"`
	VolumeID    types.String   `tfsdk:"volume_id"`
	Name        types.String   `tfsdk:"name"`
	Description types.String   `tfsdk:"description"`
	Metadata    types.Map      `tfsdk:"metadata"`
	Force       types.Bool     `tfsdk:"force"`
	Size        types.Int64    `tfsdk:"size"`
	Status      types.String   `tfsdk:"status"`
	Region      types.String   `tfsdk:"region"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// planSnapshot completes a plan, and refuses what the volume does not allow.
func planSnapshot(ctx context.Context, req snapshotRequest) error {
	plan := req.Plan
	if req.Config.Metadata.IsNull() {
		plan.Metadata = crud.MapOf(nil)
		if req.State != nil {
			plan.Metadata = req.State.Metadata
		}
	}
	if crud.Known(plan.Name, plan.Description, plan.Metadata) {
		if err := metadata.CheckSnapshot(plan.spec()); err != nil {
			return err
		}
	}
	if req.State != nil || req.Client == nil || plan.VolumeID.IsUnknown() {
		return nil
	}
	return planTaken(ctx, req.Client, *plan)
}

// planTaken refuses to take a snapshot of a volume that is not there or that has none, and warns of many.
func planTaken(ctx context.Context, client *vcenter.Client, plan snapshotModel) error {
	of, err := client.Volumes.Read(ctx, plan.VolumeID.ValueString())
	if err == nil {
		err = volumes.CheckSnapshot(of)
	}
	if err != nil {
		return openstack.AttributeErrorf("volume_id", "%w", err)
	}
	warnMany(ctx, of.Name, len(of.Snapshots))
	if plan.Force.IsNull() || plan.Force.IsUnknown() || plan.Force.ValueBool() {
		return nil
	}
	held, err := client.Volumes.Attachments(ctx, of.ID)
	if err == nil && len(held) > 0 {
		err = openstack.AttributeErrorf("force", "the volume %s is attached to %s, and force is false: detach it first, or take force out",
			of.Name, held[0].ServerName)
	}
	return err
}

// warnMany warns where a volume with some snapshots gets another.
func warnMany(ctx context.Context, volume string, others int) {
	if others+1 < manySnapshots {
		return
	}
	crud.WarnAt(ctx, path.Root("volume_id"), "Many snapshots of a volume", fmt.Sprintf("The volume %s has %d snapshots besides "+
		"this one. Each is a link in a chain that every read goes through, and a vCenter allows 32 at most: delete those that are no longer "+
		"needed, or keep copies instead (blockstorage_volume with snapshot_id)", volume, others))
}

func createSnapshot(ctx context.Context, req snapshotRequest) (*snapshotModel, error) {
	client, m := req.Client, *req.Plan
	s, err := client.Volumes.CreateSnapshot(ctx, volumes.SnapshotRequest{VolumeSnapshotSpec: m.spec(), VolumeID: m.VolumeID.ValueString()})
	if s.ID == "" {
		return nil, err
	}
	warnMany(ctx, s.VolumeID, s.Others)
	made := m.with(s)
	return &made, err
}

func readSnapshot(ctx context.Context, req snapshotRequest) (*snapshotModel, error) {
	s, err := req.Client.Volumes.ReadSnapshot(ctx, req.State.ID.ValueString())
	return crud.Result(req.State.with(s), err)
}

func updateSnapshot(ctx context.Context, req snapshotRequest) (*snapshotModel, error) {
	client, plan := req.Client, *req.Plan
	s, err := client.Volumes.UpdateSnapshot(ctx, plan.ID.ValueString(), plan.spec())
	if s.ID == "" {
		return nil, err
	}
	now := plan.with(s)
	return &now, err
}

func deleteSnapshot(ctx context.Context, req snapshotRequest) error {
	client, m := req.Client, *req.State
	err := client.Volumes.DeleteSnapshot(ctx, m.ID.ValueString())
	if errors.Is(err, volumes.ErrForeign) {
		crud.WarnAt(ctx, path.Root("id"), "The snapshot stays", "The snapshot "+m.ID.ValueString()+" was not taken by this provider: it is "+
			"no longer managed, and is left as it is")
		return nil
	}
	return err
}

// importSnapshot accepts the id of a snapshot, whoever has taken it.
func importSnapshot(ctx context.Context, req snapshotRequest) (*snapshotModel, error) {
	s, err := req.Client.Volumes.ReadSnapshot(ctx, strings.ToLower(req.ID))
	m := snapshotModel{Timeouts: emptyVolume().Timeouts}
	return crud.Result(m.with(s), err)
}

// spec is the snapshot as asked for.
func (m snapshotModel) spec() openstack.VolumeSnapshotSpec {
	return openstack.VolumeSnapshotSpec{Name: m.Name.ValueString(), Description: m.Description.ValueString(),
		Metadata: crud.StringMap(m.Metadata)}
}

// with returns the model of an observed snapshot. What only says how to take it stays as written.
func (m snapshotModel) with(s openstack.VolumeSnapshot) snapshotModel {
	m.ID, m.VolumeID = types.StringValue(s.VolumeID+"/"+s.ID), types.StringValue(s.VolumeID)
	m.Name, m.Description = crud.KeepEmpty(m.Name, s.Name), crud.KeepEmpty(m.Description, s.Description)
	m.Metadata, m.Size, m.Status = crud.MapOf(s.Metadata), types.Int64Value(s.Size), types.StringValue(statusAvailable)
	return m
}
