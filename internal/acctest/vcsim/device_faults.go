package vcsim

import "github.com/vmware/govmomi/vim25/types"

// at notes which of the changes a fault is about.
func at(i int32, fault types.BaseMethodFault) types.BaseMethodFault {
	if f, ok := fault.(types.BaseInvalidDeviceSpec); ok {
		f.GetInvalidDeviceSpec().DeviceIndex = i
	}
	return fault
}

func invalid(property string) types.BaseMethodFault {
	return &types.InvalidDeviceSpec{InvalidVmConfig: types.InvalidVmConfig{Property: "deviceChange.device." + property}}
}

func unbacked(property string) types.BaseMethodFault {
	return &types.InvalidDeviceBacking{InvalidDeviceSpec: types.InvalidDeviceSpec{
		InvalidVmConfig: types.InvalidVmConfig{Property: "deviceChange.device.backing." + property},
	}}
}
