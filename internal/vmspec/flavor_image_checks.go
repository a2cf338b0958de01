// SPDX-License-Identifier: MPL-2.0

package vmspec

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// Bootable refuses an image without a disk, except an ISO image. The disks of a library item are unknown until it is deployed, so it
// passes.
func Bootable(image openstack.Image) error {
	if image.Library == "" && image.SizeBytes == 0 && !image.ISO() {
		return openstack.AttributeErrorf("image_id", "the image %s has no disk: an instance's root disk is a copy of its image's. Choose a "+
			"template with a disk", image.Name)
	}
	return nil
}

// Usable refuses a flavor that no instance can have. Nova's driver refuses it when it builds the instance.
func Usable(f openstack.Flavor) error {
	if f.RAM%4 != 0 {
		return openstack.AttributeErrorf("flavor_id", "the flavor %s has %d MB of memory, and vSphere needs a multiple of 4: choose %d",
			f.Name, f.RAM, (f.RAM+3)/4*4)
	}
	return nil
}

// Fits refuses a flavor whose root disk is smaller than the image, in GiB rounded up, as Nova's driver does. A flavor with a disk of 0
// takes the image's size.
func Fits(f openstack.Flavor, image string, gib int64) error {
	if f.Disk != 0 && gib > f.Disk {
		return openstack.AttributeErrorf("flavor_id", "the flavor %s has a root disk of %d GiB, and the image %s needs %d: choose a larger "+
			"flavor, or one with disk = 0", f.Name, f.Disk, image, gib)
	}
	return nil
}

// FitsMemory refuses a flavor with less memory than the image asks for, in MB, as Nova does.
func FitsMemory(f openstack.Flavor, image string, megabytes int64) error {
	if megabytes > f.RAM {
		return openstack.AttributeErrorf("flavor_id", "the flavor %s has %d MB of memory, and the image %s needs %d (min_ram_mb): choose a "+
			"larger "+
			"flavor", f.Name, f.RAM, image, megabytes)
	}
	return nil
}

// Copyable refuses an image that is neither a vSphere disk nor an ISO, as Nova's driver does.
func Copyable(diskFormat string) error {
	switch diskFormat {
	case "", "vmdk", "iso":
		return nil
	}
	return openstack.AttributeErrorf("image_id", "the image's disk format is %q, and vSphere copies vmdk and iso only: convert it, for "+
		"example with qemu-img convert -O vmdk -o subformat=streamOptimized", diskFormat)
}
