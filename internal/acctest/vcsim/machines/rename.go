// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// rename gives a machine another name, everywhere a machine bears one. The caller holds the machine's lock; the
// folder's is taken after it, in the order in which the simulator takes them to destroy a machine.
func rename(ctx *simulator.Context, vm *simulator.VirtualMachine, name string) (fault types.BaseMethodFault) {
	if fault := base.CheckName(name); fault != nil {
		return fault
	}
	name = base.StoredName(name)
	change := func() {
		ctx.Update(vm, []types.PropertyChange{
			{Name: "name", Val: name},
			{Name: "config.name", Val: name},
			{Name: "summary.config.name", Val: name},
		})
	}
	folder := base.FolderOf(ctx, vm)
	if folder == nil {
		change()
		return nil
	}
	ctx.WithLock(folder, func() {
		if fault = base.NameTaken(ctx, folder.Folder, name, vm.Self); fault == nil {
			change()
		}
	})
	return fault
}

// RenameTask renames a machine everywhere it bears its name. The simulator leaves config.name as it was, and calls a
// name that is taken an invalid argument.
func (m *machineRules) RenameTask(ctx *simulator.Context, req *types.Rename_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	task := simulator.CreateTask(vm, "rename", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, rename(ctx, vm, req.NewName)
	})
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task.Run(ctx)}}
}
