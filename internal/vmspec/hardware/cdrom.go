// SPDX-License-Identifier: MPL-2.0

package hardware

import (
	"slices"

	"github.com/vmware/govmomi/vim25/types"
)

// ISO is an ISO file for a CD-ROM.
type ISO struct {
	File  string // "[datastore] folder/file.iso"
	Store types.ManagedObjectReference
}

// CDROM returns a CD-ROM that holds an ISO file, at a controller's unit.
func CDROM(iso ISO, controller, unit int32) *types.VirtualCdrom {
	return &types.VirtualCdrom{VirtualDevice: types.VirtualDevice{
		Key: -1, ControllerKey: controller, UnitNumber: &unit,
		Backing: &types.VirtualCdromIsoBackingInfo{VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: iso.File,
			Datastore: &iso.Store}},
		Connectable: &types.VirtualDeviceConnectInfo{StartConnected: true, Connected: true},
	}}
}

// Inserted returns the ISO file in the first CD-ROM drive that has one; a zero ISO where none has.
func Inserted(devices []types.BaseVirtualDevice) ISO {
	for _, device := range devices {
		drive, ok := device.(*types.VirtualCdrom)
		if !ok {
			continue
		}
		if backing, ok := drive.Backing.(*types.VirtualCdromIsoBackingInfo); ok && backing.FileName != "" && backing.Datastore != nil {
			return ISO{backing.FileName, *backing.Datastore}
		}
	}
	return ISO{}
}

// Holds reports whether a CD-ROM drive holds an ISO file.
func Holds(devices []types.BaseVirtualDevice, file string) bool {
	return slices.ContainsFunc(devices, func(device types.BaseVirtualDevice) bool {
		backing, ok := device.GetVirtualDevice().Backing.(*types.VirtualCdromIsoBackingInfo)
		return ok && backing.FileName == file
	})
}

// ConfigDrive returns the changes that put an ISO file of a datastore into a VM's CD-ROM: the present drive where it is empty or holds an
// older config drive, else a new one.
func ConfigDrive(have []types.BaseVirtualDevice, file string, store types.ManagedObjectReference) []types.BaseVirtualDeviceConfigSpec {
	iso := ISO{file, store}
	for _, device := range have {
		drive, ok := device.(*types.VirtualCdrom)
		if !ok {
			continue
		}
		backing, holds := drive.Backing.(*types.VirtualCdromIsoBackingInfo)
		if holds && backing.FileName == file {
			return nil
		}
		if holds && backing.FileName != "" {
			continue // holds a foreign file
		}
		changed := *drive
		changed.Backing, changed.Connectable = CDROM(iso, 0, 0).Backing, CDROM(iso, 0, 0).Connectable
		return []types.BaseVirtualDeviceConfigSpec{Edit(&changed)}
	}
	b := SlotsOf(have, "")
	for _, kind := range []string{"ide", "sata"} {
		if at, ok := b.Free(kind, 0); ok {
			return []types.BaseVirtualDeviceConfigSpec{Add(CDROM(iso, b.KeyOf(at), at.Unit))}
		}
	}
	sata := &types.VirtualAHCIController{}
	sata.Key = ControllerKey
	return []types.BaseVirtualDeviceConfigSpec{Add(sata), Add(CDROM(iso, ControllerKey, 0))}
}
