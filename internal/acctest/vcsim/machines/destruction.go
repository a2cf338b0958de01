// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// DestroyTask removes a machine and its files, one machine at a time.
func (m *machineRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	task := simulator.CreateTask(vm, "destroy", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, m.Remove(ctx, vm)
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task.Run(ctx)}}
}

// Remove destroys a machine with its disks. Of two who want to, one finds it gone.
func (m *Machines) Remove(ctx *simulator.Context, vm *simulator.VirtualMachine) (fault types.BaseMethodFault) {
	ctx.WithLock(vm, func() {
		if ctx.Map.Get(vm.Self) == nil {
			fault = &types.ManagedObjectNotFound{Obj: vm.Self}
			return
		}
		m.Storage.Lock()
		defer m.Storage.Unlock()
		spared := func() {}
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn { // which the simulator refuses
			spared = m.disks.Spare(ctx, vm)
		}
		files, dc := diskFiles(vm), base.DatacenterOf(ctx, vm)
		_, fault = base.Wait(ctx, base.TaskOf(vm.DestroyTask(ctx, &types.Destroy_Task{This: vm.Self})))
		// The simulator deletes the directory in a task it does not wait for, which holds this lock.
		base.Apart(ctx).WithLock(ctx.Map.FileManager(), func() {})
		for _, file := range files {
			if fault == nil && dc != nil { // most are gone with the directory
				_, _ = base.Wait(ctx, base.TaskOf(ctx.Map.VirtualDiskManager().DeleteVirtualDiskTask(base.Apart(ctx),
					&types.DeleteVirtualDisk_Task{Name: file, Datacenter: &dc.Self})))
			}
		}
		spared()
	})
	return fault
}

// keepDisks is the key of extraConfig that has the names of files which the destruction of a machine spares, separated by commas:
// vm-operator writes there what its linked clones hang on.
const keepDisks = "vmprov.keepDisks"

// diskFiles are the files of a machine's disks, and those they were cloned from. A real vCenter deletes every disk that is attached; what
// it does with parents outside of the machine's folder nobody has said, and here it is the worst, unless the machine names them.
func diskFiles(vm *simulator.VirtualMachine) (files []string) {
	kept := strings.Split(base.OptionText(vm.Config.ExtraConfig, keepDisks), ",")
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			backing, _ := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
			for ; backing != nil; backing = backing.Parent {
				if !slices.ContainsFunc(kept, func(name string) bool { return names(strings.TrimSpace(name), backing.FileName) }) {
					files = append(files, backing.FileName)
				}
			}
		}
	}
	return files
}

// names reports whether a name is that of a file on a datastore: its whole path, or its last part.
func names(name, file string) bool { return name != "" && (name == file || name == path.Base(file)) }
