// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"strconv"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// own is the unit number of a SCSI controller itself.
const own = 7

// slotFor is the controller and the unit number that a disk is attached to. A caller that names no controller gets the only SCSI or SATA
// controller that has room (API reference, AttachDiskRequestType).
func slotFor(vm *simulator.VirtualMachine, key int32, unit *int32) (controller, at int32, fault types.BaseMethodFault) {
	if key == 0 {
		if key, fault = onlyController(vm); fault != nil {
			return 0, 0, fault
		}
	}
	units := 0
	for _, d := range vm.Config.Hardware.Device {
		if d.GetVirtualDevice().Key == key {
			units = unitsOf(d, hardwareVersion(vm))
			if _, ide := d.(*types.VirtualIDEController); ide && vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
				return 0, 0, &types.InvalidPowerState{
					RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState,
				}
			}
		}
	}
	if units == 0 {
		return 0, 0, &types.InvalidController{ControllerKey: key}
	}
	free := freeUnits(vm, key, units)
	if unit == nil && len(free) > 0 {
		return key, free[0], nil
	}
	for _, u := range free {
		if unit != nil && u == *unit {
			return key, u, nil
		}
	}
	if unit == nil {
		return 0, 0, &types.TooManyDevices{}
	}
	return 0, 0, &types.InvalidArgument{InvalidProperty: "unitNumber"}
}

// onlyController is the key of the one SCSI or SATA controller that has room.
func onlyController(vm *simulator.VirtualMachine) (int32, types.BaseMethodFault) {
	var keys []int32
	for _, d := range vm.Config.Hardware.Device {
		_, scsi := d.(types.BaseVirtualSCSIController)
		_, sata := d.(types.BaseVirtualSATAController)
		key := d.GetVirtualDevice().Key
		if (scsi || sata) && len(freeUnits(vm, key, unitsOf(d, hardwareVersion(vm)))) > 0 {
			keys = append(keys, key)
		}
	}
	switch len(keys) {
	case 0:
		return 0, new(types.MissingController)
	case 1:
		return keys[0], nil
	}
	return 0, &types.InvalidArgument{InvalidProperty: "controllerKey"}
}

// unitsOf is how many unit numbers a controller has, its own included; none for what is no disk controller.
func unitsOf(d types.BaseVirtualDevice, version int) int {
	switch d.(type) {
	case *types.ParaVirtualSCSIController:
		if version >= 14 {
			return 65
		}
		return 16
	case types.BaseVirtualSCSIController:
		return 16
	case *types.VirtualNVMEController:
		if version >= 21 {
			return 255
		}
		return 15
	case types.BaseVirtualSATAController:
		return 30
	case *types.VirtualIDEController:
		return 2
	}
	return 0
}

// freeUnits are the unit numbers of a controller that no device has.
func freeUnits(vm *simulator.VirtualMachine, key int32, units int) (free []int32) {
	taken := map[int32]bool{}
	for _, d := range vm.Config.Hardware.Device {
		device := d.GetVirtualDevice()
		if device.Key == key {
			_, scsi := d.(types.BaseVirtualSCSIController)
			taken[own] = taken[own] || scsi
		}
		if device.ControllerKey == key && device.UnitNumber != nil {
			taken[*device.UnitNumber] = true
		}
	}
	for u := range int32(units) {
		if !taken[u] {
			free = append(free, u)
		}
	}
	return free
}

// hardwareVersion is 19 for a machine of vmx-19.
func hardwareVersion(vm *simulator.VirtualMachine) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(base.FirstOf(vm.Config.Version, "vmx-13"), "vmx-"))
	return n
}
