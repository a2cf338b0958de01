package switches

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// DestroyTask refuses while a machine, running or not, has a NIC in the portgroup.
func (p *portgroupRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	pg := base.Get[*simulator.DistributedVirtualPortgroup](ctx, req.This)
	for _, e := range ctx.Map.All("VirtualMachine") {
		vm := e.(*simulator.VirtualMachine)
		used := false
		ctx.WithLock(vm, func() { used = slices.Contains(vm.Network, pg.Self) })
		if used {
			return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
				Returnval: base.Failed(ctx, pg, "destroy", &types.ResourceInUse{Type: pg.Self.Type, Name: pg.Name}),
			}}
		}
	}
	unlock := ctx.Map.AcquireLock(ctx, pg)
	defer unlock()
	return pg.DestroyTask(ctx, req)
}
