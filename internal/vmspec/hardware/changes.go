// SPDX-License-Identifier: MPL-2.0

package hardware

import "github.com/vmware/govmomi/vim25/types"

// Add adds a device. A disk's file must exist.
func Add(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
}

// Create adds a disk and creates its file.
func Create(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd,
		FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate, Device: device}
}

// Edit changes one of a VM's devices, by its key.
func Edit(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: device}
}

// Remove removes a device from a VM. A disk's file stays.
func Remove(device types.BaseVirtualDevice) types.BaseVirtualDeviceConfigSpec {
	return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove, Device: device}
}

// OnlyNICs returns the device changes that concern NICs.
func OnlyNICs(changes []types.BaseVirtualDeviceConfigSpec) (out []types.BaseVirtualDeviceConfigSpec) {
	for _, change := range changes {
		if _, card := change.GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualEthernetCard); card {
			out = append(out, change)
		}
	}
	return out
}
