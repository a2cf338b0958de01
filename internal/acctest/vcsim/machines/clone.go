// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/devices"
)

// CloneVMTask copies what the source has and applies the whole of spec.config, where the simulator keeps a name, a
// size, two identifiers and extraConfig. The clone is created in one piece, so a fault leaves nothing behind.
func (m *machineRules) CloneVMTask(ctx *simulator.Context, req *types.CloneVM_Task) soap.HasFault {
	source := base.Get[*simulator.VirtualMachine](ctx, req.This)
	task := m.Unlocked(ctx, source, "cloneVm", func() (types.AnyType, types.BaseMethodFault) {
		vm, fault := m.clone(ctx, source, req)
		if fault != nil {
			return nil, fault
		}
		return vm.Self, nil
	})
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: task}}
}

func (m *machineRules) clone(ctx *simulator.Context, source *simulator.VirtualMachine, req *types.CloneVM_Task) (*simulator.VirtualMachine,
	types.BaseMethodFault) {
	var spec, after types.VirtualMachineConfigSpec
	var where place
	var vapp types.BaseVmConfigInfo
	var files map[int32]string
	var fault types.BaseMethodFault
	ctx.WithLock(source, func() {
		if where, fault = m.placeClone(ctx, source, req); fault == nil {
			spec, after.DeviceChange, files, fault = m.cloneSpec(source, where, req)
			vapp = source.Config.VAppConfig
		}
	})
	if fault != nil {
		return nil, fault
	}
	vm, fault := m.create(ctx, where, spec)
	if fault != nil {
		return nil, fault
	}
	m.disks.Fill(base.Apart(ctx), vm, files)
	if req.Spec.Config == nil || !base.IsTrue(req.Spec.Config.VAppConfigRemoved) {
		ctx.WithLock(vm, func() { inheritVApp(vm, vapp) })
	}
	if len(after.DeviceChange) > 0 {
		if _, fault := base.Wait(ctx, base.TaskOf(vm.ReconfigVMTask(base.Apart(ctx),
			&types.ReconfigVM_Task{This: vm.Self, Spec: after}))); fault != nil {
			_ = m.Remove(base.Apart(ctx), vm)
			return nil, fault
		}
	}
	if fault := m.finishClone(ctx, vm, req.Spec); fault != nil {
		return nil, fault
	}
	return vm, nil
}

// inheritVApp gives the clone the vApp section of its source, unless the specification brought one.
func inheritVApp(vm *simulator.VirtualMachine, source types.BaseVmConfigInfo) {
	if source == nil || (vm.Config.VAppConfig != nil && len(vm.Config.VAppConfig.GetVmConfigInfo().Property) > 0) {
		return
	}
	info := *source.GetVmConfigInfo()
	info.Property = slices.Clone(info.Property)
	info.Product = slices.Clone(info.Product)
	vm.Config.VAppConfig = &info
}

// placeClone resolves spec.location. Only a template has no pool of its own to fall back on.
func (m *machineRules) placeClone(ctx *simulator.Context, source *simulator.VirtualMachine, req *types.CloneVM_Task) (place,
	types.BaseMethodFault) {
	var where place
	var fault types.BaseMethodFault
	at := req.Spec.Location
	if where.folder, fault = machineFolder(ctx, req.Folder); fault != nil {
		return where, fault
	}
	pool := at.Pool
	if pool == nil && !source.Config.Template {
		pool = source.ResourcePool
	}
	if pool == nil {
		return where, &types.InvalidArgument{InvalidProperty: "spec.location.pool"}
	}
	where.pool = *pool
	if at.Datastore == nil {
		dc := base.DatacenterOf(ctx, where.folder)
		where.store, fault = base.StoreOfPath(ctx, source.Config.Files.VmPathName, dc.Datastore)
	} else if where.store, _ = ctx.Map.Get(*at.Datastore).(*simulator.Datastore); where.store == nil {
		fault = &types.InvalidArgument{InvalidProperty: "spec.location.datastore"}
	}
	if fault != nil {
		return where, fault
	}
	return where, m.chooseHost(ctx, &where, at.Host)
}

// cloneSpec is the specification of the clone: the source's, with spec.config laid over it, what is to be edited once it is
// there, and whose bytes its disks get.
func (m *machineRules) cloneSpec(source *simulator.VirtualMachine, where place, req *types.CloneVM_Task) (types.VirtualMachineConfigSpec,
	[]types.BaseVirtualDeviceConfigSpec, map[int32]string, types.BaseMethodFault) {
	spec := specOf(source.Config)
	devices, fault := devices.NewCloneDevices(source, where.store, req.Spec)
	if fault != nil {
		return spec, nil, nil, fault
	}
	if fault := devices.Apply(req.Spec.Location.DeviceChange); fault != nil {
		return spec, nil, nil, fault
	}
	if want := req.Spec.Config; want != nil {
		if fault := checkVersion(source.Config, want.ChangeVersion); fault != nil {
			return spec, nil, nil, fault
		}
		if fault := devices.Apply(want.DeviceChange); fault != nil {
			return spec, nil, nil, fault
		}
		overlay(&spec, *want)
	}
	spec.Name, spec.DeviceChange = req.Name, devices.Additions()
	return spec, devices.Edits, devices.Sources(source), nil
}

// finishClone does what follows the creation. What it faults on leaves no machine either.
func (m *machineRules) finishClone(ctx *simulator.Context, vm *simulator.VirtualMachine,
	spec types.VirtualMachineCloneSpec) types.BaseMethodFault {
	var fault types.BaseMethodFault
	if spec.Customization != nil && !spec.Template {
		_, fault = base.Wait(ctx, base.TaskOf(m.CustomizeVMTask(base.Apart(ctx), &types.CustomizeVM_Task{
			This: vm.Self, Spec: *spec.Customization,
		})))
	}
	switch {
	case fault != nil:
	case spec.Template:
		ctx.WithLock(vm, func() {
			vm.MarkAsTemplate(&types.MarkAsTemplate{This: vm.Self})
			noteTemplate(ctx, vm)
		})
	case spec.PowerOn:
		_, fault = base.Wait(ctx, base.TaskOf(m.PowerOnVMTask(base.Apart(ctx), &types.PowerOnVM_Task{
			This: vm.Self,
		})))
	}
	if fault != nil {
		_ = m.Remove(base.Apart(ctx), vm)
	}
	return fault
}
