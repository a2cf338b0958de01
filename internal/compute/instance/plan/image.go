// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// planImage plans the image's id and name together, and returns what the root disk is a copy of, or nil while it is unknown.
func planImage(ctx context.Context, in inputs) (*openstack.Image, error) {
	if crud.Known(in.config.BlockDevice) && model.BootsFromVolume(in.config.BlockDevice) {
		return planBoot(ctx, in)
	}
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
	image, coming, err := bootImage(ctx, in, id.ValueString(), name.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf(field, "%w", err)
	}
	if !coming {
		if err := in.config.AtImage(vmspec.Bootable(image)); err != nil {
			return nil, err
		}
	}
	in.plan.ImageID, in.plan.ImageName = crud.Written(in.config.ImageID, image.ID, in.config.ImageID.ValueString()),
		crud.Written(name, image.Name, name.ValueString())
	if image.ID == "" && !crud.WrittenEmpty(in.config.ImageID) {
		in.plan.ImageID = types.StringUnknown() // its creation chooses it
	}
	from := model.ImageOf(in.config.BlockDevice)
	if crud.Known(from) && from.ValueString() != "" && image.ID != "" && from.ValueString() != image.ID {
		return nil, openstack.AttributeErrorf("block_device[0]", "its image %s is not the instance's image %s (%s): a local disk with an image "+
			"is the root disk, so both must name the same", from.ValueString(), image.Name, image.ID)
	}
	return &image, nil
}

// bootImage finds an image to start from, in the configuration or in the vCenter. coming reports that it does not exist yet.
func bootImage(ctx context.Context, in inputs, id, name string) (image openstack.Image, coming bool, err error) {
	image, coming, planned, err := plannedImage(ctx, in, id, name)
	if err == nil && !planned {
		image, err = in.client.Images.Bootable(ctx, id, name)
	}
	return image, coming, err
}

// planBoot is planImage for an instance that boots from a volume. image_id and image_name have no effect beside it, as in the OpenStack
// provider; where they are not written, they show the image that the volume is a copy of.
func planBoot(ctx context.Context, in inputs) (*openstack.Image, error) {
	all := model.KnownBlocks(in.config.BlockDevice)
	at := openstack.BootBlock(model.BlockDevices(in.config.BlockDevice))
	block := all[at]
	image := openstack.Image{}
	switch {
	case block.UnknownUUID:
		if block.Source != openstack.SourceImage {
			in.plan.ImageID, in.plan.ImageName = unlessWritten(in.config.ImageID, ""), unlessWritten(in.config.ImageName, "")
		}
		return nil, nil
	case block.Source == openstack.SourceImage:
		found, coming, err := bootImage(ctx, in, block.UUID, "")
		if err == nil && !coming {
			err = in.config.AtImage(vmspec.Bootable(found))
		}
		if err != nil {
			return nil, openstack.AttributeErrorf(blockdevices.Path(at), "%w", err)
		}
		image = found
	default:
		volume, err := in.client.Blocks.Source(ctx, block.BlockDevice)
		if err != nil {
			return nil, openstack.AttributeErrorf(blockdevices.Path(at), "%w", err)
		}
		image.Properties, image.MinDisk = volume.ImageProperties, volume.Size
		image.MinRAM, _ = strconv.ParseInt(volume.ImageProperties["min_ram"], 10, 64) // 0 where it is not there
		warnUnnoted(ctx, in, at, volume)
	}
	in.plan.ImageID, in.plan.ImageName = unlessWritten(in.config.ImageID, image.ID), unlessWritten(in.config.ImageName, image.Name)
	return &image, nil
}

// unlessWritten returns what is written, or else the value.
func unlessWritten(written types.String, value string) types.String {
	if written.IsNull() {
		return types.StringValue(value)
	}
	return written
}
