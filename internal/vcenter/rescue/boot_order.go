// SPDX-License-Identifier: MPL-2.0

package rescue

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type bootable = types.BaseVirtualMachineBootOptionsBootableDevice

// order is what a VM starts from, the first first.
func order(vm mo.VirtualMachine) []bootable {
	if vm.Config.BootOptions == nil {
		return nil
	}
	return vm.Config.BootOptions.BootOrder
}

// isDisk reports whether an entry of a boot order is a disk.
func isDisk(entry bootable, disk *types.VirtualDisk) bool {
	one, ok := entry.(*types.VirtualMachineBootOptionsBootableDiskDevice)
	return ok && one.DeviceKey == disk.Key
}

// bootsFrom reports whether a VM starts from a disk first.
func bootsFrom(vm mo.VirtualMachine, disk *types.VirtualDisk) bool {
	all := order(vm)
	return len(all) > 0 && isDisk(all[0], disk)
}

// before is the boot order with a disk first.
func before(vm mo.VirtualMachine, disk *types.VirtualDisk) []bootable {
	return append([]bootable{&types.VirtualMachineBootOptionsBootableDiskDevice{DeviceKey: disk.Key}}, others(vm, disk)...)
}

// others is the boot order without a disk.
func others(vm mo.VirtualMachine, disk *types.VirtualDisk) (out []bootable) {
	for _, entry := range order(vm) {
		if !isDisk(entry, disk) {
			out = append(out, entry)
		}
	}
	return out
}

// without is what a reconfigure sends so that a VM no longer starts from a disk. An entry of no kind clears the order, which the API
// reference does not tell and govmomi's BootOrder does.
func without(vm mo.VirtualMachine, disk *types.VirtualDisk) []bootable {
	if out := others(vm, disk); len(out) > 0 {
		return out
	}
	return []bootable{&types.VirtualMachineBootOptionsBootableDevice{}}
}
