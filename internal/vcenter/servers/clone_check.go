// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"cmp"
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// placed returns the disks beside the root disk, with their places on a copy of the image. Volumes that are attached later keep theirs
// free.
func placed(image image.Template, f openstack.Flavor, blocks []openstack.BlockDevice, needs vmspec.Needs) ([]openstack.Disk, error) {
	if image.Config == nil { // a library item's devices are only known once it is deployed
		return blockdevices.Disks(f, blocks)
	}
	all, err := blockdevices.Layout(f, blocks)
	if err != nil {
		return nil, err
	}
	all, err = hardware.Placed(image.Config.Hardware.Device, image.Config.Version, all, vmspec.RootAdapter(rootOf(blocks).Bus, needs.Adapter))
	return slices.DeleteFunc(all, func(d openstack.Disk) bool { return d.Kind == blockdevices.Attached }), err
}

// CheckDisks refuses disks beside the root disk that the flavor does not grant or for which a copy of the image has no place, and a
// hardware version or guest customization that the image does not allow. needs must be those of flavor and image together.
func (c *Servers) CheckDisks(ctx context.Context, image openstack.Image, f openstack.Flavor, needs vmspec.Needs,
	blocks []openstack.BlockDevice) error {
	if openstack.Diskless(blocks) {
		_, err := placed(bare(openstack.Volume{}, needs, vmspec.RootAdapter(rootOf(blocks).Bus, needs.Adapter)), f, blocks, needs)
		return err
	}
	found, err := c.images.ByID(ctx, image.ID)
	if err != nil {
		return err
	}
	if found.ISO() && !openstack.BootsFromVolume(blocks) {
		return checkInstalled(found, f, needs, blocks)
	}
	if err := found.CheckDisks(); err != nil {
		return openstack.AttributeErrorf("image_id", "%w", err)
	}
	if found.Config != nil {
		if err := vmspec.CheckVersion(found.Config.Version, needs.Version, "the image "+image.Name); err != nil {
			return err
		}
		if err := vmspec.CheckHardware(f, cmp.Or(needs.Version, found.Config.Version)); err != nil {
			return err
		}
		if err := customizable(found, needs); err != nil {
			return err
		}
	}
	_, err = placed(found, f, blocks, needs)
	return err
}

// customizable refuses a guest customization that vCenter would refuse for this template. The guest of a library item is only known once
// the item is deployed.
func customizable(image image.Template, needs vmspec.Needs) error {
	if image.Config == nil {
		return nil
	}
	return vmspec.Customizable(image.Name, needs, image.Config.GuestId, hardware.RootDisk(image.Config.Hardware.Device))
}
