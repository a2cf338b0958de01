// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// AttachDiskTask gives a machine a first class disk. The simulator says yes to every call and does nothing.
func (m *machineRules) AttachDiskTask(ctx *simulator.Context, req *types.AttachDisk_Task) soap.HasFault {
	task := m.changeDisk(ctx, req.This, "attachDisk", func(vm *simulator.VirtualMachine) (*types.VirtualDeviceConfigSpec,
		types.BaseMethodFault) {
		return m.disks.Attach(ctx, vm, req)
	})
	return &methods.AttachDisk_TaskBody{Res: &types.AttachDisk_TaskResponse{Returnval: task}}
}

// DetachDiskTask takes a first class disk off a machine. The disk stays.
func (m *machineRules) DetachDiskTask(ctx *simulator.Context, req *types.DetachDisk_Task) soap.HasFault {
	task := m.changeDisk(ctx, req.This, "detachDisk", func(vm *simulator.VirtualMachine) (*types.VirtualDeviceConfigSpec,
		types.BaseMethodFault) {
		return m.disks.Detach(ctx, vm, req.DiskId)
	})
	return &methods.DetachDisk_TaskBody{Res: &types.DetachDisk_TaskResponse{Returnval: task}}
}

// decision is the change of a machine's devices that a call comes down to.
type decision func(*simulator.VirtualMachine) (*types.VirtualDeviceConfigSpec, types.BaseMethodFault)

// changeDisk makes one change of a machine's devices, at once or in the time that it is to take.
func (m *machineRules) changeDisk(ctx *simulator.Context, ref types.ManagedObjectReference, name string,
	decide decision) types.ManagedObjectReference {
	vm := base.Get[*simulator.VirtualMachine](ctx, ref)
	if m.disks.AttachTime() == 0 {
		return m.changeNow(ctx, vm, name, decide)
	}
	ctx = base.Apart(ctx)
	h := &hold{how: Busy, shared: true, done: make(chan struct{}), refused: map[string]int{}}
	h.task = m.Cancellable(ctx, vm, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		<-h.done
		defer m.Holds.end(vm.Self, h)
		select {
		case <-m.Stopped():
			return nil, new(types.RequestCanceled)
		case <-time.After(m.disks.AttachTime()):
		}
		return base.Wait(ctx, m.changeNow(ctx, vm, name, decide))
	})
	m.Holds.begin(vm.Self, h)
	close(h.done)
	return h.task
}

// changeNow decides while it holds the machine's lock, which the task takes over.
func (m *machineRules) changeNow(ctx *simulator.Context, vm *simulator.VirtualMachine, name string,
	decide decision) types.ManagedObjectReference {
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	var spec types.VirtualMachineConfigSpec
	change, fault := decide(vm)
	if fault == nil {
		spec.DeviceChange = []types.BaseVirtualDeviceConfigSpec{change}
		host, store := placeOf(ctx, vm)
		fault = m.devices.Check(ctx, host, store, vm.Config.Hardware.Device, &spec)
	}
	if fault != nil {
		return base.Failed(ctx, vm, name, fault)
	}
	return simulator.CreateTask(vm, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return m.changeDevices(ctx, vm, &types.ReconfigVM_Task{This: vm.Self, Spec: spec})
	}).Run(ctx)
}
