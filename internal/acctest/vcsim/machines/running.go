// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// checkRunning refuses what cannot be changed under a running guest.
func checkRunning(vm *simulator.VirtualMachine, spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	have, hw := vm.Config, vm.Config.Hardware
	off := &types.InvalidPowerState{
		RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState,
	}
	memory := spec.MemoryMB - int64(hw.MemoryMB)
	switch {
	case spec.NumCPUs > hw.NumCPU && !base.IsTrue(have.CpuHotAddEnabled):
		return new(types.CpuHotPlugNotSupported)
	case spec.NumCPUs != 0 && spec.NumCPUs < hw.NumCPU && !base.IsTrue(have.CpuHotRemoveEnabled):
		return off
	case spec.MemoryMB != 0 && memory > 0 && !base.IsTrue(have.MemoryHotAddEnabled):
		return new(types.MemoryHotPlugNotSupported)
	case memory > 0 && (spec.MemoryMB > have.HotPlugMemoryLimit || memory%max(1, have.HotPlugMemoryIncrementSize) != 0):
		return new(types.MemoryHotPlugNotSupported) // nobody has said which fault it is
	case spec.MemoryMB != 0 && memory < 0:
		return off
	case spec.Firmware != "" && spec.Firmware != have.Firmware,
		spec.GuestId != "" && spec.GuestId != have.GuestId,
		base.Differs(spec.NumCoresPerSocket, hw.NumCoresPerSocket),
		base.Differs(spec.CpuHotAddEnabled, have.CpuHotAddEnabled),
		base.Differs(spec.CpuHotRemoveEnabled, have.CpuHotRemoveEnabled),
		base.Differs(spec.MemoryHotAddEnabled, have.MemoryHotAddEnabled),
		base.Differs(spec.NestedHVEnabled, have.NestedHVEnabled),
		base.Differs(spec.SevEnabled, have.SevEnabled),
		spec.VirtualNuma != nil,
		spec.LatencySensitivity != nil && (have.LatencySensitivity == nil || *spec.LatencySensitivity != *have.LatencySensitivity),
		touchesFixedDevices(have.Hardware.Device, spec.DeviceChange), editsFixedFields(have.Hardware.Device, spec.DeviceChange):
		return off
	}
	if b := spec.BootOptions; b != nil && have.BootOptions != nil &&
		base.Differs(b.EfiSecureBootEnabled, have.BootOptions.EfiSecureBootEnabled) {
		return off
	}
	return nil
}

// touchesFixedDevices reports whether a change touches devices that a running guest cannot lose or gain, or moves a disk to another
// controller.
func touchesFixedDevices(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) bool {
	return slices.ContainsFunc(changes, func(c types.BaseVirtualDeviceConfigSpec) bool {
		change := c.GetVirtualDeviceConfigSpec()
		switch d := change.Device.(type) {
		case *types.VirtualMachineVideoCard, *types.VirtualTPM, *types.VirtualWDT, *types.VirtualIDEController:
			return true
		case *types.VirtualCdrom:
			return change.Operation != types.VirtualDeviceConfigSpecOperationEdit
		case *types.VirtualDisk:
			old := object.VirtualDeviceList(have).FindByKey(d.Key)
			return change.Operation == types.VirtualDeviceConfigSpecOperationEdit && old != nil && d.ControllerKey != 0 &&
				d.ControllerKey != old.GetVirtualDevice().ControllerKey
		}
		return false
	})
}

// editsFixedFields reports whether a change edits what a device keeps as long as its machine runs. The list is that of the vSphere Web
// Services SDK Programming Guide ("Configuring a Virtual Machine"): since 5.5 such a change is an error.
func editsFixedFields(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) bool {
	return slices.ContainsFunc(changes, func(c types.BaseVirtualDeviceConfigSpec) bool {
		change := c.GetVirtualDeviceConfigSpec()
		if change.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			return false
		}
		next := change.Device.GetVirtualDevice()
		old := object.VirtualDeviceList(have).FindByKey(next.Key)
		return old != nil && (base.Differs(next.UnitNumber, old.GetVirtualDevice().UnitNumber) || otherCard(old, change.Device) ||
			otherMode(old, change.Device))
	})
}

func otherCard(old, next types.BaseVirtualDevice) bool {
	a, ok := old.(types.BaseVirtualEthernetCard)
	b, also := next.(types.BaseVirtualEthernetCard)
	if !ok || !also {
		return false
	}
	have, want := a.GetVirtualEthernetCard(), b.GetVirtualEthernetCard()
	return want.MacAddress != "" && !strings.EqualFold(want.MacAddress, have.MacAddress) || want.AddressType != "" &&
		!strings.EqualFold(want.AddressType, have.AddressType) ||
		base.Differs(want.WakeOnLanEnabled, have.WakeOnLanEnabled)
}

func otherMode(old, next types.BaseVirtualDevice) bool {
	a, ok := old.(*types.VirtualDisk)
	b, also := next.(*types.VirtualDisk)
	if !ok || !also {
		return false
	}
	want := diskMode(b)
	return want != "" && want != diskMode(a)
}

func diskMode(disk *types.VirtualDisk) string {
	switch b := disk.Backing.(type) {
	case *types.VirtualDiskFlatVer2BackingInfo:
		return b.DiskMode
	case *types.VirtualDiskSeSparseBackingInfo:
		return b.DiskMode
	case *types.VirtualDiskSparseVer2BackingInfo:
		return b.DiskMode
	case *types.VirtualDiskRawDiskMappingVer1BackingInfo:
		return b.DiskMode
	}
	return ""
}
