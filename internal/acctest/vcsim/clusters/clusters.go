// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// CreateClusterEx configures the new cluster as its specification says. The simulator drops it, and switches DRS on.
func (f *hostFolderRules) CreateClusterEx(ctx *simulator.Context, req *types.CreateClusterEx) soap.HasFault {
	body := new(methods.CreateClusterExBody)
	if fault := base.CheckName(req.Name); fault != nil {
		body.Fault_ = simulator.Fault("", fault)
		return body
	}
	folder := base.Get[*simulator.Folder](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, folder)
	defer unlock()
	made := folder.CreateClusterEx(ctx, req).(*methods.CreateClusterExBody)
	if made.Fault_ != nil {
		return made
	}
	cluster := base.Get[*simulator.ClusterComputeResource](ctx, made.Res.Returnval)
	ctx.WithLock(cluster, func() { configure(cluster, &req.Spec, false) })
	return made
}

// AddHostTask adds a host where its certificate has the expected thumbprint, its account lets in and its name is not taken: in the
// cluster that is DuplicateName, elsewhere the host is connected already. The simulator looks at nothing.
//
// The new host has the hardware of all others, is a member of no switch, and mounts the datastores that hosts of its datacenter
// share, as one does that is zoned to the same storage.
func (c *clusterRules) AddHostTask(ctx *simulator.Context, req *types.AddHost_Task) soap.HasFault {
	cluster := base.Get[*simulator.ClusterComputeResource](ctx, req.This)
	task := c.Unlocked(ctx, cluster, "addHost", func() (result types.AnyType, fault types.BaseMethodFault) {
		if fault = checkConnection(req.Spec); fault != nil {
			return nil, fault
		}
		time.Sleep(time.Duration(c.AddHostTime.Load()))
		ctx.WithLock(cluster, func() {
			if fault = checkHostName(ctx, req.Spec.HostName, cluster.Self); fault == nil {
				result, fault = base.Wait(ctx, base.TaskOf(cluster.AddHostTask(ctx, req)))
			}
			if fault == nil {
				setUpHost(ctx, cluster, base.Get[*simulator.HostSystem](ctx, result.(types.ManagedObjectReference)), req.AsConnected)
			}
		})
		c.Usage.Outdate()
		return result, fault
	})
	return &methods.AddHost_TaskBody{Res: &types.AddHost_TaskResponse{Returnval: task}}
}

// checkHostName is the fault where a host of the name is there already.
func checkHostName(ctx *simulator.Context, name string, cluster types.ManagedObjectReference) types.BaseMethodFault {
	for _, e := range ctx.Map.All("HostSystem") {
		host := e.(*simulator.HostSystem)
		switch {
		case host.Name != name:
		case *host.Parent == cluster:
			return &types.DuplicateName{Name: name, Object: host.Self}
		default:
			return &types.AlreadyConnected{Name: name}
		}
	}
	return nil
}

// setUpHost gives a new host what it needs to run machines. The cluster is locked.
func setUpHost(ctx *simulator.Context, cluster *simulator.ClusterComputeResource, host *simulator.HostSystem, connected bool) {
	ctx.WithLock(host, func() {
		Equip(host)
		if !connected {
			host.Runtime.ConnectionState = types.HostSystemConnectionStateDisconnected
		}
		host.Network, host.Vm = slices.Clone(host.Network), nil // the simulator shares the cluster's list
	})
	system := base.Get[*simulator.HostDatastoreSystem](ctx, *host.ConfigManager.DatastoreSystem)
	for _, ref := range base.DatacenterOf(ctx, cluster).Datastore {
		store := base.Get[*simulator.Datastore](ctx, ref)
		shared := false
		ctx.WithLock(store, func() {
			if shared = base.IsTrue(store.Summary.MultipleHostAccess) && !strings.HasPrefix(host.Name, Diskless); shared {
				store.Host = append(slices.Clone(store.Host), types.DatastoreHostMount{Key: host.Self, MountInfo: types.HostMountInfo{
					AccessMode: string(types.HostMountModeReadWrite), Mounted: types.NewBool(true), Accessible: types.NewBool(true),
				}})
			}
		})
		if !shared {
			continue
		}
		ctx.WithLock(host, func() {
			system.Datastore = append(slices.Clone(system.Datastore), ref)
			host.Datastore = system.Datastore
		})
		ctx.Map.AddReference(ctx, cluster, &cluster.Datastore, ref)
	}
}

// removeMember takes a host that is gone off its cluster, with the datastores that no other host of it mounts.
func (c *Clusters) removeMember(ctx *simulator.Context, cluster *simulator.ClusterComputeResource, host types.ManagedObjectReference) {
	gone := func(ref types.ManagedObjectReference) bool { return ref == host }
	browser := base.Get[*simulator.EnvironmentBrowser](ctx, *cluster.EnvironmentBrowser)
	ctx.WithLock(browser, func() { // which otherwise looks for the host when the next one comes
		for i := range browser.QueryConfigOptionDescriptorResponse.Returnval {
			option := &browser.QueryConfigOptionDescriptorResponse.Returnval[i]
			option.Host = slices.DeleteFunc(slices.Clone(option.Host), gone)
		}
	})
	ctx.WithLock(cluster, func() {
		cluster.Host = slices.DeleteFunc(slices.Clone(cluster.Host), gone)
		cluster.Datastore = slices.DeleteFunc(slices.Clone(cluster.Datastore), func(store types.ManagedObjectReference) bool {
			return !slices.ContainsFunc(cluster.Host, func(ref types.ManagedObjectReference) bool {
				return slices.Contains(base.Get[*simulator.HostSystem](ctx, ref).Datastore, store)
			})
		})
	})
}

// MoveIntoTask moves hosts of the same datacenter into the cluster, all or none: out of another cluster only when in maintenance.
// The machines come along, into the cluster's root pool. The simulator leaves those where they were, and the sums as well.
func (c *clusterRules) MoveIntoTask(ctx *simulator.Context, req *types.MoveInto_Task) soap.HasFault {
	cluster := base.Get[*simulator.ClusterComputeResource](ctx, req.This)
	task := c.Unlocked(ctx, cluster, "moveInto", func() (types.AnyType, types.BaseMethodFault) {
		for _, ref := range req.Host {
			if fault := checkMoveInto(ctx, ref, cluster); fault != nil {
				return nil, fault
			}
		}
		for _, ref := range req.Host {
			c.moveHostInto(ctx, cluster, base.Get[*simulator.HostSystem](ctx, ref))
		}
		return nil, nil
	})
	return &methods.MoveInto_TaskBody{Res: &types.MoveInto_TaskResponse{Returnval: task}}
}

// checkMoveInto refuses a host that cannot move into a cluster.
func checkMoveInto(ctx *simulator.Context, ref types.ManagedObjectReference,
	cluster *simulator.ClusterComputeResource) types.BaseMethodFault {
	host, ok := ctx.Map.Get(ref).(*simulator.HostSystem)
	if !ok || base.DatacenterOf(ctx, host) != base.DatacenterOf(ctx, cluster) {
		return &types.InvalidArgument{InvalidProperty: "host"}
	}
	if *host.Parent == cluster.Self {
		return &types.DuplicateName{Name: host.Name, Object: host.Self}
	}
	if _, member := ctx.Map.Get(*host.Parent).(*simulator.ClusterComputeResource); member && !host.Runtime.InMaintenanceMode {
		return new(types.InvalidState)
	}
	return nil
}

func (c *clusterRules) moveHostInto(ctx *simulator.Context, cluster *simulator.ClusterComputeResource, host *simulator.HostSystem) {
	from, _ := ctx.Map.Get(*host.Parent).(mo.Entity)
	var vms []types.ManagedObjectReference
	ctx.WithLock(host, func() {
		host.Parent = &cluster.Self
		vms = slices.Clone(host.Vm)
	})
	ctx.WithLock(cluster, func() {
		cluster.Host = append(slices.Clone(cluster.Host), host.Self)
		for _, store := range host.Datastore {
			ctx.Map.AddReference(ctx, cluster, &cluster.Datastore, store)
		}
		for _, network := range host.Network {
			ctx.Map.AddReference(ctx, cluster, &cluster.Network, network)
		}
	})
	for _, ref := range vms {
		ChangePool(ctx, base.Get[*simulator.VirtualMachine](ctx, ref), cluster.ResourcePool)
	}
	switch from := from.(type) {
	case *simulator.ClusterComputeResource:
		c.removeMember(ctx, from, host.Self)
	case *mo.ComputeResource:
		removeComputeResource(ctx, from, from.ResourcePool)
	}
	c.Usage.Outdate()
}

// DestroyTask removes a cluster together with its hosts, each of which must be one that could go by itself: a running machine is
// ResourceInUse, a host that works is InvalidState. The simulator has no such method.
func (c *clusterRules) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	cluster := base.Get[*simulator.ClusterComputeResource](ctx, req.This)
	task := c.Unlocked(ctx, cluster, "destroy", func() (types.AnyType, types.BaseMethodFault) {
		var hosts []types.ManagedObjectReference
		ctx.WithLock(cluster, func() { hosts = slices.Clone(cluster.Host) })
		for _, ref := range hosts {
			if c.Usage.runs(ref) {
				return nil, &types.ResourceInUse{Type: cluster.Self.Type, Name: cluster.Name}
			}
		}
		for _, ref := range hosts {
			if fault := c.checkRemoval(ctx, base.Get[*simulator.HostSystem](ctx, ref)); fault != nil {
				return nil, fault
			}
		}
		for _, ref := range hosts {
			if fault := c.removeHost(ctx, base.Get[*simulator.HostSystem](ctx, ref)); fault != nil {
				return nil, fault
			}
		}
		removeComputeResource(ctx, cluster, cluster.ResourcePool)
		return nil, nil
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}
