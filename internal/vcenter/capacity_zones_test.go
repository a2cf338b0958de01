// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"sync"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// capacities asks for the capacity of two zones, each from twenty concurrent callers.
func capacities(t *testing.T, c *vcenter.Client, zones ...string) map[string]openstack.Capacity {
	t.Helper()
	got := map[string]openstack.Capacity{}
	var mu sync.Mutex
	var askers sync.WaitGroup
	for i := range 40 {
		askers.Go(func() {
			zone := zones[i%2]
			room, err := c.Inventory.Capacity(context.Background(), zone)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[zone] = room
		})
	}
	askers.Wait()
	return got
}

// keepFree configures HA to keep half of a cluster's processors and a quarter of its memory free.
func keepFree(t *testing.T, vc *acctest.VCenter, path string) {
	t.Helper()
	cluster, err := find.NewFinder(vc.Client().Client).ClusterComputeResource(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	task, err := cluster.Reconfigure(t.Context(), &types.ClusterConfigSpecEx{DasConfig: &types.ClusterDasConfigInfo{Enabled: &yes,
		AdmissionControlEnabled: &yes,
		AdmissionControlPolicy: &types.ClusterFailoverResourcesAdmissionControlPolicy{CpuFailoverResourcesPercent: 50,
			MemoryFailoverResourcesPercent: 25}}}, true)
	after(t, task, err)
}

// TestCapacityOfZones: two zones, of which one is a pool below a pool in a cluster whose HA keeps a share, take one call each for all
// callers, whatever else runs there.
func TestCapacityOfZones(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2, ForeignVMs: 30})
	finder := find.NewFinder(vc.Client().Client)
	keepFree(t, vc, "/dc1/host/compute-2")
	pool, err := finder.ResourcePool(t.Context(), "/dc1/host/compute-2/Resources")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tenants", "red"} {
		if pool, err = pool.Create(t.Context(), name, types.DefaultResourceConfigSpec()); err != nil {
			t.Fatal(err)
		}
	}
	if err := vc.SetHardware("esx-5", vcsim.Hardware{Packages: 4, Cores: 64, Threads: 128, MHz: 2000, Memory: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	resting := esx(t, vc, "compute-2/esx-6")
	task, err := resting.EnterMaintenanceMode(t.Context(), 0, false, nil)
	after(t, task, err)

	wire := vc.Wire(t)
	c := vcenter.New(vcenter.Config{Server: wire.Server, User: vc.User, Password: vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
		Zones: []inventory.Zone{
			{Name: "one", Cluster: "compute", DatastoreRegex: "vmfs-2", DiskRatio: 2},
			{Name: "two", Cluster: "compute-2", ResourcePool: "tenants/red", CPURatio: 8}}})
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	got := capacities(t, c, "one", "two")
	if calls, _ := wire.Take(); calls[capacityCall] != 2 {
		t.Errorf("asked %v", calls)
	}
	one := openstack.Capacity{Zone: "one", Hosts: 3, Processors: 96, MostProcessors: 32, Memory: 3 * 131072, MostMemory: 131072,
		MemoryUsed: 30 * 32, Disk: 1024, DiskUsed: got["one"].DiskUsed,
		FreeMHz: 3 * 16 * 2600, FreeMemory: 3 * 131072, CPURatio: 4, RAMRatio: 1, DiskRatio: 2}
	const mhz, mb = 16*2600 + 64*2000, 131072 + 1<<20
	two := openstack.Capacity{Zone: "two", Hosts: 2, Processors: 160, MostProcessors: 128, Memory: mb, MostMemory: 1 << 20,
		MemoryUsed: got["two"].MemoryUsed, Disk: 9216, DiskUsed: got["two"].DiskUsed,
		FreeMHz: mhz / 2, FreeMemory: mb * 3 / 4, Kept: true, CPURatio: 8, RAMRatio: 1, DiskRatio: 1}
	if got["one"] != one || got["two"] != two {
		t.Errorf("%+v, want\n%+v;\n%+v, want\n%+v", got["one"], one, got["two"], two)
	}
	// no VM in this cluster: only what its hosts use
	if got["one"].DiskUsed != 0 && got["one"].DiskUsed != 1 || got["two"].MemoryUsed != 2*8192 {
		t.Errorf("%+v", got)
	}
	if _, err := c.Inventory.Capacity(t.Context(), "three"); err == nil {
		t.Error("there is no zone three")
	}
}

// TestCapacityIsAskedOnceInVain: a capacity that vCenter refuses to show is not asked for by every instance.
func TestCapacityIsAskedOnceInVain(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	c := vcenter.New(vcenter.Config{Server: wire.Server, User: vc.User, Password: vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
		Cluster: "no such cluster"})
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	for i := range 3 {
		if _, err := c.Inventory.Capacity(t.Context(), "nova"); err == nil {
			t.Error("no error")
		}
		if calls, _ := wire.Take(); i > 0 && acctest.Total(calls) > 0 {
			t.Errorf("asked again: %v", calls)
		}
	}
}

const capacityCall = "RetrievePropertiesEx of ClusterComputeResource and HostSystem and ResourcePool"
