package machines

import (
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/object"
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
		keep(vm.Config, req.Spec)
		m.guests.NoteOptions(vm.Self, vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff, req.Spec.ExtraConfig)
	}
	if len(req.Spec.DeviceChange) == 0 {
		return vm.ReconfigVMTask(ctx, req)
	}
	task := simulator.CreateTask(vm, "reconfigVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		m.storage.Lock()
		defer m.storage.Unlock()
		return base.Wait(ctx, base.TaskOf(vm.ReconfigVMTask(ctx, req)))
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task.Run(ctx)}}
}

// changeVersion is one that no configuration had before, in the form of a real server's.
func ChangeVersion() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z") }

// checkReconfiguration refuses a change as a whole, or completes it: what it leaves unset means no change, and the
// simulator would take some of it for an empty value. The name comes last because it is taken at once.
func (m *machineRules) checkReconfiguration(ctx *simulator.Context, vm *simulator.VirtualMachine,
	spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if ctx.Map.Get(vm.Self) == nil {
		return &types.ManagedObjectNotFound{Obj: vm.Self}
	}
	if spec.ChangeVersion != "" && spec.ChangeVersion != vm.Config.ChangeVersion {
		return new(types.ConcurrentAccess)
	}
	spec.ChangeVersion = ""
	if !vm.Config.Template {
		if fault := m.checkChange(ctx, vm, spec); fault != nil {
			return fault
		}
	} else if spec.Name == "" || !templateMay(*spec) {
		return nil // the simulator knows what a template may change
	}
	if spec.Name == "" {
		return nil
	}
	fault := rename(ctx, vm, spec.Name)
	spec.Name = ""
	return fault
}

// templateMay says whether a change to a template is confined to what the simulator lets through.
func templateMay(spec types.VirtualMachineConfigSpec) bool {
	return spec.DeviceChange == nil && spec.ExtraConfig == nil && spec.NumCPUs == 0 && spec.MemoryMB == 0
}

func (m *machineRules) checkChange(ctx *simulator.Context, vm *simulator.VirtualMachine,
	spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	have := *vm.Config
	spec.Uuid, spec.InstanceUuid = strings.ToLower(spec.Uuid), strings.ToLower(spec.InstanceUuid)
	if spec.Flags != nil {
		spec.Flags = base.Merge(&have.Flags, spec.Flags)
	}
	if spec.BootOptions != nil {
		spec.BootOptions = base.Merge(have.BootOptions, spec.BootOptions)
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
	return m.devices.Check(ctx, host, store, have.Hardware.Device, spec)
}

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
		rebuilt(have.Hardware.Device, spec.DeviceChange), fixedWhileRunning(have.Hardware.Device, spec.DeviceChange):
		return off
	}
	if b := spec.BootOptions; b != nil && have.BootOptions != nil && base.Differs(b.EfiSecureBootEnabled, have.BootOptions.EfiSecureBootEnabled) {
		return off
	}
	return nil
}

// rebuilt says that a change touches devices that a running guest cannot lose or gain, or moves a disk to another controller.
func rebuilt(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) bool {
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
