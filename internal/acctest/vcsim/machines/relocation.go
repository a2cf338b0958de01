package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
)

// RelocateVMTask moves a machine to another host, resource pool or datastore, with its files. It refuses a host that is not among the
// pool's, takes no machines, does not see a datastore or a network that the machine needs, or on which a running machine would break a
// mandatory rule. Where no host is named, vCenter's documentation says who chooses: DRS for a machine that runs, chance for one that
// does not. The simulator moves what it is told to without a look, and the files not at all.
func (m *machineRules) RelocateVMTask(ctx *simulator.Context, req *types.RelocateVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	to, fault := m.destinationOf(ctx, vm, req.Spec)
	if fault == nil {
		change := types.VirtualMachineConfigSpec{DeviceChange: req.Spec.DeviceChange}
		host, store := placeOf(ctx, vm)
		fault = m.devices.Check(ctx, host, store, vm.Config.Hardware.Device, &change)
	}
	if fault != nil {
		return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{
			Returnval: base.Failed(ctx, vm, "relocateVm", fault),
		}}
	}
	task := simulator.CreateTask(vm, "relocateVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		from := *vm.Runtime.Host
		own := types.RelocateVM_Task{This: vm.Self, Spec: types.VirtualMachineRelocateSpec{Host: &to.host, Folder: req.Spec.Folder,
			DeviceChange: req.Spec.DeviceChange}}
		result, fault := base.Wait(ctx, base.TaskOf(vm.RelocateVMTask(ctx, &own)))
		if fault != nil {
			return nil, fault
		}
		if to.host != from {
			clusters.ListOnHost(ctx, vm.Self, from, to.host)
		}
		if to.pool != nil && vm.ResourcePool != nil && *to.pool != *vm.ResourcePool {
			clusters.ChangePool(ctx, vm, to.pool)
		}
		return result, m.moveFiles(ctx, vm, to)
	})
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: task.Run(ctx)}}
}
