// SPDX-License-Identifier: MPL-2.0

package blockdevices

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Block is a block_device block as far as it is known. Unknown values break no rule.
type Block struct {
	openstack.BlockDevice
	Unknown     bool // its kind or its place in the boot order is not known
	UnknownSize bool
	UnknownUUID bool
}

// Faults returns what is wrong with each block whatever the flavor: one sentence for each fault, as Nova's API checks them
// (nova.block_device, _validate_bdm of nova.compute.api). image says whether the instance names an image besides.
func Faults(blocks []Block, image bool) [][]string {
	out := make([][]string, len(blocks))
	known := true
	for i, block := range blocks {
		known = known && !block.Unknown
		if !block.Unknown {
			out[i] = block.faults(image)
		}
	}
	if known {
		at, why := sequenceFault(blocks, image)
		if why != "" {
			out[at] = append(out[at], why)
		}
	}
	return out
}

// faults returns what is wrong with a block by itself.
func (b Block) faults(image bool) (why []string) {
	switch {
	case b.Destination != "" && b.Destination != openstack.DestinationLocal && b.Destination != openstack.DestinationVolume:
		return []string{fmt.Sprintf("destination_type %q is unknown: write local or volume", b.Destination)}
	case !b.ToVolume() && (b.Source == openstack.SourceVolume || b.Source == openstack.SourceSnapshot):
		return []string{fmt.Sprintf("source_type %q is a volume: write destination_type = \"volume\"", b.Source)}
	case b.ToVolume():
		why = b.volumeFaults()
	default:
		why = b.localFaults(image)
	}
	if b.Source == openstack.SourceBlank && b.UUID != "" {
		why = append(why, "a blank disk is no copy of anything: leave uuid out")
	}
	if b.Bus != "" && b.Bus != "scsi" && !slices.Contains(hardware.AdapterNames, b.Bus) {
		why = append(why, fmt.Sprintf("disk_bus %q cannot be made: leave it out, or write scsi, ide, lsiLogic, lsiLogicsas, busLogic or "+
			"paraVirtual", b.Bus))
	}
	if b.Source == openstack.SourceBlank && b.BootIndex != nil && *b.BootIndex == 0 && b.GuestFormat != openstack.FormatSwap {
		why = append(why, "nothing boots from a blank disk: write boot_index = -1")
	}
	if b.DeviceType != "" && b.DeviceType != "disk" {
		why = append(why, fmt.Sprintf("device_type %q cannot be made: leave it out, or write disk", b.DeviceType))
	}
	return why
}

// localFaults returns what is wrong with a local disk.
func (b Block) localFaults(image bool) (why []string) {
	if b.Source == openstack.SourceImage && !b.Boots() {
		why = append(why, "a local disk with an image is the root disk: write boot_index = 0")
	}
	if b.Source == openstack.SourceImage && !image && b.UUID == "" && !b.UnknownUUID {
		why = append(why, "source_type image needs the image's id in uuid, or image_id")
	}
	if b.VolumeType != "" || b.Multiattach {
		why = append(why, "volume_type and multiattach are of volumes, and this is a local disk: leave them out, or write "+
			"destination_type = \"volume\"; a flavor's vmware:storage_policy chooses where its disks lie")
	}
	return why
}

// volumeFaults returns what is wrong with a volume. A volume_size beside a volume that exists has no effect, as in Nova.
func (b Block) volumeFaults() (why []string) {
	if b.Source != openstack.SourceBlank && b.UUID == "" && !b.UnknownUUID {
		why = append(why, fmt.Sprintf("source_type %s needs the %s's id in uuid", b.Source, b.Source))
	}
	made := b.Source == openstack.SourceImage || b.Source == openstack.SourceBlank
	if made && b.SizeGiB == 0 && !b.UnknownSize {
		why = append(why, fmt.Sprintf("source_type %s with destination_type volume needs volume_size, in GiB", b.Source))
	}
	if b.GuestFormat == openstack.FormatSwap {
		why = append(why, "a swap disk is local: write destination_type = \"local\"")
	}
	if b.Multiattach && b.Source != openstack.SourceVolume {
		why = append(why, "multiattach is of a volume that several instances have, which a blockstorage_volume with multiattach = true is: "+
			"write source_type = \"volume\" and its id")
	}
	return why
}

// sequenceFault returns what is wrong with the order in which the disks boot, and the block that shows it. Indexes from 0 on must have no
// gap, and one must be 0; negative ones do not boot. The instance's image has 0 where no block has it. Ephemeral and swap disks have no
// place in the order.
func sequenceFault(blocks []Block, image bool) (at int, why string) {
	holder := map[int64]int{}
	for i, block := range blocks {
		index, boots := block.index()
		if !boots {
			continue
		}
		if before, taken := holder[index]; taken && index == 0 {
			return i, fmt.Sprintf("block_device[%d] is the root disk already, and this one is it too: write boot_index = -1 here or there", before)
		} else if taken {
			return i, fmt.Sprintf("block_device[%d] has boot_index = %d already: each disk that boots has one of its own", before, index)
		}
		holder[index] = i
	}
	if _, root := holder[0]; !root && len(blocks) > 0 && !image {
		return 0, "the instance has no root disk: write boot_index = 0 in one block, or image_id"
	} else if !root {
		holder[0] = -1
	}
	for next := int64(0); next < int64(len(holder)); next++ {
		if _, ok := holder[next]; !ok {
			i := last(holder)
			return i, fmt.Sprintf("no disk has boot_index = %d: the indexes of disks that boot are 0, 1, 2 and so on, and that of any other "+
				"disk is -1", next)
		}
	}
	return 0, ""
}

// index returns a block's place in the boot order, or false where it has none.
func (b Block) index() (int64, bool) {
	switch {
	case b.Source == openstack.SourceBlank && (!b.ToVolume() || b.BootIndex == nil):
		return 0, false
	case b.BootIndex == nil:
		return 0, true
	}
	return *b.BootIndex, *b.BootIndex >= 0
}

// last returns the block with the highest index.
func last(holder map[int64]int) (at int) {
	highest := int64(-1)
	for index, i := range holder {
		if index > highest {
			highest, at = index, i
		}
	}
	return at
}

// atBlock returns the error of a block with faults, or nil.
func atBlock(i int, why []string) error {
	if len(why) == 0 {
		return nil
	}
	return openstack.AttributeErrorf(Path(i), "%s", strings.Join(why, "; "))
}

// Path returns the path of a block, for errors.
func Path(i int) string { return fmt.Sprintf("block_device[%d]", i) }
