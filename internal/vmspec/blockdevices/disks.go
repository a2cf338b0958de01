// SPDX-License-Identifier: MPL-2.0

// Package blockdevices holds Nova's rules about an instance's disks: its block_device blocks, and what its flavor grants.
package blockdevices

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Check returns the error of each block that no instance can have, whatever its flavor.
func Check(blocks []Block, image bool) error {
	var all []error
	for i, why := range Faults(blocks, image) {
		all = append(all, atBlock(i, why))
	}
	return errors.Join(all...)
}

// Disks returns the disks beside the root disk that are made with the VM: empty volumes that go with it, then those of blocks that are
// blank and local, else the flavor's. As in Nova, ephemeral disks come before the swap disk, and are together at most as large as the
// flavor grants. An error is at "block_device[i]".
func Disks(f openstack.Flavor, blocks []openstack.BlockDevice) ([]openstack.Disk, error) {
	all, err := Layout(f, blocks)
	return slices.DeleteFunc(all, func(d openstack.Disk) bool { return d.Kind == Attached }), err
}

// Attached is the kind of a disk in a Layout that is attached to the VM once it exists.
const Attached = "attached"

// Layout is Disks with a disk for each volume that is attached later, of a nominal size: they have their places in the order too.
func Layout(f openstack.Flavor, blocks []openstack.BlockDevice) ([]openstack.Disk, error) {
	var volumes, ephemeral, swap []openstack.Disk
	left := f.Ephemeral << 10
	for i, block := range blocks {
		if err := atBlock(i, rootFaults(block, f)); err != nil {
			return nil, err
		}
		if block.Registered() && (!block.Boots() || block.Source != openstack.SourceImage) {
			attached := openstack.Disk{Kind: Attached, MB: 1, Bus: block.Bus}
			volumes = slices.Insert(volumes, pick(block.Boots(), 0, len(volumes)), attached)
		}
		if block.Source != openstack.SourceBlank || block.Registered() {
			continue
		}
		disk := openstack.Disk{Kind: openstack.DiskEphemeral, MB: block.SizeGiB << 10, Bus: block.Bus}
		switch {
		case block.ToVolume():
			disk.Kind, disk.Policy = openstack.DiskVolume, block.VolumeType
			volumes = append(volumes, disk)
		case block.GuestFormat == openstack.FormatSwap:
			if disk.Kind, disk.MB = openstack.DiskSwap, cmp.Or(disk.MB, f.Swap); disk.MB > f.Swap || len(swap) > 0 {
				return nil, openstack.AttributeErrorf(Path(i), "the flavor %s grants one swap disk of at most %d MB: write less, or choose a flavor "+
					"whose swap is larger", f.Name, f.Swap)
			}
			swap = append(swap, disk)
		default:
			disk.MB = cmp.Or(disk.MB, left)
			if left -= disk.MB; left < 0 || disk.MB == 0 {
				return nil, openstack.AttributeErrorf(Path(i), "the flavor %s grants %d GiB of ephemeral disks in all: write less, or choose a "+
					"flavor whose ephemeral is larger", f.Name, f.Ephemeral)
			}
			ephemeral = append(ephemeral, disk)
		}
	}
	if len(ephemeral) == 0 && f.Ephemeral > 0 {
		ephemeral = []openstack.Disk{{Kind: openstack.DiskEphemeral, MB: f.Ephemeral << 10}}
	}
	if len(swap) == 0 && f.Swap > 0 {
		swap = []openstack.Disk{{Kind: openstack.DiskSwap, MB: f.Swap}}
	}
	return slices.Concat(volumes, ephemeral, swap), nil
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// rootFaults refuses a local root disk of another size than the flavor's. The same size may be written, as modules for OpenStack do.
func rootFaults(block openstack.BlockDevice, f openstack.Flavor) []string {
	switch {
	case block.Source != openstack.SourceImage || block.ToVolume() || block.SizeGiB == 0 || block.SizeGiB == f.Disk:
		return nil
	case f.Disk == 0:
		return []string{fmt.Sprintf("the root disk has the image's size, by the flavor %s (disk = 0): leave volume_size out, or choose a "+
			"flavor with disk = %d", f.Name, block.SizeGiB)}
	}
	return []string{fmt.Sprintf("the root disk's size is the flavor's, and the flavor %s has %d GiB: write volume_size = %d or leave it "+
		"out, or choose a flavor with disk = %d",
		f.Name, f.Disk, f.Disk, block.SizeGiB)}
}

// RootSized returns the blocks after a resize to the flavor: a local root disk that has a size gets its new one.
func RootSized(blocks []openstack.BlockDevice, f openstack.Flavor) []openstack.BlockDevice {
	out := slices.Clone(blocks)
	for i := range out {
		if out[i].Source == openstack.SourceImage && !out[i].ToVolume() && out[i].SizeGiB != 0 {
			out[i].SizeGiB = f.Disk
		}
	}
	return out
}

// RootGiB returns the size to which the root disk is grown: that of the flavor, or of the volume that it is. 0 keeps the image's size.
func RootGiB(f openstack.Flavor, blocks []openstack.BlockDevice) int64 {
	if at := openstack.BootBlock(blocks); at >= 0 && blocks[at].ToVolume() {
		return blocks[at].SizeGiB
	}
	return f.Disk
}

// Fits refuses a volume of an image that is smaller than the image, as Cinder does. gib is the image's disk, rounded up; 0 is not known.
func Fits(block openstack.BlockDevice, image string, gib int64) error {
	if block.SizeGiB != 0 && block.SizeGiB < gib {
		return fmt.Errorf("volume_size is %d, and the image %s needs %d GiB: write at least that", block.SizeGiB, image, gib)
	}
	return nil
}

// ResizedDisks returns an instance's disks after a resize, each in its place. A disk that stays keeps its size or grows. A swap disk that
// goes stays listed with 0 MB, and one that shrinks is made anew in its place. Ephemeral disks never shrink or go: that is an error at
// flavor_id. Volumes stay as they are.
func ResizedDisks(have, want []openstack.Disk) ([]openstack.Disk, error) {
	var out []openstack.Disk
	rest := slices.DeleteFunc(slices.Clone(want), func(d openstack.Disk) bool { return d.Kind == openstack.DiskVolume })
	for _, old := range have {
		now := old
		if old.Kind == openstack.DiskVolume {
			out = append(out, old)
			continue
		}
		i := slices.IndexFunc(rest, func(d openstack.Disk) bool { return d.Kind == old.Kind })
		now.MB = 0
		if i >= 0 {
			now.MB = rest[i].MB
			rest = slices.Delete(rest, i, i+1)
		}
		if old.Kind == openstack.DiskEphemeral && now.MB < old.MB {
			return nil, openstack.AttributeErrorf("flavor_id", "the instance has an ephemeral disk of %d GiB, and the new flavor grants %d: a disk "+
				"cannot shrink, and what it holds would be lost", old.MB>>10, now.MB>>10)
		}
		out = append(out, now)
	}
	return append(out, rest...), nil
}
