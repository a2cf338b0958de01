// SPDX-License-Identifier: MPL-2.0

package hardware

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Placed gives each disk without a place one on a VM with these devices, as Nova does: on the root disk's controller while it has room,
// else on another of its kind. version is the VM's hardware version. adapter is the planned type of the root disk's controller, as in
// Needs.
func Placed(devices []types.BaseVirtualDevice, version string, disks []openstack.Disk, adapter string) ([]openstack.Disk, error) {
	b := SlotsOf(devices, version)
	home := Place{Kind: "scsi"}
	if root := RootDisk(devices); root != nil {
		if at, ok := b.PlaceOf(root); ok {
			home = at
		}
	} else if adapter == AdapterIDE {
		home.Kind = "ide"
	}
	if moved, at := moveTo(devices, adapter); moved {
		home = at
		b.Controllers[ControllerKey] = Place{Kind: at.Kind, Bus: at.Bus}
		b.Taken[at] = true
	}
	out := slices.Clone(disks)
	for i := range out {
		if out[i].Place != "" || out[i].MB == 0 {
			continue
		}
		kind := home.Kind
		switch {
		case out[i].Bus == AdapterIDE:
			kind = "ide"
		case out[i].Bus != "":
			kind = "scsi"
		}
		if kind == "ide" && home.Kind != "ide" {
			return nil, openstack.AttributeErrorf("block_device", "an IDE disk stands before the root disk, which is on a %s controller, in the "+
				"order in which the firmware boots: leave disk_bus out", home.Kind)
		}
		at, ok := b.Free(kind, home.Bus)
		if !ok {
			return nil, openstack.AttributeErrorf("block_device", "the VM has no free place for another %s disk", kind)
		}
		b.Taken[at] = true
		out[i].Place = at.String()
	}
	return out, nil
}

// moveTo reports whether the root disk must move to a controller of another type, and where to.
func moveTo(devices []types.BaseVirtualDevice, adapter string) (bool, Place) {
	root := RootDisk(devices)
	if adapter == "" || root == nil {
		return false, Place{}
	}
	want := fmt.Sprintf("%T", Adapters[adapter]())
	for _, device := range devices {
		if device.GetVirtualDevice().Key == root.ControllerKey && fmt.Sprintf("%T", device) == want {
			return false, Place{}
		}
	}
	b := SlotsOf(devices, "")
	if adapter == AdapterIDE { // every VM has its IDE controllers
		at, ok := b.Free("ide", 0)
		return ok, at
	}
	return true, Place{Kind: "scsi", Bus: b.FreeBus("scsi")}
}

// Bare returns the disk controllers of a VM that is made without a disk, with the keys that New changes give them.
func Bare(adapter string) []types.BaseVirtualDevice {
	var out []types.BaseVirtualDevice
	for bus := range int32(2) {
		ide := &types.VirtualIDEController{}
		ide.Key, ide.BusNumber = IDEKey+bus, bus
		out = append(out, ide)
	}
	if adapter != AdapterIDE {
		scsi := Adapters[adapter]()
		scsi.GetVirtualDevice().Key = ControllerKey
		out = append(out, scsi)
	}
	return out
}

// Blank returns the devices of a VM that is made for an ISO image: its disk controllers, a root disk where it has one, and the CD-ROM
// drive.
func Blank(adapter string, disk bool) []types.BaseVirtualDevice {
	out, home, drive := Bare(adapter), int32(ControllerKey), int32(IDEKey)
	if adapter == AdapterIDE {
		home, drive = IDEKey, IDEKey+1
	}
	if disk {
		out = append(out, &types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: RootDiskKey, ControllerKey: home,
			UnitNumber: types.NewInt32(0)}})
	}
	return append(out, CDROM(ISO{}, drive, 0))
}
