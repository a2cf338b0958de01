package instance

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planImage plans id and name of the image together.
func (p *planning) planImage(ctx context.Context) error {
	id, name := p.config.ImageID, p.config.ImageName
	if id.ValueString() == "" && name.ValueString() == "" && crud.Known(id, name, p.config.BlockDevice) {
		id = imageOf(p.config.BlockDevice)
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
	image, err := p.client.Images.Bootable(ctx, id.ValueString(), name.ValueString())
	if err != nil {
		return openstack.AttributeErrorf(field, "%w", err)
	}
	if err := p.config.atImage(vmspec.Bootable(image)); err != nil {
		return err
	}
	p.image = &image
	p.plan.ImageID, p.plan.ImageName = crud.Written(p.config.ImageID, image.ID, p.config.ImageID.ValueString()),
		crud.Written(name, image.Name, name.ValueString())
	if from := imageOf(p.config.BlockDevice); crud.Known(from) && from.ValueString() != "" && from.ValueString() != image.ID {
		return openstack.AttributeErrorf("block_device[0]", "its image %s is not the instance's image %s (%s): a local disk with an image is "+
			"the root "+
			"disk, so both must name the same", from.ValueString(), image.Name, image.ID)
	}
	return nil
}

// checkKeyPair warns of a key pair that nobody knows yet.
func (p *planning) checkKeyPair(ctx context.Context) error {
	if p.plan.KeyPair.ValueString() == "" || !crud.Known(p.plan.KeyPair) {
		return nil
	}
	err := p.client.KeyPairs.CheckPlanned(ctx, p.plan.KeyPair.ValueString())
	if errors.Is(err, openstack.ErrNotFound) {
		crud.WarnAt(ctx, path.Root("key_pair"), "Unknown key pair", fmt.Sprintf("key_pair: %s. Unless somebody makes it before, the apply "+
			"will fail", err))
		return nil
	}
	if openstack.IsUnanswered(err) {
		return openstack.AttributeErrorf("key_pair", "%w", err)
	}
	return err
}
