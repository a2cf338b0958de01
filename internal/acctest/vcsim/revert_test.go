// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// TestRevert: a machine that is taken back to a snapshot has the devices and parameters of then, and is off, unless the snapshot has its
// memory. A client that has read it before is out of date.
func TestRevert(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm := l.mustClone("a", nil)
	for _, memory := range []bool{false, true} {
		l.ok(l.done(vm.PowerOn(l.ctx)))
		to, err := l.task(vm.CreateSnapshot(l.ctx, "s", "", memory, false))
		l.ok(err)
		l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{
			&types.OptionValue{Key: "guestinfo.later", Value: "1"}}}))
		before := l.see(vm, "config").Config.ChangeVersion
		res, err := methods.RevertToSnapshot_Task(l.ctx, l.c.Client, &types.RevertToSnapshot_Task{This: to})
		l.ok(err)
		l.ok(l.done(object.NewTask(l.c.Client, res.Returnval), nil))
		now := l.see(vm, "config", "runtime.powerState")
		if base.Option(now.Config.ExtraConfig, "guestinfo.later") != nil || now.Config.ChangeVersion == before {
			t.Errorf("memory %t: it is what it was before", memory)
		}
		if on := now.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn; on != memory {
			t.Errorf("memory %t: it is %s", memory, now.Runtime.PowerState)
		}
	}
}

// TestOrdinaryDiskUnderASnapshot: it does not grow, and its file stays where it is taken off.
func TestOrdinaryDiskUnderASnapshot(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm := l.mustClone("a", nil)
	devices := object.VirtualDeviceList(l.see(vm, "config").Config.Hardware.Device)
	disk := devices.SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
	file := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName
	grow := func(kib int64) error {
		larger := *disk
		larger.CapacityInKB, larger.CapacityInBytes = kib, kib<<10
		return l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: &larger}}})
	}
	_, err := l.task(vm.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	faults(t, grow(disk.CapacityInKB+1<<20), &types.InvalidDeviceOperation{})
	l.ok(l.done(vm.RemoveAllSnapshot(l.ctx, nil)))
	l.ok(grow(disk.CapacityInKB + 1<<20))
	_, err = l.task(vm.CreateSnapshot(l.ctx, "s", "", false, false))
	l.ok(err)
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
		Operation: types.VirtualDeviceConfigSpecOperationRemove, FileOperation: types.VirtualDeviceConfigSpecFileOperationDestroy,
		Device: disk}}}))
	if !l.exists(file) {
		t.Errorf("%s is gone, and a snapshot holds it", file)
	}
}

// TestBootOrder: it names devices that the machine has, and an entry of no kind clears it.
func TestBootOrder(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	vm := l.mustClone("a", nil)
	order := func(all ...types.BaseVirtualMachineBootOptionsBootableDevice) error {
		return l.reconfigure(vm, types.VirtualMachineConfigSpec{BootOptions: &types.VirtualMachineBootOptions{BootOrder: all}})
	}
	devices := object.VirtualDeviceList(l.see(vm, "config").Config.Hardware.Device)
	key := devices.SelectByType((*types.VirtualDisk)(nil))[0].GetVirtualDevice().Key
	faults(t, order(&types.VirtualMachineBootOptionsBootableDiskDevice{DeviceKey: key + 1}), &types.InvalidArgument{})
	l.ok(order(&types.VirtualMachineBootOptionsBootableDiskDevice{DeviceKey: key}))
	if boot := l.see(vm, "config").Config.BootOptions; len(boot.BootOrder) != 1 {
		t.Errorf("it starts from %+v", boot)
	}
	l.ok(order(&types.VirtualMachineBootOptionsBootableDevice{}))
	if boot := l.see(vm, "config").Config.BootOptions; len(boot.BootOrder) != 0 {
		t.Errorf("it starts from %+v", boot)
	}
}
