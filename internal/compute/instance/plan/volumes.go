// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// checkVolumes refuses blocks whose volumes cannot be made or attached.
func checkVolumes(ctx context.Context, in inputs, needs vmspec.Needs) error {
	var all []error
	for i, block := range model.KnownBlocks(in.config.BlockDevice) {
		if !block.ToVolume() || block.UnknownUUID {
			continue
		}
		if err := checkSource(ctx, in, block); err != nil {
			all = append(all, openstack.AttributeErrorf(blockdevices.Path(i), "%w", err))
		}
	}
	if openstack.Diskless(model.BlockDevices(in.config.BlockDevice)) {
		if err := servers.CheckCustomized(needs); err != nil {
			all = append(all, openstack.AttributeErrorf(blockdevices.Path(openstack.BootBlock(model.BlockDevices(in.config.BlockDevice))), "%w",
				err))
		}
	}
	if crud.Known(in.config.BlockDevice) {
		all = append(all, in.client.Servers.CheckVolumeTypes(ctx, in.zone(), in.config.Hypervisor.ValueString(), needs.StoragePolicy,
			model.BlockDevices(in.config.BlockDevice)))
	}
	return errors.Join(all...)
}

// copiedImage finds the image that a volume is to be a copy of, in the configuration or in the vCenter.
func copiedImage(ctx context.Context, in inputs, id string) (openstack.Image, error) {
	if image, coming, _, err := plannedImage(ctx, in, id, ""); err != nil || coming {
		return image, err
	}
	found, err := in.client.Images.ByID(ctx, id)
	if err == nil {
		err = found.CheckDisks()
	}
	return found.Image, err
}

// checkSource refuses a block of a volume whose source is not there or does not fit in it.
func checkSource(ctx context.Context, in inputs, block blockdevices.Block) error {
	switch block.Source {
	case openstack.SourceImage:
		image, err := copiedImage(ctx, in, block.UUID)
		if err != nil {
			return err
		}
		if block.UnknownSize {
			return nil
		}
		return blockdevices.Fits(block.BlockDevice, image.Name, image.LeastDisk())
	case openstack.SourceVolume, openstack.SourceSnapshot:
		volume, err := in.client.Blocks.Source(ctx, block.BlockDevice)
		if err == nil {
			err = in.client.Blocks.CheckReach(ctx, in.zone(), in.config.Hypervisor.ValueString(), volume)
		}
		if err == nil && block.Source == openstack.SourceVolume && !volume.Multiattach {
			err = warnAttached(ctx, in, volume)
		}
		if err != nil {
			return err
		}
		switch {
		case block.Source == openstack.SourceSnapshot && block.SizeGiB != 0 && block.SizeGiB < volume.Size:
			return fmt.Errorf("volume_size is %d, and the snapshot holds %d GiB: write at least that", block.SizeGiB, volume.Size)
		case block.Source == openstack.SourceVolume && block.Multiattach && !volume.Multiattach:
			return fmt.Errorf("the volume %s was not made for several instances: leave multiattach out, or make the volume with multiattach = "+
				"true", volume.Name)
		case block.Source == openstack.SourceVolume && !block.Multiattach && volume.Multiattach:
			return fmt.Errorf("the volume %s was made for several instances: write multiattach = true", volume.Name)
		}
	}
	return nil
}

// warnVolumesStay warns once of the volumes that are made for an instance's blocks and outlive it, since no configuration has them then,
// and of a delete_on_termination that has no effect.
func warnVolumesStay(ctx context.Context, in inputs) {
	var stay []string
	for i, block := range model.KnownBlocks(in.config.BlockDevice) {
		size := ""
		if block.SizeGiB != 0 {
			size = fmt.Sprintf(", %d GiB", block.SizeGiB)
		}
		switch {
		case !block.ToVolume():
		case block.Source != openstack.SourceVolume && !block.DeletedWithServer():
			stay = append(stay, fmt.Sprintf("%s (source_type %s%s)", blockdevices.Path(i), block.Source, size))
		case block.Source == openstack.SourceVolume && block.Delete != nil && *block.Delete:
			crud.WarnAt(ctx, blockPath(i).AtName("delete_on_termination"), "The volume is not deleted with the instance", fmt.Sprintf(
				"%s: the volume %s was there before %s, so it is detached when that is destroyed, and stays: destroy its own resource to delete it",
				blockdevices.Path(i), block.UUID, in.plan.Name.ValueString()))
		}
	}
	if len(stay) > 0 {
		crud.WarnAt(ctx, path.Root("block_device"), "Volumes will outlive the instance", fmt.Sprintf("When %s is destroyed, the volumes stay "+
			"that are made for its blocks without delete_on_termination = true, and nothing in this configuration can delete them: %s. The data "+
			"source blockstorage_volumes lists them. Write delete_on_termination = true, or make a blockstorage_volume and boot from that",
			in.plan.Name.ValueString(), strings.Join(stay, ", ")))
	}
}

// warnAttached warns of a volume that another instance has at this moment.
func warnAttached(ctx context.Context, in inputs, volume openstack.Volume) error {
	holder, err := in.client.Blocks.Holder(ctx, volume.ID)
	if err == nil && holder != "" {
		crud.WarnAt(ctx, path.Root("block_device"), "The volume is attached elsewhere", fmt.Sprintf("%s is to have the volume %s, which %s has. "+
			"It is never taken from there: unless it is detached before, the apply fails", in.plan.Name.ValueString(), volume.Name, holder))
	}
	return err
}

func blockPath(i int) path.Path { return path.Root("block_device").AtListIndex(i) }

// warnUnnoted warns of a boot volume that does not tell what hardware its system expects.
func warnUnnoted(ctx context.Context, in inputs, i int, volume openstack.Volume) {
	if len(volume.ImageProperties) > 0 {
		return
	}
	crud.WarnAt(ctx, blockPath(i), "The hardware for the volume's system is not known", fmt.Sprintf("%s: nothing is noted on the volume %s "+
		"of the image that it comes from, so that %s gets what its flavor and Nova's defaults say (BIOS, an LSI Logic adapter, an unnamed "+
		"guest). A system that was installed for another firmware or adapter does not start: make the volume of an image", blockdevices.Path(i),
		volume.Name, in.plan.Name.ValueString()))
}

// rootGiB returns the size of a new root disk in GiB; unknown where only its making shows it.
func rootGiB(f openstack.Flavor, image openstack.Image, list types.List) types.Int64 {
	blocks := model.BlockDevices(list)
	size := blockdevices.RootGiB(f, blocks)
	if at := openstack.BootBlock(blocks); at >= 0 && blocks[at].ToVolume() {
		switch {
		case model.KnownBlocks(list)[at].UnknownSize && blocks[at].Source != openstack.SourceVolume:
			return types.Int64Unknown()
		case blocks[at].Source == openstack.SourceVolume:
			size = image.LeastDisk()
		default:
			size = max(size, image.LeastDisk())
		}
	}
	if size == 0 && !image.ISO() {
		return types.Int64Unknown()
	}
	return types.Int64Value(size)
}
