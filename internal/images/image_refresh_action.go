// SPDX-License-Identifier: MPL-2.0

package images

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

const refreshTimeout = 10 * time.Minute

// Refresh is the action that forgets the copies of an image.
var Refresh = crud.Action[*vcenter.Client, refreshModel]{
	Name: "images_image_refresh", Does: "refresh the image", Schema: refreshSchema,
	Plan: func(ctx context.Context, client *vcenter.Client, m refreshModel) error {
		_, err := client.Images.ByID(ctx, m.ImageID.ValueString())
		return atImage(err)
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m refreshModel, progress crud.Progress) error {
		return atImage(client.Images.Refresh(ctx, m.ImageID.ValueString(), progress))
	},
	Timeout: func(m refreshModel) types.String { return m.Timeout }, Limit: refreshTimeout, Interrupt: crud.InterruptEndsStep,
}

func refreshSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Deletes the copies that this provider keeps of an image on datastores, those of former versions included, so " +
			"that the next instance on each is cloned from a new copy. There are copies of items of content libraries, of images with " +
			"`datastore_cache`, and for linked clones. The image itself and every instance stay as they are: **no guest notices anything**, and a " +
			"copy that instances are linked clones of stays. The next plan shows nothing; the next instance takes longer. Do not invoke it " +
			"while an apply makes instances of the image: one whose copy goes at that moment fails. Actions need Terraform " +
			"1.14 or later; OpenTofu has none.",
		Attributes: map[string]schema.Attribute{
			"image_id": schema.StringAttribute{MarkdownDescription: "The id of the image: a VM template or an item of a content library, " +
				"whoever made it.", Required: true},
			"timeout": crud.InvokeTimeout(refreshTimeout),
			"region":  crud.ActionRegion(),
		},
	}
}

type refreshModel struct {
	ImageID types.String `tfsdk:"image_id"`
	Timeout types.String `tfsdk:"timeout"`
	Region  types.String `tfsdk:"region"`
}

// atImage moves a not-found error to image_id.
func atImage(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return openstack.AttributeErrorf("image_id", "%w", err)
	}
	return err
}
