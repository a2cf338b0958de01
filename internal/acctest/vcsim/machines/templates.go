// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// MarkAsTemplate takes the machine out of its resource pool, and out of what is counted there.
func (m *machineRules) MarkAsTemplate(ctx *simulator.Context, req *types.MarkAsTemplate) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	defer noteTemplate(ctx, vm)
	return vm.MarkAsTemplate(req)
}

// MarkAsVirtualMachine puts a template into a resource pool.
func (m *machineRules) MarkAsVirtualMachine(ctx *simulator.Context, req *types.MarkAsVirtualMachine) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	defer noteTemplate(ctx, vm)
	return vm.MarkAsVirtualMachine(req)
}

// noteTemplate has everybody look anew at a machine that has become a template, or one again: as a template it has no resources, and its
// NICs are connected to nothing.
func noteTemplate(ctx *simulator.Context, vm *simulator.VirtualMachine) {
	ctx.Update(vm, []types.PropertyChange{{Name: "config.changeVersion", Val: ChangeVersion()}})
}
