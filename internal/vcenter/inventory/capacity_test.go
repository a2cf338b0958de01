// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// sized returns a connected host; memory is in MB.
func sized(id string, threads int16, memory int64, used int32) mo.HostSystem {
	var h mo.HostSystem
	h.Self = ref{Type: "HostSystem", Value: id}
	h.Summary.Hardware = &types.HostHardwareSummary{NumCpuThreads: threads, NumCpuCores: threads / 2, CpuMhz: 2000, MemorySize: memory * mib}
	h.Summary.QuickStats.OverallMemoryUsage = used
	h.Runtime.ConnectionState = types.HostSystemConnectionStateConnected
	return h
}

// pooled returns a pool with reservations of the pool and of its VMs, and what is left; the same numbers for MHz and MB.
func pooled(used, forVM, left int64, expandable bool, limit int64, configured int32) mo.ResourcePool {
	usage := func(unit int64) types.ResourcePoolResourceUsage {
		return types.ResourcePoolResourceUsage{ReservationUsed: used * unit, ReservationUsedForVm: forVM * unit, UnreservedForVm: left * unit}
	}
	allocation := types.ResourceAllocationInfo{ExpandableReservation: &expandable, Limit: &limit}
	return mo.ResourcePool{Summary: &types.ResourcePoolSummary{ConfiguredMemoryMB: configured},
		Runtime: types.ResourcePoolRuntimeInfo{Cpu: usage(1), Memory: usage(mib)},
		Config:  types.ResourceConfigSpec{CpuAllocation: allocation, MemoryAllocation: allocation}}
}

// filled is a datastore of so many GiB, of which so many are free.
func filled(capacity, free int64) mo.Datastore {
	return mo.Datastore{Summary: types.DatastoreSummary{Capacity: capacity * gib, FreeSpace: free * gib}}
}

// keeps is HA by a policy, with admission control or without.
func keeps(policy types.BaseClusterDasAdmissionControlPolicy, controlled *bool) types.ClusterDasConfigInfo {
	on := true
	return types.ClusterDasConfigInfo{Enabled: &on, AdmissionControlEnabled: controlled, AdmissionControlPolicy: policy}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	resting, away := sized("b", 64, 64000, 900), sized("c", 64, 64000, 900)
	resting.Runtime.InMaintenanceMode, away.Runtime.ConnectionState = true, types.HostSystemConnectionStateDisconnected
	hosts := []mo.HostSystem{sized("a", 16, 8000, 500), resting, away, sized("d", 32, 4000, 300)}
	on, off := true, false
	quarter := &types.ClusterFailoverResourcesAdmissionControlPolicy{CpuFailoverResourcesPercent: 25, MemoryFailoverResourcesPercent: 50}
	spare := &types.ClusterFailoverHostAdmissionControlPolicy{FailoverHosts: []ref{{Type: "HostSystem", Value: "d"}}}
	root := pooled(1000, 600, 9000, false, -1, 7000)
	base := openstack.Capacity{Zone: "z", Hosts: 2, Processors: 48, MostProcessors: 32, Memory: 12000, MostMemory: 8000, MemoryUsed: 7000,
		Disk: 150, DiskUsed: 60,
		FreeMHz: 9000, FreeMemory: 9000, CPURatio: 4, RAMRatio: 1, DiskRatio: 1}
	but := func(change func(*openstack.Capacity)) openstack.Capacity {
		c := base
		change(&c)
		return c
	}
	for name, one := range map[string]struct {
		v    view
		zone Zone
		want openstack.Capacity
	}{
		"in the root pool": {view{pools: []mo.ResourcePool{root}}, Zone{}, base},
		"ratios": {view{pools: []mo.ResourcePool{root}}, Zone{CPURatio: 2, RAMRatio: 1.5, DiskRatio: 0.5},
			but(func(c *openstack.Capacity) { c.CPURatio, c.RAMRatio, c.DiskRatio = 2, 1.5, 0.5 })},
		"no sum of memory": {view{pools: []mo.ResourcePool{pooled(1000, 600, 9000, false, -1, 0)}}, Zone{},
			but(func(c *openstack.Capacity) { c.MemoryUsed = 800 })},
		"no pool is shown": {view{}, Zone{}, but(func(c *openstack.Capacity) { c.MemoryUsed, c.FreeMHz, c.FreeMemory = 800, -1, -1 })},
		"a fixed pool": {view{pools: []mo.ResourcePool{pooled(0, 0, 300, false, -1, 100), root}}, Zone{},
			but(func(c *openstack.Capacity) { c.FreeMHz, c.FreeMemory = 300, 300 })},
		"expandable": {view{pools: []mo.ResourcePool{pooled(0, 0, 300, true, -1, 100), pooled(0, 0, 500, true, -1, 100), root}}, Zone{},
			base},
		"up to a fixed one": {view{pools: []mo.ResourcePool{pooled(0, 0, 300, true, -1, 100), pooled(0, 0, 500, false, -1, 100), root}}, Zone{},
			but(func(c *openstack.Capacity) { c.FreeMHz, c.FreeMemory = 500, 500 })},
		"limited": {view{pools: []mo.ResourcePool{pooled(0, 0, 300, true, 300, 100), root}}, Zone{},
			but(func(c *openstack.Capacity) { c.FreeMHz, c.FreeMemory = 300, 300 })},
		"HA keeps a share": {view{pools: []mo.ResourcePool{root}, ha: keeps(quarter, &on)}, Zone{},
			but(func(c *openstack.Capacity) { c.FreeMHz, c.FreeMemory, c.Kept = 6900, 4400, true })},
		"HA keeps, the pool less": {view{pools: []mo.ResourcePool{pooled(0, 0, 300, false, -1, 100), root}, ha: keeps(quarter, &on)}, Zone{},
			but(func(c *openstack.Capacity) { c.FreeMHz, c.FreeMemory = 300, 300 })},
		"no admission control": {view{pools: []mo.ResourcePool{root}, ha: keeps(quarter, &off)}, Zone{}, base},
		"slots": {view{pools: []mo.ResourcePool{root},
			ha: keeps(&types.ClusterFailoverLevelAdmissionControlPolicy{FailoverLevel: 1}, &on)}, Zone{}, base},
		"a host is kept free": {view{pools: []mo.ResourcePool{pooled(32000, 32000, 18000, false, -1, 7000)}, ha: keeps(spare, &on)}, Zone{},
			but(func(c *openstack.Capacity) {
				c.Hosts, c.Processors, c.MostProcessors, c.Memory, c.FreeMHz, c.FreeMemory, c.Kept = 1, 16, 16, 8000, 0, 14000, true
			})},
		"more is reserved than may": {view{pools: []mo.ResourcePool{pooled(9900, 9900, 100, false, -1, 7000)}, ha: keeps(quarter, &on)}, Zone{},
			but(func(c *openstack.Capacity) { c.FreeMHz, c.FreeMemory, c.Kept = 0, 0, true })},
	} {
		one.v.hosts, one.v.stores, one.zone.Name = hosts, []mo.Datastore{filled(100, 50), filled(50, 40)}, "z"
		if got := one.v.capacity(one.zone); got != one.want {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, one.want)
		}
	}
	if got := (view{hosts: []mo.HostSystem{resting, away}}).capacity(Zone{}); got.Hosts != 0 || got.MostMemory != 0 {
		t.Errorf("%+v", got)
	}
}
