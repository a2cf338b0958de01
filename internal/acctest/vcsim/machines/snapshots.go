// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// CreateSnapshotTask makes no snapshot of a template.
func (m *machineRules) CreateSnapshotTask(ctx *simulator.Context, req *types.CreateSnapshot_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if vm.Config.Template {
		return &methods.CreateSnapshot_TaskBody{Fault_: simulator.Fault("", new(types.NotSupported))}
	}
	return vm.CreateSnapshotTask(ctx, req)
}

// CreateSnapshotExTask makes no snapshot of a template.
func (m *machineRules) CreateSnapshotExTask(ctx *simulator.Context, req *types.CreateSnapshotEx_Task) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, vm)
	defer unlock()
	if vm.Config.Template {
		return &methods.CreateSnapshotEx_TaskBody{Fault_: simulator.Fault("", new(types.NotSupported))}
	}
	return vm.CreateSnapshotExTask(ctx, req)
}
