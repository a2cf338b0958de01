// SPDX-License-Identifier: MPL-2.0

package hardware

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// RootDisk returns the disk with the lowest controller and unit, as Nova finds it, or nil.
func RootDisk(devices []types.BaseVirtualDevice) *types.VirtualDisk {
	var root *types.VirtualDisk
	unit := func(d *types.VirtualDisk) int32 {
		if d.UnitNumber == nil {
			return 0
		}
		return *d.UnitNumber
	}
	for _, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if ok && (root == nil || disk.ControllerKey < root.ControllerKey || disk.ControllerKey == root.ControllerKey && unit(disk) < unit(root)) {
			root = disk
		}
	}
	return root
}

// diskPlaces returns a VM's disks by their places.
func diskPlaces(devices []types.BaseVirtualDevice) map[string]*types.VirtualDisk {
	b, out := SlotsOf(devices, ""), map[string]*types.VirtualDisk{}
	for _, device := range devices {
		if disk, ok := device.(*types.VirtualDisk); ok {
			if at, ok := b.PlaceOf(disk); ok {
				out[at.String()] = disk
			}
		}
	}
	return out
}

// DiskAt returns the disk at a place such as "scsi0:1", or nil.
func DiskAt(devices []types.BaseVirtualDevice, at string) *types.VirtualDisk {
	return diskPlaces(devices)[at]
}

// DisksAt returns those of the recorded disks that a VM still has, with their present size.
func DisksAt(devices []types.BaseVirtualDevice, recorded []openstack.Disk) []openstack.Disk {
	at := diskPlaces(devices)
	var out []openstack.Disk
	for _, disk := range recorded {
		if have := at[disk.Place]; have != nil {
			disk.MB = have.CapacityInKB >> 10
			out = append(out, disk)
		}
	}
	return out
}

// BackingUUID returns the UUID of a disk's file or raw device, or "" for kinds of disks without one.
func BackingUUID(disk *types.VirtualDisk) string {
	switch b := disk.Backing.(type) {
	case *types.VirtualDiskFlatVer2BackingInfo:
		return b.Uuid
	case *types.VirtualDiskSeSparseBackingInfo:
		return b.Uuid
	case *types.VirtualDiskSparseVer2BackingInfo:
		return b.Uuid
	case *types.VirtualDiskRawDiskMappingVer1BackingInfo:
		return b.Uuid
	}
	return ""
}

// Mapped reports whether a disk is a raw device, such as an iSCSI volume. Nova attaches one without recording which volume it is.
func Mapped(disk *types.VirtualDisk) bool {
	_, is := disk.Backing.(*types.VirtualDiskRawDiskMappingVer1BackingInfo)
	return is
}

// Parents returns the files that a disk was cloned from, the nearest first. Some kinds of disk have none.
func Parents(disk *types.VirtualDisk) (files []string) {
	switch b := disk.Backing.(type) {
	case *types.VirtualDiskFlatVer2BackingInfo:
		for p := b.Parent; p != nil; p = p.Parent {
			files = append(files, p.FileName)
		}
	case *types.VirtualDiskSeSparseBackingInfo:
		for p := b.Parent; p != nil; p = p.Parent {
			files = append(files, p.FileName)
		}
	case *types.VirtualDiskSparseVer2BackingInfo:
		for p := b.Parent; p != nil; p = p.Parent {
			files = append(files, p.FileName)
		}
	}
	return files
}
