// SPDX-License-Identifier: MPL-2.0

package actions

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

const (
	rescueTimeout   = time.Hour // a disk is copied
	unrescueTimeout = 10 * time.Minute
)

// Rescue is the action that starts an instance from a disk of an image.
var Rescue = crud.Action[*vcenter.Client, rescueModel]{
	Name: "compute_instance_rescue", Does: "rescue the instance", Schema: rescueSchema,
	Plan: func(ctx context.Context, client *vcenter.Client, m rescueModel) error {
		return client.Rescue.Check(ctx, m.InstanceID.ValueString(), m.Image.ValueString())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m rescueModel, progress crud.Progress) error {
		return client.Rescue.Begin(ctx, m.InstanceID.ValueString(), m.Image.ValueString(), progress)
	},
	Timeout: func(m rescueModel) types.String { return m.Timeout }, Limit: rescueTimeout,
}

func rescueSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Starts an instance from a fresh disk of an image, with its own disks beside it, so that what keeps it from " +
			"starting can be repaired, as Nova's driver for vSphere does. The image's disk is copied into the VM's folder, **the guest is " +
			"shut down**, the VM gets the copy as another disk, first in its boot order, and is started. An instance that was off runs " +
			"afterwards too. One that is rescued with the image stays as it is, and what was interrupted is gone on with.\n\nUntil " +
			"`novasphere_compute_instance_unrescue` is invoked, a plan shows the instance as before, with a warning, refuses every change of " +
			"it in place, that of a `power_state` too which the configuration did not have before, and a destroy takes the copy along. The " +
			"guest of the image is told the same as the instance's own (key pair, user data, networks). An instance that boots " +
			"from a volume, and a suspended one, are refused, as in Nova." + Needs,
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceID(),
			"rescue_image_id": schema.StringAttribute{MarkdownDescription: "The id of the image to start from, Nova's `rescue_image_ref`. " +
				"Unset: the image that the instance was made of, whose file systems have the same UUIDs as the instance's own: with another " +
				"image the guest cannot take one for the other.", Optional: true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)}},
			"timeout": crud.InvokeTimeout(rescueTimeout),
			"region":  crud.ActionRegion(),
		},
	}
}

type rescueModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Image      types.String `tfsdk:"rescue_image_id"`
	Timeout    types.String `tfsdk:"timeout"`
	Region     types.String `tfsdk:"region"`
}

// Unrescue is the action that ends the rescue of an instance.
var Unrescue = crud.Action[*vcenter.Client, instanceModel]{
	Name: "compute_instance_unrescue", Does: "end the rescue of the instance", Schema: unrescueSchema,
	Plan: func(ctx context.Context, client *vcenter.Client, m instanceModel) error {
		return client.Machines.CheckManaged(ctx, m.InstanceID.ValueString())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m instanceModel, progress crud.Progress) error {
		return client.Rescue.End(ctx, m.InstanceID.ValueString(), progress)
	},
	Timeout: func(m instanceModel) types.String { return m.Timeout }, Limit: unrescueTimeout,
}

func unrescueSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Ends the rescue of an instance: **the guest is shut down**, the disk that the instance was rescued with is " +
			"deleted, and the instance starts from its own. It works for instances that Nova has rescued too. Afterwards the instance runs, " +
			"as in Nova, so that the next plan shows `power_state` where that says otherwise. An instance that was never rescued is refused; " +
			"one whose rescue has ended is left alone, or started where it is off." + Needs,
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceID(),
			"timeout":     crud.InvokeTimeout(unrescueTimeout),
			"region":      crud.ActionRegion(),
		},
	}
}

// instanceModel is an action about an instance alone.
type instanceModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Timeout    types.String `tfsdk:"timeout"`
	Region     types.String `tfsdk:"region"`
}
