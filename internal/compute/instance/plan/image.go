package plan

import (
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planImage plans id and name of the image together.
func (p *planning) planImage(ctx context.Context) error {
	id, name := p.config.ImageID, p.config.ImageName
	if id.ValueString() == "" && name.ValueString() == "" && crud.Known(id, name, p.config.BlockDevice) {
		id = model.ImageOf(p.config.BlockDevice)
	}
	if !crud.Known(id, name) {
		return nil
	}
	field := "image_name"
	if id.ValueString() != "" {
		field = "image_id"
	} else if name.ValueString() == "" {
		return openstack.AttributeErrorf("image_name", "an instance needs an image: write image_name or image_id")
	}
	image, err := p.client.BootImage(ctx, id.ValueString(), name.ValueString())
	if err != nil {
		return openstack.AttributeErrorf(field, "%w", err)
	}
	if err := p.config.AtImage(vmspec.Bootable(image)); err != nil {
		return err
	}
	p.image = &image
	p.plan.ImageID, p.plan.ImageName = crud.Written(p.config.ImageID, image.ID, p.config.ImageID.ValueString()),
		crud.Written(name, image.Name, name.ValueString())
	if from := model.ImageOf(p.config.BlockDevice); crud.Known(from) && from.ValueString() != "" && from.ValueString() != image.ID {
		return openstack.AttributeErrorf("block_device[0]", "its image %s is not the instance's image %s (%s): a local disk with an image is "+
			"the root "+
			"disk, so both must name the same", from.ValueString(), image.Name, image.ID)
	}
	return nil
}

// sameBlocks says that two lists ask for the same disks. What becomes of local disks with the instance is no matter, and the size of
// the root disk is the flavor's: a resize changes it.
func sameBlocks(a, b []openstack.BlockDevice) bool {
	return slices.EqualFunc(a, b, func(x, y openstack.BlockDevice) bool {
		xi, yi := x.BootIndex, y.BootIndex
		x.BootIndex, y.BootIndex, x.Delete, y.Delete = nil, nil, nil, nil
		if x.Source == "image" {
			x.SizeGiB, y.SizeGiB = 0, 0
		}
		return x == y && (xi == nil) == (yi == nil) && (xi == nil || *xi == *yi)
	})
}
