// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// creationRules are those of Folder that make machines.
type creationRules struct {
	base.Receiver
	*Machines
}

// CreateVMTask refuses what a real server refuses, and keeps what the simulator drops.
func (f *creationRules) CreateVMTask(ctx *simulator.Context, req *types.CreateVM_Task) soap.HasFault {
	folder := base.Get[*simulator.Folder](ctx, req.This)
	task := f.Unlocked(ctx, folder, "createVm", func() (types.AnyType, types.BaseMethodFault) {
		vm, fault := f.Create(ctx, req)
		if fault != nil {
			return nil, fault
		}
		return vm.Self, nil
	})
	return &methods.CreateVM_TaskBody{Res: &types.CreateVM_TaskResponse{Returnval: task}}
}

// Create makes a machine as CreateVM_Task does, in the task of whoever calls it.
func (m *Machines) Create(ctx *simulator.Context, req *types.CreateVM_Task) (*simulator.VirtualMachine, types.BaseMethodFault) {
	where, fault := m.placeNew(ctx, req)
	if fault != nil {
		return nil, fault
	}
	return m.create(ctx, where, req.Config)
}

// placeNew resolves where CreateVM_Task wants its machine.
func (m *Machines) placeNew(ctx *simulator.Context, req *types.CreateVM_Task) (place, types.BaseMethodFault) {
	where := place{pool: req.Pool}
	var fault types.BaseMethodFault
	if where.folder, fault = machineFolder(ctx, req.This); fault != nil {
		return where, fault
	}
	if req.Config.Files == nil {
		return where, &types.InvalidVmConfig{Property: "configSpec.files"}
	}
	dc := base.DatacenterOf(ctx, where.folder)
	if where.store, fault = base.StoreOfPath(ctx, req.Config.Files.VmPathName, dc.Datastore); fault != nil {
		return where, fault
	}
	if req.Host == nil && !vCenterChooses(ctx, where.pool) {
		return where, &types.InvalidArgument{InvalidProperty: "host"}
	}
	return where, m.chooseHost(ctx, &where, req.Host)
}

// create makes a machine of a specification that says everything. The name is looked for and taken under the folder's
// lock, which the simulator's own task shares because it runs in the same context.
func (m *Machines) create(ctx *simulator.Context, where place, spec types.VirtualMachineConfigSpec) (*simulator.VirtualMachine,
	types.BaseMethodFault) {
	if fault := base.CheckName(spec.Name); fault != nil {
		return nil, fault
	}
	name := base.StoredName(spec.Name)
	if fault := m.checkNew(ctx, where, &spec); fault != nil {
		return nil, fault
	}
	var vm *simulator.VirtualMachine
	var fault types.BaseMethodFault
	m.Storage.Lock()
	defer m.Storage.Unlock()
	ctx.WithLock(where.folder, func() {
		if fault = base.NameTaken(ctx, where.folder.Folder, name, types.ManagedObjectReference{}); fault != nil {
			return
		}
		spec.Name = fileSafe.Replace(base.PlainName(name))
		task := base.TaskOf(where.folder.CreateVMTask(ctx, &types.CreateVM_Task{
			This: where.folder.Self, Config: spec, Pool: where.pool, Host: &where.host.Self,
		}))
		var made types.AnyType
		if made, fault = base.Wait(ctx, task); fault == nil {
			vm = base.Get[*simulator.VirtualMachine](ctx, made.(types.ManagedObjectReference))
			ctx.WithLock(vm, func() {
				m.completeMachine(ctx, vm, name, spec)
				m.disks.Settle(ctx, vm)
				m.disks.NotePolicies(vm, spec.DeviceChange)
			})
		}
	})
	return vm, fault
}

// checkNew is everything that can be said against a specification before there is a machine.
func (m *Machines) checkNew(ctx *simulator.Context, where place, spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if spec.Files == nil || spec.Files.VmPathName == "" {
		var p object.DatastorePath
		p.Datastore = where.store.Name
		spec.Files = &types.VirtualMachineFileInfo{VmPathName: p.String()}
	}
	spec.Uuid, spec.InstanceUuid = strings.ToLower(spec.Uuid), strings.ToLower(spec.InstanceUuid)
	if spec.GuestId == "" {
		spec.GuestId = string(types.VirtualMachineGuestOsIdentifierOtherGuest)
	}
	if fault := checkGuest(spec.GuestId, spec.Firmware, spec.BootOptions); fault != nil {
		return fault
	}
	if fault := checkSize(types.VirtualMachineConfigInfo{}, spec); fault != nil {
		return fault
	}
	if fault := checkOptions(spec.ExtraConfig); fault != nil {
		return fault
	}
	if fault := m.disks.Check(ctx, where.store, nil, spec.DeviceChange); fault != nil {
		return fault
	}
	return m.devices.Check(ctx, where.host, where.store, nil, spec)
}

// completeMachine sets what the simulator does not take from the specification of a new machine.
func (m *Machines) completeMachine(ctx *simulator.Context, vm *simulator.VirtualMachine, name string, spec types.VirtualMachineConfigSpec) {
	storeForgotten(vm.Config, spec)
	vm.Config.ExtraConfig = withoutEmpty(vm.Config.ExtraConfig)
	ctx.Update(vm, []types.PropertyChange{
		{Name: "name", Val: name},
		{Name: "config.name", Val: name},
		{Name: "summary.config.name", Val: name},
		{Name: "config.changeVersion", Val: ChangeVersion()},
	})
}

// fileSafe is a name that can be a directory; the datastore's name for a machine never was the inventory's.
var fileSafe = strings.NewReplacer("%", "_", "/", "_", `\`, "_")

// withoutEmpty drops options without a value: on a new machine there is nothing for them to remove.
func withoutEmpty(options []types.BaseOptionValue) []types.BaseOptionValue {
	return slices.DeleteFunc(options, func(o types.BaseOptionValue) bool { return o.GetOptionValue().Value == "" })
}
