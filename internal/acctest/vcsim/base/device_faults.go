// SPDX-License-Identifier: MPL-2.0

package base

import "github.com/vmware/govmomi/vim25/types"

// InvalidDevice is the fault of a device change, of which a property is wrong.
func InvalidDevice(property string) types.BaseMethodFault {
	return &types.InvalidDeviceSpec{InvalidVmConfig: types.InvalidVmConfig{Property: "deviceChange.device." + property}}
}

// InvalidBacking is the fault of a device change, of whose backing a property is wrong.
func InvalidBacking(property string) types.BaseMethodFault {
	return &types.InvalidDeviceBacking{InvalidDeviceSpec: types.InvalidDeviceSpec{
		InvalidVmConfig: types.InvalidVmConfig{Property: "deviceChange.device.backing." + property},
	}}
}
