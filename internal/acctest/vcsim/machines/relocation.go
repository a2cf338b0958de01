// SPDX-License-Identifier: MPL-2.0

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
// mandatory rule; a NIC that gets another network in the same call needs that one there. Where no host is named, vCenter's documentation
// says who chooses: DRS for a machine that runs, chance for one that does not. The simulator moves what it is told to without a look, and
// the files not at all.
func (m *machineRules) RelocateVMTask(ctx *simulator.Context, req *types.RelocateVM_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	to, fault := m.destinationOf(ctx, vm, req.Spec)
	change := types.VirtualMachineConfigSpec{DeviceChange: req.Spec.DeviceChange}
	if fault == nil {
		_, store := placeOf(ctx, vm)
		host := base.Get[*simulator.HostSystem](ctx, to.host)
		if fault = m.devices.Check(ctx, host, store, vm.Config.Hardware.Device, &change); fault == nil {
			fault = checkPlugs(ctx, host, change.DeviceChange)
		}
	}
	if fault != nil {
		return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{
			Returnval: base.Failed(ctx, vm, "relocateVm", fault),
		}}
	}
	task := simulator.CreateTask(vm, "relocateVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		from := *vm.Runtime.Host
		own := types.RelocateVM_Task{This: vm.Self, Spec: types.VirtualMachineRelocateSpec{Host: &to.host, Folder: req.Spec.Folder}}
		result, fault := base.Wait(ctx, base.TaskOf(vm.RelocateVMTask(ctx, &own)))
		if fault == nil && len(change.DeviceChange) > 0 { // the simulator looks for the networks where the machine is
			_, fault = base.Wait(ctx, base.TaskOf(vm.ReconfigVMTask(ctx, &types.ReconfigVM_Task{This: vm.Self, Spec: change})))
		}
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
