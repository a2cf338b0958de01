// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// The tests of this file guard decisions of docs/adr that no life of a noun covers.

// TestNamesThatDifferInCase makes two key pairs whose names differ in case only, because a VM's parameters may be compared without it.
func TestNamesThatDifferInCase(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	one := p.Bring("novasphere_compute_keypair", map[string]any{"name": "ops"}, protocol.Object{})
	other := p.Bring("novasphere_compute_keypair", map[string]any{"name": "OPS"}, protocol.Object{})
	if one.Text("fingerprint") == other.Text("fingerprint") {
		t.Error("both are one key pair")
	}
	keys := map[string]bool{}
	for key := range vc.Catalogue() {
		keys[strings.ToLower(key)] = true
	}
	if len(keys) != len(vc.Catalogue()) || len(keys) < 2 {
		t.Errorf("the records %v are not told apart without case", slices.Collect(maps.Keys(vc.Catalogue())))
	}
}

// TestInstanceIsManagedByNobody: no extension is registered that an instance could name, and its tags cost no call for each instance.
func TestInstanceIsManagedByNobody(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	p.Bring("novasphere_compute_flavor", map[string]any{"name": "g1.small", "vcpus": 1, "ram": 1024, "disk": 10}, protocol.Object{})
	p.Bring("novasphere_compute_instance",
		map[string]any{"name": "web", "flavor_name": "g1.small", "image_name": "debian-12", "tags": []any{"blue"}}, protocol.Object{})
	if by := vc.VM("OpenStack/web").Config.ManagedBy; by != nil {
		t.Errorf("it is managed by %+v", by)
	}
	if tags := vc.Tags(); len(tags) != 1 {
		t.Errorf("the vCenter has the tags %v, and not the flavor's alone", tags)
	}
}

// TestTemplateGoesBeforeALibraryItem names an image that exists as a template and as a library item: the template is used, and no session
// of the REST API is opened to find it.
func TestTemplateGoesBeforeALibraryItem(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	finder := find.NewFinder(vc.Client().Client)
	pool, err := finder.ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	at := pool.Reference()
	done(t, func(ctx context.Context) (*object.Task, error) {
		return object.NewVirtualMachine(vc.Client().Client, vc.VM("images/debian-12").Self).Clone(ctx, vc.Folder("images"), vcsim.LibraryItem,
			types.VirtualMachineCloneSpec{Template: true, Location: types.VirtualMachineRelocateSpec{Pool: &at}})
	})
	vc.ResetCalls()
	found, heard := vc.Provider(t, nil).Query("novasphere_images_image", map[string]any{"name": vcsim.LibraryItem})
	if len(heard) != 0 {
		t.Fatal(heard)
	}
	var id string
	if err := found["id"].As(&id); err != nil || id != vc.VM("images/"+vcsim.LibraryItem).Config.InstanceUuid {
		t.Errorf("found %q: %v", id, err)
	}
	for call := range vc.Calls() {
		if strings.Contains(call, "/") && !strings.Contains(call, "/sdk/") {
			t.Errorf("the REST API was asked: %s", call)
		}
	}
}

// done runs a task.
func done(t *testing.T, begin func(ctx context.Context) (*object.Task, error)) {
	t.Helper()
	task, err := begin(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSecurityGroupsOfTwoProjects: two workspaces of one datacenter with different projects may both have a group of one name.
func TestSecurityGroupsOfTwoProjects(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	group := map[string]any{"name": "web", "stateful": false}
	of := func(project string) *protocol.Provider {
		return vc.Provider(t, map[string]any{"security_groups": "dvs", "project": project})
	}
	blue := of("blue").Bring("novasphere_networking_secgroup", group, protocol.Object{})
	red := of("red").Bring("novasphere_networking_secgroup", group, protocol.Object{})
	if blue.Text("id") == red.Text("id") {
		t.Error("both are one group")
	}
	again := of("red")
	if plan := again.Plan("novasphere_networking_secgroup", group, again.None("novasphere_networking_secgroup")); len(plan.Errors()) != 1 {
		t.Errorf("a second one of a project: %v", plan.Diagnostics)
	}
}

// TestHotAddAndTPMOutliveAResize resizes an instance to a flavor without hot-add and TPM: removing hot-add would need a shutdown, and
// removing a TPM would lose its secrets.
func TestHotAddAndTPMOutliveAResize(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{KeyProvider: true})
	p := vc.Provider(t, nil)
	flavor := func(name string, specs map[string]any) {
		p.Bring("novasphere_compute_flavor",
			map[string]any{"name": name, "vcpus": 1, "ram": 4096, "disk": 10, "extra_specs": specs}, protocol.Object{})
	}
	flavor("full", map[string]any{"hw:tpm_version": "2.0", "vmware:cpu_hot_add": "true", "vmware:memory_hot_add": "true"})
	flavor("plain", nil)
	instance := func(flavor string) map[string]any {
		return map[string]any{"name": "web", "flavor_name": flavor, "image_name": "debian-12"}
	}
	made := p.Bring("novasphere_compute_instance", instance("full"), protocol.Object{})
	stopped := vc.Calls()["PowerOffVM_Task"] + vc.Calls()["ShutdownGuest"]
	p.Bring("novasphere_compute_instance", instance("plain"), made)
	c := vc.VM("OpenStack/web").Config
	if c.CpuHotAddEnabled == nil || !*c.CpuHotAddEnabled || c.MemoryHotAddEnabled == nil || !*c.MemoryHotAddEnabled {
		t.Error("hot-add is gone")
	}
	if len(object.VirtualDeviceList(c.Hardware.Device).SelectByType((*types.VirtualTPM)(nil))) != 1 {
		t.Error("the TPM is gone")
	}
	if n := vc.Calls()["PowerOffVM_Task"] + vc.Calls()["ShutdownGuest"] - stopped; n != 0 {
		t.Errorf("the guest was stopped %d times", n)
	}
}

// TestNICOfAPortGoesWithItsBlock plugs an instance out of a port, and into the same network without one: the port is free, and can be
// deleted.
func TestNICOfAPortGoesWithItsBlock(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	segment := map[string]any{"segmentation_id": 5}
	network := p.Bring("novasphere_networking_network", map[string]any{"name": "lab", "segments": []any{segment}}, protocol.Object{})
	p.Bring("novasphere_compute_flavor", map[string]any{"name": "g1.small", "vcpus": 1, "ram": 1024, "disk": 10}, protocol.Object{})
	port := p.Bring("novasphere_networking_port", map[string]any{"network_id": network.Text("id")}, protocol.Object{})
	instance := func(block map[string]any) map[string]any {
		return map[string]any{"name": "web", "flavor_name": "g1.small", "image_name": "debian-12", "network": []any{block}}
	}
	made := p.Bring("novasphere_compute_instance", instance(map[string]any{"port": port.Text("id")}), protocol.Object{})
	p.Bring("novasphere_compute_instance", instance(map[string]any{"uuid": network.Text("id")}), made)
	nics := object.VirtualDeviceList(vc.VM("OpenStack/web").Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil))
	mac := port.Text("mac_address")
	if len(nics) != 1 || mac == "" || nics[0].(types.BaseVirtualEthernetCard).GetVirtualEthernetCard().MacAddress == mac {
		t.Errorf("there are %d NICs, or the one that there is still has the port's address %q", len(nics), mac)
	}
	now, _ := p.Read(port)
	p.Destroy(now)
}
