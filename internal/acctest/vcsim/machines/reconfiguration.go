// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ReconfigVMTask decides and hands over while it holds the machine's lock, which the simulator's task takes over: of
// two calls that bring the same changeVersion, the second one sees what the first has done.
func (m *machineRules) ReconfigVMTask(ctx *simulator.Context, req *types.ReconfigVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if fault := m.checkReconfiguration(ctx, vm, &req.Spec); fault != nil {
		return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{
			Returnval: base.Failed(ctx, vm, "reconfigVm", fault),
		}}
	}
	if !vm.Config.Template {
		storeForgotten(vm.Config, req.Spec)
		m.guests.NoteOptions(vm.Self, vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff, req.Spec.ExtraConfig)
	}
	if len(req.Spec.DeviceChange) == 0 {
		return vm.ReconfigVMTask(ctx, req)
	}
	task := simulator.CreateTask(vm, "reconfigVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return m.changeDevices(ctx, vm, req)
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task.Run(ctx)}}
}

// changeDevices has the simulator carry out a change of devices that was found good.
func (m *machineRules) changeDevices(ctx *simulator.Context, vm *simulator.VirtualMachine,
	req *types.ReconfigVM_Task) (types.AnyType, types.BaseMethodFault) {
	m.Storage.Lock()
	defer m.Storage.Unlock()
	defer m.disks.Settle(ctx, vm)
	result, fault := base.Wait(ctx, base.TaskOf(vm.ReconfigVMTask(ctx, req)))
	if fault == nil {
		m.disks.NotePolicies(vm, req.Spec.DeviceChange)
		m.disks.Grow(ctx, vm, req.Spec.DeviceChange)
	}
	return result, fault
}

// checkReconfiguration refuses a change as a whole, or completes it: what it leaves unset means no change, and the
// simulator would take some of it for an empty value. The name comes last because it is taken at once.
func (m *machineRules) checkReconfiguration(ctx *simulator.Context, vm *simulator.VirtualMachine,
	spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if ctx.Map.Get(vm.Self) == nil {
		return &types.ManagedObjectNotFound{Obj: vm.Self}
	}
	if fault := checkVersion(vm.Config, spec.ChangeVersion); fault != nil {
		return fault
	}
	spec.ChangeVersion = ""
	if !vm.Config.Template {
		if fault := m.checkChange(ctx, vm, spec); fault != nil {
			return fault
		}
	} else if spec.Name == "" || !allowedOnTemplate(*spec) {
		return nil // the simulator knows what a template may change
	}
	if spec.Name == "" {
		return nil
	}
	fault := rename(ctx, vm, spec.Name)
	spec.Name = ""
	return fault
}

// allowedOnTemplate reports whether a change to a template is confined to what the simulator lets through.
func allowedOnTemplate(spec types.VirtualMachineConfigSpec) bool {
	return spec.DeviceChange == nil && spec.ExtraConfig == nil && spec.NumCPUs == 0 && spec.MemoryMB == 0
}

func (m *machineRules) checkChange(ctx *simulator.Context, vm *simulator.VirtualMachine,
	spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	have := *vm.Config
	spec.Uuid, spec.InstanceUuid = strings.ToLower(spec.Uuid), strings.ToLower(spec.InstanceUuid)
	if spec.Flags != nil {
		spec.Flags = base.Merge(&have.Flags, spec.Flags)
	}
	if fault := mergeBootOptions(vm, spec); fault != nil {
		return fault
	}
	if spec.Tools != nil {
		spec.Tools = base.Merge(have.Tools, spec.Tools)
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		if fault := checkRunning(vm, spec); fault != nil {
			return fault
		}
		if fault := m.advancedFault(vm, spec.ExtraConfig); fault != nil {
			return fault
		}
	}
	guest, firmware := base.FirstOf(spec.GuestId, have.GuestId), base.FirstOf(spec.Firmware, have.Firmware)
	boot := base.Merge(have.BootOptions, spec.BootOptions)
	if spec.GuestId != "" || spec.Firmware != "" || spec.BootOptions != nil {
		if fault := checkGuest(guest, firmware, boot); fault != nil {
			return fault
		}
	}
	if fault := checkSize(have, spec); fault != nil {
		return fault
	}
	if fault := checkOptions(spec.ExtraConfig); fault != nil {
		return fault
	}
	spec.ExtraConfig = slices.DeleteFunc(spec.ExtraConfig, func(o types.BaseOptionValue) bool {
		return o.GetOptionValue().Value == "" && base.Option(have.ExtraConfig, o.GetOptionValue().Key) == nil
	})
	host, store := placeOf(ctx, vm)
	if fault := m.disks.Check(ctx, store, vm, spec.DeviceChange); fault != nil {
		return fault
	}
	return m.devices.Check(ctx, host, store, have.Hardware.Device, spec)
}
