// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/attachments"
)

// VolumeAttach is the resource of a volume that an instance has.
var VolumeAttach = crud.Resource[*vcenter.Client, volumeAttachModel]{
	Name: "compute_volume_attach", Schema: volumeAttachSchema, Plan: planVolumeAttach, Create: attachVolume, Read: readVolumeAttach,
	Delete: detachVolume, Import: importVolumeAttach,
	Timeouts: func(m *volumeAttachModel) timeouts.Value { return m.Timeouts }, Timeout: volumeAttachTimeout,
}

type volumeAttachRequest = *crud.Request[*vcenter.Client, volumeAttachModel]

const volumeAttachTimeout = 10 * time.Minute // as in the OpenStack provider

// volumeAttachOptions is the type of a vendor_options block of an attachment.
var volumeAttachOptions = types.ObjectType{AttrTypes: map[string]attr.Type{"ignore_volume_confirmation": types.BoolType}}

func volumeAttachSchema(ctx context.Context) schema.Schema {
	replaced := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Required: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
	}
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	return schema.Schema{
		MarkdownDescription: "A volume that an instance has, attached while it runs or not, in any order, many to one instance at once. The " +
			"volume outlives the instance: destroying the instance takes it off first. A volume that another machine has is never taken from " +
			"there. The disk gets the first free place on the controller of the root disk, then on others of its kind; where none is free, the " +
			"instance gets another controller, which the plan tells, since a running guest stands still for a moment meanwhile. An instance " +
			"whose root disk is on IDE or SATA can only get one while it is off. One that somebody takes off the VM is attached anew by the " +
			"next apply. The guest is not asked when a volume is taken off it: unmount its file systems first, or destroy the instance with " +
			"`stop_before_destroy`. See [Volumes](../guides/volumes.md).",
		Attributes: map[string]schema.Attribute{
			"id":          computed("The instance's id and the volume's, with a slash between them."),
			"instance_id": replaced("The id of the instance."),
			"volume_id":   replaced("The id of the volume."),
			"device": schema.StringAttribute{MarkdownDescription: "The name of the device in the guest. Unset: the one that a Linux guest is " +
				"expected to give it by its place, such as `/dev/sdb`. It stays as it is for ever, and the guest decides by itself: only " +
				"`disk_by_id` is certain.",
				Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"disk_by_id": computed("Where a Linux guest finds the disk for ever: `/dev/disk/by-id/wwn-0x...`, by the UUID that vSphere gave it. " +
				"Null on a controller that is not a SCSI one."),
			"multiattach": schema.BoolAttribute{MarkdownDescription: "Whether other instances may have the volume too. It must be what the " +
				"volume was made for. The guests need a file system for clusters.", Optional: true,
				PlanModifiers: []planmodifier.Bool{boolplanmodifier.RequiresReplaceIf(replaceShared, "Another kind of sharing replaces it.",
					"Another kind of sharing replaces it.")}},
			"tag":    schema.StringAttribute{MarkdownDescription: "Accepted without effect: no guest is told.", Optional: true},
			"region": crud.Region(),
		},
		Blocks: map[string]schema.Block{
			"vendor_options": schema.SetNestedBlock{MarkdownDescription: "Accepted without effect.",
				Validators: []validator.Set{setvalidator.SizeAtMost(1)},
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"ignore_volume_confirmation": schema.BoolAttribute{MarkdownDescription: "Accepted without effect.", Optional: true}}}},
			"timeouts": timeouts.Block(ctx, timeouts.Opts{Create: true, Delete: true}),
		},
	}
}

// replaceShared replaces an attachment that is to be shared and was not, or the other way round: unset is false.
func replaceShared(_ context.Context, req planmodifier.BoolRequest, resp *boolplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = req.PlanValue.IsUnknown() || req.PlanValue.ValueBool() != req.StateValue.ValueBool()
}

type volumeAttachModel struct {
	ID            types.String   `tfsdk:"id"`
	InstanceID    types.String   `tfsdk:"instance_id"`
	VolumeID      types.String   `tfsdk:"volume_id"`
	Device        types.String   `tfsdk:"device"`
	DiskByID      types.String   `tfsdk:"disk_by_id"`
	Multiattach   types.Bool     `tfsdk:"multiattach"`
	Tag           types.String   `tfsdk:"tag"`
	Region        types.String   `tfsdk:"region"`
	VendorOptions types.Set      `tfsdk:"vendor_options"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// planVolumeAttach refuses what could not be attached as instance and volume are now, where both are known, and tells of a controller that
// is needed for it.
func planVolumeAttach(ctx context.Context, req volumeAttachRequest) error {
	plan, state := req.Plan, req.State
	if state != nil && plan.InstanceID.Equal(state.InstanceID) && plan.VolumeID.Equal(state.VolumeID) &&
		plan.Multiattach.ValueBool() == state.Multiattach.ValueBool() {
		return nil
	}
	if req.Client == nil || !crud.Known(plan.InstanceID) || !crud.Known(plan.VolumeID) || plan.Multiattach.IsUnknown() {
		return nil
	}
	before := req.Client.Planned.Attachments.Expect(plan.InstanceID.ValueString(), plan.VolumeID.ValueString())
	adds, err := req.Client.Attachments.Check(ctx, plan.request(), before)
	if err == nil && adds {
		crud.Warn(ctx, "An instance gets another disk controller", fmt.Sprintf("No place is free on the disk controllers of the instance %s, "+
			"so that it gets another one for the volume %s. A running guest may stand still for a moment meanwhile.",
			plan.InstanceID.ValueString(), plan.VolumeID.ValueString()))
	}
	return err
}

func attachVolume(ctx context.Context, req volumeAttachRequest) (*volumeAttachModel, error) {
	a, err := req.Client.Attachments.Attach(ctx, req.Plan.request())
	if a.VolumeID == "" {
		return nil, err
	}
	made := req.Plan.with(a)
	return &made, err
}

func readVolumeAttach(ctx context.Context, req volumeAttachRequest) (*volumeAttachModel, error) {
	a, err := req.Client.Attachments.Read(ctx, req.State.InstanceID.ValueString(), req.State.VolumeID.ValueString())
	return crud.Result(req.State.with(a), err)
}

func detachVolume(ctx context.Context, req volumeAttachRequest) error {
	return req.Client.Attachments.Detach(ctx, req.State.InstanceID.ValueString(), req.State.VolumeID.ValueString())
}

// importVolumeAttach accepts "instance_id/volume_id".
func importVolumeAttach(ctx context.Context, req volumeAttachRequest) (*volumeAttachModel, error) {
	instance, volume, ok := strings.Cut(strings.ToLower(req.ID), "/")
	if !ok || instance == "" || volume == "" {
		return nil, openstack.AttributeErrorf("id", "%q is not the id of an attachment: write the instance's id and the volume's, as in "+
			"5016e8a5-7c3c-4d11-8f38-2b6e0a6bd7a4/0d5f7c1e-52a0-4f0b-9a55-30a1f7e6c0d2", req.ID)
	}
	a, err := req.Client.Attachments.Read(ctx, instance, volume)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, openstack.AttributeErrorf("id", "%w", err)
	}
	m := volumeAttachModel{InstanceID: types.StringValue(instance), VolumeID: types.StringValue(volume),
		VendorOptions: types.SetNull(volumeAttachOptions), Timeouts: timeouts.Value{Object: types.ObjectNull(
			map[string]attr.Type{"create": types.StringType, "delete": types.StringType})}}
	if a.Shared {
		m.Multiattach = types.BoolValue(true)
	}
	return crud.Result(m.with(a), err)
}

// request is the attachment that the model asks for.
func (m volumeAttachModel) request() attachments.Request {
	return attachments.Request{ServerID: m.InstanceID.ValueString(), VolumeID: m.VolumeID.ValueString(),
		Multiattach: m.Multiattach.ValueBool()}
}

// with returns the model of an attachment. The device's name stays as it was written, or as it was at first.
func (m volumeAttachModel) with(a openstack.Attachment) volumeAttachModel {
	m.ID = types.StringValue(m.InstanceID.ValueString() + "/" + m.VolumeID.ValueString())
	m.Device = crud.Written(m.Device, m.Device.ValueString(), a.Device)
	if m.DiskByID = types.StringNull(); a.DiskByID != "" {
		m.DiskByID = types.StringValue(a.DiskByID)
	}
	return m
}
