package switches

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
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

// destroyGroup takes a portgroup away, off the lists of hosts and clusters too, where the simulator leaves it.
func destroyGroup(ctx *simulator.Context, pg *simulator.DistributedVirtualPortgroup) (types.AnyType, types.BaseMethodFault) {
	unlock := ctx.Map.AcquireLock(ctx, pg)
	result, fault := base.Wait(ctx, base.TaskOf(pg.DestroyTask(ctx, &types.Destroy_Task{This: pg.Self})))
	unlock()
	if fault != nil {
		return nil, fault
	}
	for _, e := range ctx.Map.All("HostSystem") {
		host := e.(*simulator.HostSystem)
		dropNetwork(ctx, host, &host.Network, pg.Self)
	}
	for _, e := range ctx.Map.All("ClusterComputeResource") {
		cluster := e.(*simulator.ClusterComputeResource)
		dropNetwork(ctx, cluster, &cluster.Network, pg.Self)
	}
	for _, e := range ctx.Map.All("Datacenter") { // it may list a portgroup twice, as its list and a cluster's share memory in govmomi
		dc := e.(*simulator.Datacenter)
		dropNetwork(ctx, dc, &dc.Network, pg.Self)
	}
	return result, nil
}

func dropNetwork(ctx *simulator.Context, of mo.Reference, networks *[]types.ManagedObjectReference, gone types.ManagedObjectReference) {
	ctx.WithLock(of, func() {
		*networks = slices.DeleteFunc(slices.Clone(*networks), func(ref types.ManagedObjectReference) bool { return ref == gone })
	})
}
