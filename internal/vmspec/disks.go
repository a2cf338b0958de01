package vmspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// Disks returns the disks beside the root disk: those of block_device blocks with source blank, else the flavor's. As in Nova, ephemeral
// disks come first, together at most as large as the flavor grants, then one swap disk. An error is at "block_device[i]".
func Disks(f openstack.Flavor, blocks []openstack.BlockDevice) ([]openstack.Disk, error) {
	var ephemeral, swap []openstack.Disk
	left := f.Ephemeral << 10
	for i, block := range blocks {
		at := fmt.Sprintf("block_device[%d]", i)
		if why := append(BlockFaults(block), rootFaults(block, f)...); len(why) > 0 {
			return nil, openstack.AttributeErrorf(at, "%s", strings.Join(why, "; "))
		}
		if block.Source != "blank" {
			continue
		}
		disk := openstack.Disk{Kind: openstack.DiskEphemeral, MB: block.SizeGiB << 10, Bus: block.Bus}
		if block.GuestFormat == "swap" {
			if disk.Kind, disk.MB = openstack.DiskSwap, pick(disk.MB == 0, f.Swap, disk.MB); disk.MB > f.Swap || len(swap) > 0 {
				return nil, openstack.AttributeErrorf(at, "the flavor %s grants one swap disk of at most %d MB: write less, or choose a flavor whose "+
					"swap is larger", f.Name, f.Swap)
			}
			swap = append(swap, disk)
			continue
		}
		if disk.MB == 0 {
			disk.MB = left
		}
		if left -= disk.MB; left < 0 || disk.MB == 0 {
			return nil, openstack.AttributeErrorf(at, "the flavor %s grants %d GiB of ephemeral disks in all: write less, or choose a flavor whose "+
				"ephemeral is larger", f.Name, f.Ephemeral)
		}
		ephemeral = append(ephemeral, disk)
	}
	if len(ephemeral) == 0 && f.Ephemeral > 0 {
		ephemeral = []openstack.Disk{{Kind: openstack.DiskEphemeral, MB: f.Ephemeral << 10}}
	}
	if len(swap) == 0 && f.Swap > 0 {
		swap = []openstack.Disk{{Kind: openstack.DiskSwap, MB: f.Swap}}
	}
	return append(ephemeral, swap...), nil
}

// BlockFaults returns what is wrong with a block whatever the flavor: one sentence for each fault.
func BlockFaults(block openstack.BlockDevice) (why []string) {
	if block.Bus != "" && block.Bus != "scsi" && !slices.Contains(hardware.AdapterNames, block.Bus) {
		why = append(why, fmt.Sprintf("disk_bus %q cannot be made: leave it out, or write scsi, ide, lsiLogic, lsiLogicsas, busLogic or "+
			"paraVirtual", block.Bus))
	}
	if block.Source == "image" && !boots(block) {
		why = append(why, "a local disk with an image is the root disk: write boot_index = 0")
	}
	if block.Source == "blank" && block.BootIndex != nil && boots(block) && block.GuestFormat != "swap" {
		why = append(why, "nothing boots from a blank disk: write boot_index = -1")
	}
	return why
}

// rootFaults refuses a root disk of another size than the flavor's. The same size may be written, as modules for OpenStack do.
func rootFaults(block openstack.BlockDevice, f openstack.Flavor) []string {
	switch {
	case block.Source != "image" || block.SizeGiB == 0 || block.SizeGiB == f.Disk:
		return nil
	case f.Disk == 0:
		return []string{fmt.Sprintf("the root disk has the image's size, by the flavor %s (disk = 0): leave volume_size out, or choose a "+
			"flavor with disk = %d", f.Name, block.SizeGiB)}
	}
	return []string{fmt.Sprintf("the root disk's size is the flavor's, and the flavor %s has %d GiB: write volume_size = %d or leave it "+
		"out, or choose a flavor with disk = %d",
		f.Name, f.Disk, f.Disk, block.SizeGiB)}
}

// RootSized returns the blocks after a resize to the flavor: a root disk that has a size gets its new one.
func RootSized(blocks []openstack.BlockDevice, f openstack.Flavor) []openstack.BlockDevice {
	out := slices.Clone(blocks)
	for i := range out {
		if out[i].Source == "image" && out[i].SizeGiB != 0 {
			out[i].SizeGiB = f.Disk
		}
	}
	return out
}

func boots(block openstack.BlockDevice) bool { return block.BootIndex == nil || *block.BootIndex == 0 }

// ResizedDisks returns an instance's disks after a resize, each in its place. A disk that stays keeps its size or grows. A swap disk that
// goes stays listed with 0 MB, and one that shrinks is made anew in its place. Ephemeral disks never shrink or go: that is an error at
// flavor_id.
func ResizedDisks(have, want []openstack.Disk) ([]openstack.Disk, error) {
	var out []openstack.Disk
	rest := slices.Clone(want)
	for _, old := range have {
		i := slices.IndexFunc(rest, func(d openstack.Disk) bool { return d.Kind == old.Kind })
		now := old
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
