// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
)

func (l *lab) seePool(pool *object.ResourcePool) mo.ResourcePool {
	l.Helper()
	var out mo.ResourcePool
	l.ok(pool.Properties(l.ctx, pool.Reference(), nil, &out))
	return out
}

func poolSpec(mhz, mb int64, expandable bool, limit int64) types.ResourceConfigSpec {
	one := func(reservation int64) types.ResourceAllocationInfo {
		return types.ResourceAllocationInfo{Reservation: &reservation, ExpandableReservation: &expandable, Limit: &limit,
			Shares: &types.SharesInfo{Level: types.SharesLevelNormal}}
	}
	return types.ResourceConfigSpec{CpuAllocation: one(mhz), MemoryAllocation: one(mb)}
}

// What a pool has left to reserve follows from the hosts that work, from the machines that run, and from its kin.
func TestResourcePoolsAreReckoned(t *testing.T) {
	t.Parallel()
	l := strict(t)
	root, err := l.compute().ResourcePool(l.ctx)
	l.ok(err)
	const mhz, mb = int64(3 * clusters.HostCores * clusters.HostMHz), int64(3 * 128 << 10)
	expect := func(when string, pool *object.ResourcePool, configured int32, usedMHz, leftMHz, leftMB int64) {
		t.Helper()
		p := l.seePool(pool)
		s := p.Summary.GetResourcePoolSummary()
		if s.ConfiguredMemoryMB != configured || s.Name != p.Name || s.Runtime.Cpu != p.Runtime.Cpu || s.Runtime.Memory != p.Runtime.Memory {
			t.Errorf("%s: %s: %+v", when, p.Name, s)
		}
		if c, m := p.Runtime.Cpu, p.Runtime.Memory; c.ReservationUsed != usedMHz || c.UnreservedForVm != leftMHz ||
			m.UnreservedForVm != leftMB<<20 {
			t.Errorf("%s: %s: %d MHz used, %d MHz and %d MB left, want %d, %d and %d", when, p.Name, c.ReservationUsed, c.UnreservedForVm,
				m.UnreservedForVm>>20, usedMHz, leftMHz, leftMB)
		}
	}
	expect("nothing", root, 0, 0, mhz, mb)
	fixed, err := root.Create(l.ctx, "fixed", poolSpec(1000, 512, false, -1))
	l.ok(err)
	wide, err := root.Create(l.ctx, "wide", poolSpec(0, 0, true, -1))
	l.ok(err)
	capped, err := root.Create(l.ctx, "capped", poolSpec(0, 0, true, 600))
	l.ok(err)
	expect("pools", root, 0, 1000, mhz-1000, mb-512)
	expect("pools", fixed, 0, 0, 1000, 512)
	expect("pools", wide, 0, 0, mhz-1000, mb-512)
	expect("pools", capped, 0, 0, 600, 600)

	in := wide.Reference()
	half, quarter := int64(500), int64(256)
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{NumCPUs: 1, MemoryMB: 1024,
		CpuAllocation:    &types.ResourceAllocationInfo{Reservation: &half},
		MemoryAllocation: &types.ResourceAllocationInfo{Reservation: &quarter}}, func(s *types.VirtualMachineCloneSpec) { s.Location.Pool = &in })
	expect("off", wide, 1024, 0, mhz-1000, mb-512)
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	expect("on", wide, 1024, 500, mhz-1500, mb-512-256)
	expect("on", root, 1024, 1500, mhz-1500, mb-512-256)
	expect("on", fixed, 0, 0, 1000, 512)
	l.ok(l.maintain(l.esx("esx-3")))
	expect("fewer hosts", root, 1024, 1500, mhz-1500-clusters.HostCores*clusters.HostMHz, mb-512-256-128<<10)
	l.ok(fixed.UpdateConfig(l.ctx, "", &types.ResourceConfigSpec{CpuAllocation: poolSpec(2000, 0, false, -1).CpuAllocation,
		MemoryAllocation: poolSpec(0, 512, true, -1).MemoryAllocation}))
	expect("changed", fixed, 0, 0, 2000, 512+mb-512-256-128<<10)
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	l.ok(vm.MarkAsTemplate(l.ctx))
	expect("a template", root, 0, 2000, mhz-2000-clusters.HostCores*clusters.HostMHz, mb-512-128<<10)
}
