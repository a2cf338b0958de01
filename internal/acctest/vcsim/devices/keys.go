// SPDX-License-Identifier: MPL-2.0

package devices

import "github.com/vmware/govmomi/vim25/types"

// assignKeys gives new devices the keys a real server gives them, so that the order of the keys is that of the devices.
// What refers to a controller by the key its client made up follows.
func assignKeys(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) {
	used := map[int32]bool{}
	for _, d := range have {
		used[d.GetVirtualDevice().Key] = true
	}
	for _, c := range changes {
		if d := c.GetVirtualDeviceConfigSpec().Device; d != nil {
			used[d.GetVirtualDevice().Key] = true
		}
	}
	for _, c := range changes {
		change := c.GetVirtualDeviceConfigSpec()
		if change.Operation != types.VirtualDeviceConfigSpecOperationAdd || change.Device == nil {
			continue
		}
		d := change.Device.GetVirtualDevice()
		first := firstKey(change.Device)
		if d.Key > 0 || first == 0 {
			continue
		}
		key := first
		for used[key] {
			key++
		}
		used[key] = true
		replaceController(changes, d.Key, key)
		d.Key = key
	}
}

func firstKey(d types.BaseVirtualDevice) int32 {
	switch d.(type) {
	case types.BaseVirtualEthernetCard:
		return 4000
	case *types.VirtualDisk:
		return 2000
	case types.BaseVirtualSCSIController:
		return 1000
	case types.BaseVirtualSATAController:
		return 15000
	case *types.VirtualNVMEController:
		return 31000
	}
	return 0
}

func replaceController(changes []types.BaseVirtualDeviceConfigSpec, from, to int32) {
	for _, c := range changes {
		if d := c.GetVirtualDeviceConfigSpec().Device; d != nil && from < 0 && d.GetVirtualDevice().ControllerKey == from {
			d.GetVirtualDevice().ControllerKey = to
		}
	}
}
