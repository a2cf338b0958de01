// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// DestroyTask refuses while a machine, running or not, has a NIC in the portgroup, and where it is a segment of NSX.
func (p *portgroupRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, req.This)
	fault := ofNSX(ctx, pg)
	if fault == nil && userOf(ctx, pg.Self) != "" {
		fault = &types.ResourceInUse{Type: pg.Self.Type, Name: pg.Name}
	}
	if fault != nil {
		return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: base.Failed(ctx, pg, "destroy", fault)}}
	}
	unlock := ctx.Map.AcquireLock(ctx, pg)
	defer unlock()
	return pg.DestroyTask(ctx, req)
}

// RenameTask refuses where the portgroup is a segment of NSX, which gives it its name.
func (p *portgroupRules) RenameTask(ctx *simulator.Context, req *types.Rename_Task) soap.HasFault {
	pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, req.This)
	if fault := ofNSX(ctx, pg); fault != nil {
		return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: base.Failed(ctx, pg, "rename", fault)}}
	}
	unlock := ctx.Map.AcquireLock(ctx, pg)
	defer unlock()
	return pg.RenameTask(ctx, req)
}

// userOf is the name of a machine that has a NIC on a network; empty where none has.
func userOf(ctx *simulator.Context, network types.ManagedObjectReference) (name string) {
	for _, e := range ctx.Map.All("VirtualMachine") {
		vm := e.(*simulator.VirtualMachine)
		ctx.WithLock(vm, func() {
			if slices.Contains(vm.Network, network) {
				name = vm.Name
			}
		})
	}
	return name
}
