// SPDX-License-Identifier: MPL-2.0

package openstack

import "slices"

// BlockDevice is a block_device block as written.
type BlockDevice struct {
	Source      string `json:"source"`                // SourceImage, SourceBlank, SourceVolume or SourceSnapshot
	Destination string `json:"destination,omitempty"` // DestinationLocal or DestinationVolume; empty: see ToVolume
	UUID        string `json:"uuid,omitempty"`
	SizeGiB     int64  `json:"size,omitempty"`
	BootIndex   *int64 `json:"boot_index,omitempty"`   // nil: not set
	GuestFormat string `json:"guest_format,omitempty"` // FormatSwap makes a local disk the swap disk
	Bus         string `json:"bus,omitempty"`
	DeviceType  string `json:"device_type,omitempty"`
	VolumeType  string `json:"volume_type,omitempty"`           // the name of a storage policy
	Delete      *bool  `json:"delete_on_termination,omitempty"` // nil: not set
	Multiattach bool   `json:"multiattach,omitempty"`
}

// Values of a BlockDevice, beside the kinds of a VolumeSource.
const (
	SourceBlank       = "blank"
	DestinationLocal  = "local"
	DestinationVolume = "volume"
	FormatSwap        = "swap"
)

// ToVolume reports whether the disk is a volume. Without a destination that is what its source can only be.
func (b BlockDevice) ToVolume() bool {
	if b.Destination == "" {
		return b.Source == SourceVolume || b.Source == SourceSnapshot
	}
	return b.Destination == DestinationVolume
}

// Boots reports whether the disk is the root disk. A block without a boot_index has 0, as the OpenStack provider sends it. Nothing boots
// from a blank disk.
func (b BlockDevice) Boots() bool {
	return b.Source != SourceBlank && (b.BootIndex == nil || *b.BootIndex == 0)
}

// DeletedWithServer reports whether the disk goes with its instance. A local disk always does. Of volumes a block's own do where it says
// so, and never a volume that was there before: it has a resource of its own (terraform-provider-openstack #835).
func (b BlockDevice) DeletedWithServer() bool {
	return !b.ToVolume() || b.Delete != nil && *b.Delete && b.Source != SourceVolume
}

// Registered reports whether the disk is a volume with an id of its own while the instance lives. An image's or an empty one that goes with
// the instance is none: a plain disk does as much.
func (b BlockDevice) Registered() bool {
	if !b.ToVolume() {
		return false
	}
	copied := b.Source == SourceImage && b.Boots() || b.Source == SourceBlank
	return !copied || !b.DeletedWithServer()
}

// BootBlock returns the index of the block of the root disk; -1 where no block has it, so that it is a copy of the instance's image.
func BootBlock(blocks []BlockDevice) int { return slices.IndexFunc(blocks, BlockDevice.Boots) }

// BootsFromVolume reports whether the root disk is a volume, whose size no flavor sets.
func BootsFromVolume(blocks []BlockDevice) bool {
	at := BootBlock(blocks)
	return at >= 0 && blocks[at].ToVolume()
}

// Diskless reports whether a machine is made without its root disk, which is a volume that is attached to it then.
func Diskless(blocks []BlockDevice) bool {
	at := BootBlock(blocks)
	return at >= 0 && blocks[at].ToVolume() && blocks[at].Source != SourceImage
}
