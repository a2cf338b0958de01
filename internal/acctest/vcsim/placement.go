package vcsim

import (
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
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

// settle chooses the host, as DRS would, and sees that pool, host and datastore fit together.
func (r *rules) settle(ctx *simulator.Context, p *place, host *types.ManagedObjectReference) types.BaseMethodFault {
	dc := datacenterOf(ctx, p.folder)
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
		if fault := r.takes(ctx, *host); fault != nil {
			return fault
		}
		hosts = []types.ManagedObjectReference{*host}
	}
	var fit []*simulator.HostSystem
	for _, ref := range hosts {
		h := get[*simulator.HostSystem](ctx, ref)
		if slices.Contains(h.Datastore, p.store.Self) && r.takes(ctx, ref) == nil {
			fit = append(fit, h)
		}
	}
	switch {
	case len(fit) > 0:
		p.host = fit[int(r.next())%len(fit)]
		return nil
	case host != nil:
		return &types.InvalidDatastore{Datastore: &p.store.Self, Name: p.store.Name}
	default:
		return &types.NoCompatibleHost{}
	}
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
		e = parentOf(ctx, e)
	}
	return nil, &types.InvalidArgument{InvalidProperty: "pool"}
}

// choosesHost says whether vCenter chooses the host of a new machine in a pool: there is only one, or DRS does.
func choosesHost(ctx *simulator.Context, pool types.ManagedObjectReference) (chooses bool) {
	for e, _ := ctx.Map.Get(pool).(mo.Entity); e != nil; e = parentOf(ctx, e) {
		cluster, ok := e.(*simulator.ClusterComputeResource)
		if !ok {
			continue
		}
		ctx.WithLock(cluster, func() {
			config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
			chooses = ok && set(config.DrsConfig.Enabled)
		})
		return chooses
	}
	return true
}

func parentOf(ctx *simulator.Context, e mo.Entity) mo.Entity {
	parent := e.Entity().Parent
	if parent == nil {
		return nil
	}
	up, _ := ctx.Map.Get(*parent).(mo.Entity)
	return up
}

func datacenterOf(ctx *simulator.Context, e mo.Entity) *simulator.Datacenter {
	for ; e != nil; e = parentOf(ctx, e) {
		if dc, ok := e.(*simulator.Datacenter); ok {
			return dc
		}
	}
	return nil
}

// storeOfPath finds the datastore that a path such as "[vmfs-1] a/a.vmdk" names, among those a host has mounted or,
// without a host, those of the datacenter.
func storeOfPath(ctx *simulator.Context, path string, among []types.ManagedObjectReference) (*simulator.Datastore, types.BaseMethodFault) {
	var p object.DatastorePath
	if !p.FromString(path) {
		return nil, &types.InvalidDatastorePath{DatastorePath: path}
	}
	if store, ok := ctx.Map.FindByName(p.Datastore, among).(*simulator.Datastore); ok {
		return store, nil
	}
	return nil, &types.InvalidDatastorePath{DatastorePath: path, InvalidDatastore: types.InvalidDatastore{Name: p.Datastore}}
}
