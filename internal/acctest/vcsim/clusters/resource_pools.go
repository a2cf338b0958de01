// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// UpdateConfig keeps as well whether the pool may take from the one above. The simulator drops that.
func (p *poolRules) UpdateConfig(ctx *simulator.Context, req *types.UpdateConfig) soap.HasFault {
	object := base.Get[*simulator.ResourcePool](ctx, req.This)
	unlock := ctx.Map.AcquireLock(ctx, object)
	defer unlock()
	body := object.UpdateConfig(ctx, req).(*methods.UpdateConfigBody)
	if body.Fault_ == nil && req.Config != nil {
		for have, want := range map[*types.ResourceAllocationInfo]types.ResourceAllocationInfo{
			&object.Config.CpuAllocation: req.Config.CpuAllocation, &object.Config.MemoryAllocation: req.Config.MemoryAllocation} {
			if want.ExpandableReservation != nil {
				have.ExpandableReservation = want.ExpandableReservation
			}
		}
		p.Usage.Outdate()
	}
	return body
}

// reservation is what an allocation reserves.
func reservation(a *types.ResourceAllocationInfo) int64 {
	if a == nil || a.Reservation == nil {
		return 0
	}
	return *a.Reservation
}

// amount is how much of the two things that can be reserved: MHz, and MB of memory.
type amount struct{ mhz, memory int64 }

// pool is a resource pool while it is reckoned: what its machines have and reserve, with those of the pools below it.
type pool struct {
	*simulator.ResourcePool
	below      []*pool
	configured int64  // MB of all machines
	forVM      amount // reserved by machines that run
	used       amount // that, and what the pools below reserve
}

// updatePools brings the resource pools of a cluster up to date: how much memory their machines have, and what may still be reserved. The
// simulator's figures are constants. The root pool has what the hosts have that work.
func (u *usage) updatePools(ctx *simulator.Context, owner *mo.ComputeResource) {
	var ref *types.ManagedObjectReference
	var most amount
	ctx.WithLock(owner, func() {
		s := owner.Summary.GetComputeResourceSummary()
		ref, most = owner.ResourcePool, amount{int64(s.EffectiveCpu), s.EffectiveMemory}
	})
	if ref == nil {
		return
	}
	if root := u.sumPools(ctx, *ref); root != nil {
		root.publish(ctx, amount{most.mhz - root.used.mhz, most.memory - root.used.memory}, most)
	}
}

// sumPools adds up a pool from below. What a pool below reserves it takes of this one, whether it is used or not, and what its machines
// reserve beyond that as well.
func (u *usage) sumPools(ctx *simulator.Context, ref types.ManagedObjectReference) *pool {
	object, ok := ctx.Map.Get(ref).(*simulator.ResourcePool)
	if !ok {
		return nil
	}
	p := &pool{ResourcePool: object}
	u.sumMachines(p)
	var below []types.ManagedObjectReference
	ctx.WithLock(object, func() { below = slices.Clone(object.ResourcePool.ResourcePool) })
	for _, ref := range below {
		child := u.sumPools(ctx, ref)
		if child == nil {
			continue
		}
		p.below = append(p.below, child)
		p.configured += child.configured
		p.forVM = amount{p.forVM.mhz + child.forVM.mhz, p.forVM.memory + child.forVM.memory}
		p.used.mhz += max(child.used.mhz, reservation(&child.Config.CpuAllocation))
		p.used.memory += max(child.used.memory, reservation(&child.Config.MemoryAllocation))
	}
	return p
}

// sumMachines adds up the machines that are in the pool itself.
func (u *usage) sumMachines(p *pool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for vm, s := range u.sizes {
		if s.pool != p.Self {
			continue
		}
		p.configured += s.memory
		if _, runs := u.running[vm]; runs {
			p.forVM.mhz += s.mhz
			p.forVM.memory += s.reserved
		}
	}
	p.used = p.forVM
}

// publish writes into a pool and those below it what they have left. The summary is made anew: the simulator's pools share one.
func (p *pool) publish(ctx *simulator.Context, left, most amount) {
	ctx.WithLock(p.ResourcePool, func() {
		s := *p.Summary.GetResourcePoolSummary()
		s.Name, s.ConfiguredMemoryMB = p.Name, int32(p.configured)
		p.Runtime.Cpu = types.ResourcePoolResourceUsage{ReservationUsed: p.used.mhz, ReservationUsedForVm: p.forVM.mhz,
			UnreservedForPool: left.mhz, UnreservedForVm: left.mhz, MaxUsage: most.mhz}
		p.Runtime.Memory = types.ResourcePoolResourceUsage{ReservationUsed: p.used.memory * base.MiB,
			ReservationUsedForVm: p.forVM.memory * base.MiB, UnreservedForPool: left.memory * base.MiB, UnreservedForVm: left.memory * base.MiB,
			MaxUsage: most.memory * base.MiB}
		s.Runtime = p.Runtime
		p.Summary = &s
	})
	for _, child := range p.below {
		cpu, memory := child.Config.CpuAllocation, child.Config.MemoryAllocation
		child.publish(ctx, amount{unreserved(cpu, child.used.mhz, left.mhz), unreserved(memory, child.used.memory, left.memory)},
			amount{bounded(cpu, most.mhz), bounded(memory, most.memory)})
	}
}

// unreserved is what may still be reserved in a pool: the rest of its own reservation, and where that is expandable what the pool above has
// left, up to the limit.
func unreserved(a types.ResourceAllocationInfo, used, above int64) int64 {
	left := max(0, reservation(&a)-used)
	if base.IsTrue(a.ExpandableReservation) {
		left += max(0, above)
	}
	if a.Limit != nil && *a.Limit >= 0 {
		left = min(left, max(0, *a.Limit-used))
	}
	return left
}

func bounded(a types.ResourceAllocationInfo, above int64) int64 {
	if a.Limit != nil && *a.Limit >= 0 {
		return min(above, *a.Limit)
	}
	return above
}
