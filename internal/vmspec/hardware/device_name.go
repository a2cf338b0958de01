// SPDX-License-Identifier: MPL-2.0

package hardware

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// DeviceName returns the name that a Linux guest is expected to give the disk in a place, for example "/dev/sdb" for "scsi0:1": by the
// place alone, so that no two disks of a VM have the same. A guest names disks in the order in which it finds them: only DiskByID is
// certain.
func DeviceName(devices []types.BaseVirtualDevice, version string, at Place) string {
	b := SlotsOf(devices, version)
	if at.Kind == "nvme" {
		return fmt.Sprintf("/dev/nvme%dn%d", at.Bus, at.Unit+1)
	}
	index, key := b.rank(at), b.KeyOf(at)
	for other, c := range b.Controllers {
		switch {
		case other >= key || c.Kind == "nvme":
		case c.Kind == at.Kind:
			index += b.capacity(other)
		default:
			index += disksOn(devices, other)
		}
	}
	return "/dev/sd" + letters(index)
}

// DiskByID returns the path under which a Linux guest finds a disk for ever, by the UUID of its file (disk.EnableUUID); empty where the
// disk is on no SCSI controller, or has no UUID.
func DiskByID(at Place, uuid string) string {
	if at.Kind != "scsi" || uuid == "" {
		return ""
	}
	return "/dev/disk/by-id/wwn-0x" + strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(uuid))
}

// rank counts the places of a controller before one.
func (b Slots) rank(at Place) int {
	if at.Kind == "scsi" && at.Unit > SCSISelf {
		return int(at.Unit) - 1
	}
	return int(at.Unit)
}

// capacity counts the places of a controller.
func (b Slots) capacity(key int32) int {
	units, known := b.units[key]
	if !known {
		units = UnitsOf[b.Controllers[key].Kind]
	}
	return b.rank(Place{Kind: b.Controllers[key].Kind, Unit: units})
}

// disksOn counts the disks on a controller.
func disksOn(devices []types.BaseVirtualDevice, key int32) (count int) {
	for _, device := range devices {
		if disk, ok := device.(*types.VirtualDisk); ok && disk.ControllerKey == key {
			count++
		}
	}
	return count
}

// letters writes a number as Linux names disks: a to z, then aa.
func letters(index int) (out string) {
	for index++; index > 0; index = (index - 1) / 26 {
		out = string(rune('a'+(index-1)%26)) + out
	}
	return out
}
