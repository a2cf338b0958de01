// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"errors"
	"testing"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
)

// Figures follow from machines that run, and from hosts that are there.
// usage is what the first cluster has and uses.
func (l *lab) usage() types.ClusterResourceUsageSummary {
	l.Helper()
	res, err := methods.GetResourceUsage(l.ctx, l.c.Client, &types.GetResourceUsage{This: l.compute().Reference()})
	l.ok(err)
	return res.Returnval
}

func TestUsageFollowsMachines(t *testing.T) {
	t.Parallel()
	l := strict(t)
	h := l.esx("esx-1")
	ref := h.Reference()
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{NumCPUs: 4, MemoryMB: 2048},
		func(s *types.VirtualMachineCloneSpec) { s.Location.Host = &ref })
	expect := func(when string, mhz, mb int32) {
		t.Helper()
		if got := l.seeHost(h).Summary.QuickStats; got.OverallCpuUsage != mhz || got.OverallMemoryUsage != mb {
			t.Errorf("%s: %d MHz, %d MB, want %d and %d", when, got.OverallCpuUsage, got.OverallMemoryUsage, mhz, mb)
		}
	}
	expect("off", clusters.IdleMHz, clusters.IdleMemory)
	_, err := l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	expect("on", clusters.IdleMHz+4*clusters.HostMHz/10, clusters.IdleMemory+2048)
	u := l.usage()
	if u.CpuCapacityMHz != 3*16*2600 || u.MemCapacityMB != 3*128<<10 || u.CpuUsedMHz != 3*clusters.IdleMHz+4*clusters.HostMHz/10 ||
		u.MemUsedMB != 3*clusters.IdleMemory+2048 || u.StorageCapacityMB != 9<<20 || u.StorageUsedMB == 0 {
		t.Errorf("usage %+v", u)
	}
	sum := l.seeCluster(l.compute()).Summary.(*types.ClusterComputeResourceSummary)
	if templates := int32(len(images)); sum.UsageSummary.TotalVmCount != templates+1 || sum.UsageSummary.PoweredOffVmCount != templates {
		t.Errorf("counted %+v", sum.UsageSummary)
	}
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	expect("off again", clusters.IdleMHz, clusters.IdleMemory)
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{MemoryMB: 4096}))
	_, err = l.task(vm.PowerOn(l.ctx))
	l.ok(err)
	expect("larger", clusters.IdleMHz+4*clusters.HostMHz/10, clusters.IdleMemory+4096)

	plain := unmodified(t)
	before := plain.seeHost(plain.esx("esx-1")).Summary.QuickStats
	plain.mustClone("a", nil, on)
	if after := plain.seeHost(plain.esx("esx-1")).Summary.QuickStats; before != after {
		t.Error("the simulator has learnt to count")
	}
}

// Sums follow the hosts: their hardware, and whether they are in maintenance.
func TestUsageFollowsHosts(t *testing.T) {
	t.Parallel()
	l := strict(t)
	l.ok(l.v.SetHardware("esx-2", Hardware{Packages: 1, Cores: 8, Threads: 8, MHz: 3000, Memory: 64 << 30}))
	s := l.seeCluster(l.compute()).Summary.GetComputeResourceSummary()
	if s.NumCpuCores != 40 || s.NumCpuThreads != 72 || s.TotalCpu != 2*16*2600+8*3000 || s.TotalMemory != 320<<30 ||
		s.EffectiveMemory != 320<<10 {
		t.Errorf("mixed hosts: %+v", s)
	}
	l.ok(l.maintain(l.esx("esx-3")))
	s = l.seeCluster(l.compute()).Summary.GetComputeResourceSummary()
	if s.NumHosts != 3 || s.NumEffectiveHosts != 2 || s.NumCpuThreads != 72 || s.EffectiveMemory != 192<<10 || s.EffectiveCpu != 16*2600+
		8*3000 {
		t.Errorf("one in maintenance: %+v", s)
	}
	if u := l.usage(); u.MemCapacityMB != 192<<10 {
		t.Errorf("one in maintenance: %+v", u)
	}
	if err := l.v.SetHardware("nobody", Hardware{}); err == nil || errors.Is(err, l.ctx.Err()) {
		t.Error("a host that there is not has new hardware")
	}
}
