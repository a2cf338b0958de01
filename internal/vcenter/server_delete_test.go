// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers/destruction"
)

// attachShared makes a disk outside the instance's folder and attaches it.
func attachShared(t *testing.T, vc *acctest.VCenter, name, file string) {
	t.Helper()
	client := vc.Client().Client
	finder := find.NewFinder(client)
	dc, err := finder.Datacenter(t.Context(), "/dc1")
	if err != nil {
		t.Fatal(err)
	}
	vm, err := finder.VirtualMachine(t.Context(), "/dc1/vm/OpenStack/"+name)
	if err != nil {
		t.Fatal(err)
	}
	folder, _, _ := strings.Cut(file, "/")
	_ = object.NewFileManager(client).MakeDirectory(t.Context(), folder, dc, true) // it may exist
	disk := &types.VirtualDisk{CapacityInKB: 1 << 20, VirtualDevice: types.VirtualDevice{Key: -1, ControllerKey: 1000,
		UnitNumber: types.NewInt32(5),
		Backing: &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent",
			VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: file}}}}
	task, err := vm.Reconfigure(t.Context(),
		types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
			Operation: types.VirtualDeviceConfigSpecOperationAdd, FileOperation: types.VirtualDeviceConfigSpecFileOperationCreate, Device: disk}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := task.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestForeignDiskOutlivesTheInstance: a disk that is not the instance's own outlives it, also after a resize and a refused destroy.
func TestForeignDiskOutlivesTheInstance(t *testing.T) {
	t.Parallel()
	const shared = "[vmfs-2] shared/data.vmdk"
	vc := acctest.Start(t, vcsim.Options{})
	var refused atomic.Bool
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "Destroy_Task" && refused.CompareAndSwap(false, true) {
			return acctest.Refusal("NoPermission")
		}
		return ask()
	})
	c := clientOver(t, vc, wire)
	server := made(t, c, "web")
	attachShared(t, vc, "web", shared)
	key := machine.Key{ID: server.ID, MoRef: server.MoRef}
	want := server
	want.Flavor = openstack.Flavor{ID: "2", Name: "m1.more", VCPUs: 2, RAM: 2048, Disk: 8, Ephemeral: 1}
	now, err := c.Servers.Update(t.Context(), key, servers.Update{ServerSpec: want.ServerSpec})
	if err != nil || now.Disk != 8 || len(now.Disks) != 1 || now.Disks[0].MB != 1024 {
		t.Fatalf("%+v %v", now, err)
	}
	if err := c.Servers.Delete(t.Context(), key, false); err == nil {
		t.Fatal("the vCenter refused it, and nobody says so")
	}
	if err := c.Servers.Delete(t.Context(), key, false); err != nil {
		t.Fatal(err)
	}
	files := vc.Files("[vmfs-2]")
	if !slices.ContainsFunc(files, func(f string) bool { return strings.HasSuffix(f, "shared/data.vmdk") }) {
		t.Errorf("the disk is gone; there are %q", files)
	}
	for _, file := range slices.Concat(files, vc.Files("[vmfs-1]")) {
		if strings.Contains(file, "web/") {
			t.Errorf("left: %s", file)
		}
	}
}

// TestDeleteTellsOnce: what is deleted along with an instance is told once, however often its destruction is repeated.
func TestDeleteTellsOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refusals atomic.Int32
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "Destroy_Task" && refusals.Add(1) < 3 {
			return acctest.Refusal("ConcurrentAccess")
		}
		return ask()
	})
	c := clientOver(t, vc, wire)
	web := made(t, c, "web")
	home, _, _ := strings.Cut(vc.VM("OpenStack/web").Config.Files.VmPathName, "/")
	attachShared(t, vc, "web", home+"/data.vmdk")
	var told [][]string
	err := c.Servers.DeleteWith(t.Context(), machine.Key{ID: web.ID, MoRef: web.MoRef}, destruction.How{},
		func(s openstack.Server) { told = append(told, s.Besides) })
	if err != nil || len(vc.VMs("OpenStack/web")) != 0 || refusals.Load() != 3 || len(told) != 1 || len(told[0]) != 1 ||
		!strings.Contains(told[0][0], "data.vmdk") {
		t.Errorf("after %d tries it is said %v, %v", refusals.Load(), told, err)
	}
}
