// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// place is where a machine is made.
type place struct {
	folder *simulator.Folder
	pool   types.ManagedObjectReference
	host   *simulator.HostSystem
	store  *simulator.Datastore
}

// machineFolder resolves a folder that can hold machines.
func machineFolder(ctx *simulator.Context, ref types.ManagedObjectReference) (*simulator.Folder, types.BaseMethodFault) {
	folder, ok := ctx.Map.Get(ref).(*simulator.Folder)
	if !ok || !slices.Contains(folder.ChildType, "VirtualMachine") {
		return nil, &types.InvalidArgument{InvalidProperty: "folder"}
	}
	return folder, nil
}

// chooseHost chooses the host, as DRS would, and sees that pool, host and datastore fit together.
func (m *Machines) chooseHost(ctx *simulator.Context, p *place, host *types.ManagedObjectReference) types.BaseMethodFault {
	dc := base.DatacenterOf(ctx, p.folder)
	if dc == nil || !slices.Contains(dc.Datastore, p.store.Self) {
		return &types.InvalidDatastore{Datastore: &p.store.Self, Name: p.store.Name}
	}
	hosts, fault := hostsOf(ctx, p.pool)
	if fault != nil {
		return fault
	}
	if host != nil {
		if !slices.Contains(hosts, *host) {
			return &types.InvalidArgument{InvalidProperty: "spec.location.host"}
		}
		if fault := m.clusters.CheckHost(ctx, *host); fault != nil {
			return fault
		}
		hosts = []types.ManagedObjectReference{*host}
	}
	var fit []*simulator.HostSystem
	for _, ref := range hosts {
		h := base.Get[*simulator.HostSystem](ctx, ref)
		if slices.Contains(h.Datastore, p.store.Self) && m.clusters.CheckHost(ctx, ref) == nil {
			fit = append(fit, h)
		}
	}
	switch {
	case len(fit) > 0:
		p.host = fit[int(m.Next())%len(fit)]
		return nil
	case host != nil:
		return &types.InvalidDatastore{Datastore: &p.store.Self, Name: p.store.Name}
	default:
		return &types.NoCompatibleHost{}
	}
}

// vCenterChooses reports whether vCenter chooses the host of a new machine in a pool: there is only one, or DRS does.
func vCenterChooses(ctx *simulator.Context, pool types.ManagedObjectReference) (chooses bool) {
	for e, _ := ctx.Map.Get(pool).(mo.Entity); e != nil; e = base.ParentOf(ctx, e) {
		cluster, ok := e.(*simulator.ClusterComputeResource)
		if !ok {
			continue
		}
		ctx.WithLock(cluster, func() {
			config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
			chooses = ok && base.IsTrue(config.DrsConfig.Enabled)
		})
		return chooses
	}
	return true
}

// placeOf is where a machine is: its host, and the datastore of its files.
func placeOf(ctx *simulator.Context, vm *simulator.VirtualMachine) (*simulator.HostSystem, *simulator.Datastore) {
	host := base.Get[*simulator.HostSystem](ctx, *vm.Runtime.Host)
	store, _ := base.StoreOfPath(ctx, vm.Config.Files.VmPathName, host.Datastore)
	return host, store
}

// hostsOf gives the hosts behind a resource pool.
func hostsOf(ctx *simulator.Context, pool types.ManagedObjectReference) (hosts []types.ManagedObjectReference,
	fault types.BaseMethodFault) {
	if pool.Type != "ResourcePool" && pool.Type != "VirtualApp" {
		return nil, &types.InvalidArgument{InvalidProperty: "pool"}
	}
	e, _ := ctx.Map.Get(pool).(mo.Entity)
	for e != nil {
		switch owner := e.(type) {
		case *simulator.ClusterComputeResource:
			ctx.WithLock(owner, func() { hosts = slices.Clone(owner.Host) })
			return hosts, nil
		case *mo.ComputeResource:
			ctx.WithLock(owner, func() { hosts = slices.Clone(owner.Host) })
			return hosts, nil
		}
		e = base.ParentOf(ctx, e)
	}
	return nil, &types.InvalidArgument{InvalidProperty: "pool"}
}
