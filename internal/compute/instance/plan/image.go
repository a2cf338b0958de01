package plan

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planImage plans the image's id and name together, and returns the image, or nil while it is unknown.
func planImage(ctx context.Context, in inputs) (*openstack.Image, error) {
	id, name := in.config.ImageID, in.config.ImageName
	if id.ValueString() == "" && name.ValueString() == "" && crud.Known(id, name, in.config.BlockDevice) {
		id = model.ImageOf(in.config.BlockDevice)
	}
	if !crud.Known(id, name) {
		return nil, nil
	}
	field := "image_name"
	if id.ValueString() != "" {
		field = "image_id"
	} else if name.ValueString() == "" {
		return nil, openstack.AttributeErrorf("image_name", "an instance needs an image: write image_name or image_id")
	}
	image, err := in.client.Images.Bootable(ctx, id.ValueString(), name.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf(field, "%w", err)
	}
	if err := in.config.AtImage(vmspec.Bootable(image)); err != nil {
		return nil, err
	}
	in.plan.ImageID, in.plan.ImageName = crud.Written(in.config.ImageID, image.ID, in.config.ImageID.ValueString()),
		crud.Written(name, image.Name, name.ValueString())
	if from := model.ImageOf(in.config.BlockDevice); crud.Known(from) && from.ValueString() != "" && from.ValueString() != image.ID {
		return nil, openstack.AttributeErrorf("block_device[0]", "its image %s is not the instance's image %s (%s): a local disk with an image "+
			"is the root disk, so both must name the same", from.ValueString(), image.Name, image.ID)
	}
	return &image, nil
}
