// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// capacity is the cached capacity of a zone. An error is cached, too.
type capacity struct {
	once  sync.Once
	value openstack.Capacity
	err   error
}

// Capacity reads what a zone can hold: its hosts, resource pool and cluster in one call, and the datastores, which are read anyway. It
// reads them once for any number of instances, and does not repeat a call that failed.
func (c *Inventory) Capacity(ctx context.Context, zone string) (openstack.Capacity, error) {
	s, err := c.Places.In(zone)
	if err != nil {
		return openstack.Capacity{}, err
	}
	s.room.once.Do(func() {
		s.room.value, s.room.err = s.capacity(ctx)
		s.room.err = faults.Explain("reading what the zone "+s.Zone.Name+" can hold", s.room.err)
	})
	return s.room.value, s.room.err
}

// capacity reads the zone's objects and computes its capacity.
func (s *Site) capacity(ctx context.Context) (openstack.Capacity, error) {
	cluster, err := s.Cluster(ctx)
	if err != nil {
		return openstack.Capacity{}, err
	}
	pool, err := s.Pool(ctx)
	if err != nil {
		return openstack.Capacity{}, err
	}
	stores, err := s.eligibleStores(ctx)
	if err != nil {
		return openstack.Capacity{}, err
	}
	vim, err := s.c.wire.Vim(ctx)
	if err != nil {
		return openstack.Capacity{}, err
	}
	objects, err := s.c.wire.RetrieveAll(ctx, vim, capacitySpecs(cluster, pool))
	if err != nil {
		return openstack.Capacity{}, err
	}
	found, err := decodeView(objects, pool)
	if err != nil {
		return openstack.Capacity{}, err
	}
	found.stores = stores
	return found.capacity(s.Zone), nil
}

// capacitySpecs selects a cluster's hosts, its HA admission control, and a resource pool with those above it.
func capacitySpecs(cluster mo.ComputeResource, pool ref) []types.PropertyFilterSpec {
	var questions []property.Query
	for _, host := range cluster.Host {
		questions = append(questions, property.Query{Object: host,
			Paths: []string{"summary.hardware.numCpuThreads", "summary.hardware.numCpuCores", "summary.hardware.cpuMhz",
				"summary.hardware.memorySize",
				"summary.quickStats.overallMemoryUsage", "runtime.connectionState", "runtime.inMaintenanceMode"}})
	}
	if cluster.Self.Type == "ClusterComputeResource" {
		const ha = "configuration.dasConfig."
		questions = append(questions, property.Query{Object: cluster.Self,
			Paths: []string{ha + "enabled", ha + "admissionControlEnabled", ha + "admissionControlPolicy"}})
	}
	up := &types.TraversalSpec{SelectionSpec: types.SelectionSpec{Name: "up"}, Type: "ResourcePool", Path: "parent",
		SelectSet: []types.BaseSelectionSpec{&types.SelectionSpec{Name: "up"}}}
	return append(property.Filters(questions, nil), types.PropertyFilterSpec{
		ObjectSet: []types.ObjectSpec{{Obj: pool, SelectSet: []types.BaseSelectionSpec{up}}},
		PropSet: []types.PropertySpec{{Type: "ResourcePool", PathSet: []string{"parent", "config.cpuAllocation", "config.memoryAllocation",
			"runtime.cpu", "runtime.memory", "summary.configuredMemoryMB"}}},
	})
}

// view holds the objects that were read: hosts, the pool and those above it, the cluster's HA, and datastores.
type view struct {
	hosts  []mo.HostSystem
	pools  []mo.ResourcePool // from the zone's own up to the cluster's root pool
	ha     types.ClusterDasConfigInfo
	stores []mo.Datastore
}

func decodeView(objects []types.ObjectContent, pool ref) (view, error) {
	is := func(want string) func(string) bool { return func(kind string) bool { return kind == want } }
	var v view
	hosts, err1 := property.Readable[mo.HostSystem](objects, is("HostSystem"))
	clusters, err2 := property.Readable[mo.ClusterComputeResource](objects, is("ClusterComputeResource"))
	pools, err3 := property.Readable[mo.ResourcePool](objects, is("ResourcePool"))
	if err := cmp.Or(err1, err2, err3); err != nil {
		return v, err
	}
	if slices.ContainsFunc(objects, func(o types.ObjectContent) bool { return o.Obj.Type != "HostSystem" && faults.GapOf(o) != nil }) {
		pools = nil // unknown pools: what may still be reserved is unknown, too
	}
	v.hosts = hosts
	for _, cluster := range clusters {
		v.ha = cluster.Configuration.DasConfig
	}
	for range pools {
		i := slices.IndexFunc(pools, func(p mo.ResourcePool) bool { return p.Self == pool })
		if i < 0 {
			break
		}
		v.pools, pool = append(v.pools, pools[i]), property.Deref(pools[i].Parent)
	}
	return v, nil
}

// capacity computes a zone's capacity.
func (v view) capacity(zone Zone) openstack.Capacity {
	c := openstack.Capacity{Zone: zone.Name, CPURatio: cmp.Or(zone.CPURatio, 4), RAMRatio: cmp.Or(zone.RAMRatio, 1),
		DiskRatio: cmp.Or(zone.DiskRatio, 1)}
	var working []esx
	kept := v.failover()
	for _, host := range v.hosts {
		if e := (survey{}).shown(host); e.connected && !e.maintenance && !slices.Contains(kept, host.Self) {
			working = append(working, e)
			c.MostProcessors, c.MostMemory = max(c.MostProcessors, e.threads), max(c.MostMemory, e.memory/mib)
		}
	}
	sum := clusterFigures(working, nil)
	c.Hosts, c.Processors, c.Memory, c.MemoryUsed = len(working), sum.VCPUs, sum.MemoryMB, sum.MemoryMBUsed
	var capacity, free int64
	for _, store := range v.stores {
		capacity, free = capacity+store.Summary.Capacity, free+store.Summary.FreeSpace
	}
	c.Disk = capacity / gib
	c.DiskUsed = c.Disk - free/gib
	if c.FreeMHz, c.FreeMemory = -1, -1; len(v.pools) == 0 {
		return c
	}
	if root := v.pools[len(v.pools)-1]; root.Summary != nil && root.Summary.GetResourcePoolSummary().ConfiguredMemoryMB > 0 {
		c.MemoryUsed = int64(root.Summary.GetResourcePoolSummary().ConfiguredMemoryMB)
	}
	v.reserve(&c)
	return c
}

// reserve computes what VMs may still reserve: what the pool has left, but at most what the cluster has left besides HA's share.
func (v view) reserve(c *openstack.Capacity) {
	cpu := func(p mo.ResourcePool) (types.ResourcePoolResourceUsage, types.ResourceAllocationInfo) {
		return p.Runtime.Cpu, p.Config.CpuAllocation
	}
	memory := func(p mo.ResourcePool) (types.ResourcePoolResourceUsage, types.ResourceAllocationInfo) {
		return p.Runtime.Memory, p.Config.MemoryAllocation
	}
	mhz, bytes := unreserved(v.pools, cpu), unreserved(v.pools, memory)
	root := v.pools[len(v.pools)-1]
	keptMHz, keptBytes := v.kept()
	clusterMHz, clusterBytes := beside(root.Runtime.Cpu, keptMHz), beside(root.Runtime.Memory, keptBytes)
	c.Kept = clusterMHz < mhz || clusterBytes < bytes
	c.FreeMHz, c.FreeMemory = min(mhz, clusterMHz), min(bytes, clusterBytes)/mib
}

// unreserved returns what a pool has left for VMs. The vCenter includes what an expandable pool may take from the pool above it, unless a
// limit prevents that; if a vCenter does not include it, the pool above tells.
func unreserved(pools []mo.ResourcePool, of func(mo.ResourcePool) (types.ResourcePoolResourceUsage,
	types.ResourceAllocationInfo)) (left int64) {
	for _, pool := range pools {
		usage, allocation := of(pool)
		left = max(left, usage.UnreservedForVm)
		if e := allocation.ExpandableReservation; e == nil || !*e || allocation.Limit != nil && *allocation.Limit >= 0 {
			break
		}
	}
	return left
}

// beside returns what the root pool has left for VMs if HA keeps some of the total. HA counts what VMs reserve, not what pools reserve.
func beside(root types.ResourcePoolResourceUsage, kept func(total int64) int64) int64 {
	total := root.ReservationUsed + root.UnreservedForVm
	if keep := kept(total); keep > 0 {
		return max(0, min(root.UnreservedForVm, total-keep-root.ReservationUsedForVm))
	}
	return root.UnreservedForVm
}

// policy returns the admission control policy by which HA keeps resources for a failover, or nil if it keeps none.
func (v view) policy() types.BaseClusterDasAdmissionControlPolicy {
	if on := func(b *bool) bool { return b != nil && *b }; !on(v.ha.Enabled) || !on(v.ha.AdmissionControlEnabled) {
		return nil
	}
	return v.ha.AdmissionControlPolicy
}

// failover returns the dedicated failover hosts.
func (v view) failover() []ref {
	if policy, ok := v.policy().(*types.ClusterFailoverHostAdmissionControlPolicy); ok {
		return policy.FailoverHosts
	}
	return nil
}

// kept returns how much of a total HA keeps: a percentage, or all of the dedicated failover hosts. Slots are ignored, because computing
// them would take a read of every host and VM.
func (v view) kept() (mhz, bytes func(total int64) int64) {
	share := func(percent int32) func(int64) int64 {
		return func(total int64) int64 { return total * int64(percent) / 100 }
	}
	if policy, ok := v.policy().(*types.ClusterFailoverResourcesAdmissionControlPolicy); ok {
		return share(policy.CpuFailoverResourcesPercent), share(policy.MemoryFailoverResourcesPercent)
	}
	var keptMHz, keptBytes int64
	spare := v.failover()
	for _, host := range v.hosts {
		if hw := host.Summary.Hardware; hw != nil && slices.Contains(spare, host.Self) {
			keptMHz, keptBytes = keptMHz+int64(hw.NumCpuCores)*int64(hw.CpuMhz), keptBytes+hw.MemorySize
		}
	}
	return func(int64) int64 { return keptMHz }, func(int64) int64 { return keptBytes }
}
