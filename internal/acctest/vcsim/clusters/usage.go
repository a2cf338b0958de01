// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// What a host uses for itself, and what its running machines use of what they have. A real guest's share moves; a test wants
// one that it can compute.
const (
	IdleMHz    = 1200
	IdleMemory = 8192 // MB
	busy       = 10   // percent of a machine's processors; of its memory it uses all
)

// usage knows which machines run, and where. The simulator's figures of hosts and clusters are constants; here they follow from
// the machines that run and the hosts that are there.
//
// Machines are noted as they change, with their own lock held. Hosts and clusters are reckoned before the next call, when nobody
// holds anything: a machine must not wait for a host that waits for a machine.
type usage struct {
	stale atomic.Bool

	mu      sync.Mutex
	running map[types.ManagedObjectReference]load
	sizes   map[types.ManagedObjectReference]size // of every machine that is in a pool, running or not
}

// load is a running machine.
type load struct {
	host   types.ManagedObjectReference
	cpus   int64
	memory int64 // MB
}

// size is what a machine is configured to have, and what of its pool it reserves while it runs.
type size struct {
	pool     types.ManagedObjectReference
	memory   int64 // MB
	mhz      int64
	reserved int64 // MB
}

func newUsage() *usage {
	u := &usage{running: map[types.ManagedObjectReference]load{}, sizes: map[types.ManagedObjectReference]size{}}
	u.stale.Store(true)
	return u
}

// Outdate has hosts and clusters reckoned again before the next call.
func (u *usage) Outdate() { u.stale.Store(true) }

// NoteMachine looks at a machine, whose lock the caller holds.
func (u *usage) NoteMachine(vm *mo.VirtualMachine) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stale.Store(true)
	if delete(u.sizes, vm.Self); vm.ResourcePool != nil && vm.Config != nil { // a template is in none
		u.sizes[vm.Self] = size{*vm.ResourcePool, int64(vm.Config.Hardware.MemoryMB), reservation(vm.Config.CpuAllocation),
			reservation(vm.Config.MemoryAllocation)}
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn || vm.Runtime.Host == nil || vm.Config == nil {
		delete(u.running, vm.Self)
		return
	}
	u.running[vm.Self] = load{*vm.Runtime.Host, int64(vm.Config.Hardware.NumCPU), int64(vm.Config.Hardware.MemoryMB)}
}

// NoteRemoved forgets a machine; a host that goes changes its cluster.
func (u *usage) NoteRemoved(ref types.ManagedObjectReference) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stale.Store(true)
	delete(u.running, ref)
	delete(u.sizes, ref)
}

// runs reports whether any machine runs on a host.
func (u *usage) runs(host types.ManagedObjectReference) bool { return u.on()[host].machines > 0 }

// share is what the machines of a host use.
type share struct{ machines, cpus, memory int64 }

func (u *usage) on() map[types.ManagedObjectReference]share {
	u.mu.Lock()
	defer u.mu.Unlock()
	shares := map[types.ManagedObjectReference]share{}
	for _, l := range u.running {
		s := shares[l.host]
		shares[l.host] = share{s.machines + 1, s.cpus + l.cpus, s.memory + l.memory}
	}
	return shares
}

// UpdateUsage brings hosts and clusters up to date. It holds one lock at a time.
func (c *Clusters) UpdateUsage(ctx *simulator.Context) {
	if !c.Usage.stale.Swap(false) {
		return
	}
	own, shares := base.Apart(ctx), c.Usage.on()
	totals := map[types.ManagedObjectReference]*total{}
	for _, e := range own.Map.All("HostSystem") {
		host := e.(*simulator.HostSystem)
		own.WithLock(host, func() {
			setHostUsage(host, shares[host.Self])
			if host.Parent != nil {
				if totals[*host.Parent] == nil {
					totals[*host.Parent] = &total{}
				}
				totals[*host.Parent].add(host, shares[host.Self])
			}
		})
	}
	for _, kind := range []string{"ClusterComputeResource", "ComputeResource"} {
		for _, e := range own.Map.All(kind) {
			own.WithLock(e, func() {
				if sum := totals[e.Reference()]; sum != nil {
					sum.writeTo(computeResource(e).Summary)
				} else {
					new(total).writeTo(computeResource(e).Summary)
				}
				if cluster, ok := e.(*simulator.ClusterComputeResource); ok {
					forgetMissing(own, cluster)
					cluster.Configuration.DasConfig = cluster.ConfigurationEx.(*types.ClusterConfigInfoEx).DasConfig // the former name of the same
				}
			})
			c.Usage.updatePools(own, computeResource(e))
		}
	}
}

func computeResource(e mo.Entity) *mo.ComputeResource {
	if c, ok := e.(*simulator.ClusterComputeResource); ok {
		return &c.ComputeResource
	}
	return e.(*mo.ComputeResource)
}

// setHostUsage sets what a host uses. A host that is away reports nothing.
func setHostUsage(host *simulator.HostSystem, s share) {
	q := &host.Summary.QuickStats
	if q.OverallCpuUsage, q.OverallMemoryUsage = 0, 0; host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
		return
	}
	h := host.Summary.Hardware
	q.OverallCpuUsage = int32(min(IdleMHz+s.cpus*int64(h.CpuMhz)*busy/100, int64(h.NumCpuCores)*int64(h.CpuMhz)))
	q.OverallMemoryUsage = int32(min(IdleMemory+s.memory, h.MemorySize/base.MiB))
}

// isEffective reports whether a host's resources count for machines: it answers, and is not in maintenance.
func isEffective(host *simulator.HostSystem) bool {
	return host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected && !host.Runtime.InMaintenanceMode
}

// total is what the hosts of a cluster have together: all of them, and those that are effective.
type total struct {
	types.ComputeResourceSummary
	usedMHz, usedMB   int64
	machines, running int32
}

func (t *total) add(host *simulator.HostSystem, s share) {
	h, mhz := host.Summary.Hardware, int32(host.Summary.Hardware.NumCpuCores)*host.Summary.Hardware.CpuMhz
	t.NumHosts++
	t.NumCpuCores += h.NumCpuCores
	t.NumCpuThreads += h.NumCpuThreads
	t.TotalCpu += mhz
	t.TotalMemory += h.MemorySize
	t.machines += int32(len(host.Vm))
	t.running += int32(s.machines)
	if !isEffective(host) {
		return
	}
	t.NumEffectiveHosts++
	t.EffectiveCpu += mhz
	t.EffectiveMemory += h.MemorySize / base.MiB
	t.usedMHz += int64(host.Summary.QuickStats.OverallCpuUsage)
	t.usedMB += int64(host.Summary.QuickStats.OverallMemoryUsage)
}

// writeTo writes the sums into a cluster's summary.
func (t *total) writeTo(s types.BaseComputeResourceSummary) {
	plain := s.GetComputeResourceSummary()
	status := plain.OverallStatus
	*plain = t.ComputeResourceSummary
	plain.OverallStatus = status
	cluster, ok := s.(*types.ClusterComputeResourceSummary)
	if !ok {
		return
	}
	cluster.UsageSummary = &types.ClusterUsageSummary{
		TotalCpuCapacityMhz: t.EffectiveCpu, TotalMemCapacityMB: int32(t.EffectiveMemory), CpuDemandMhz: int32(t.usedMHz),
		MemDemandMB: int32(t.usedMB), CpuEntitledMhz: int32(t.usedMHz), MemEntitledMB: int32(t.usedMB), TotalVmCount: t.machines,
		PoweredOffVmCount: t.machines - t.running,
	}
}

// GetResourceUsage tells what a cluster has and uses. The simulator has no such method.
func (c *clusterRules) GetResourceUsage(ctx *simulator.Context, req *types.GetResourceUsage) soap.HasFault {
	cluster := base.Get[*simulator.ClusterComputeResource](ctx, req.This)
	var sum types.ClusterResourceUsageSummary
	var stores []types.ManagedObjectReference
	ctx.WithLock(cluster, func() {
		u := cluster.Summary.(*types.ClusterComputeResourceSummary).UsageSummary
		sum.CpuCapacityMHz, sum.CpuUsedMHz = u.TotalCpuCapacityMhz, u.CpuDemandMhz
		sum.MemCapacityMB, sum.MemUsedMB = u.TotalMemCapacityMB, u.MemDemandMB
		stores = slices.Clone(cluster.Datastore)
	})
	for _, ref := range stores {
		store := base.Get[*simulator.Datastore](ctx, ref)
		ctx.WithLock(store, func() {
			sum.StorageCapacityMB += store.Summary.Capacity / base.MiB
			sum.StorageUsedMB += (store.Summary.Capacity - store.Summary.FreeSpace) / base.MiB
		})
	}
	return &methods.GetResourceUsageBody{Res: &types.GetResourceUsageResponse{Returnval: sum}}
}
