// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/attachments"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// booted makes a machine that nobody knows as an instance, which has a root disk on a controller.
func (l *volumeLab) booted(name string, controller types.BaseVirtualDevice, key int32) openstack.Server {
	l.Helper()
	controller.GetVirtualDevice().Key = key
	disk := &types.VirtualDisk{CapacityInKB: 1 << 20, CapacityInBytes: 1 << 30}
	disk.Key, disk.ControllerKey, disk.UnitNumber = -1, key, types.NewInt32(0)
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}
	spec := types.VirtualMachineConfigSpec{Name: name, Version: "vmx-19", DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		hardware.Create(disk)}}
	if key != hardware.IDEKey {
		spec.DeviceChange = append([]types.BaseVirtualDeviceConfigSpec{hardware.Add(controller)}, spec.DeviceChange...)
	}
	l.vc.Make("OpenStack", spec)
	vm := l.vc.VM("OpenStack/" + name)
	task, err := object.NewVirtualMachine(l.vc.Client().Client, vm.Self).PowerOn(l.Context())
	if err == nil {
		err = task.Wait(l.Context())
	}
	if err != nil {
		l.Fatal(err)
	}
	return openstack.Server{ID: vm.Config.InstanceUuid, ServerStatus: openstack.ServerStatus{MoRef: vm.Self.Value}}
}

// TestNoDiskOnIDE: a machine that runs with its root disk on IDE gets no volume, and is told why; off, it gets one on IDE.
func TestNoDiskOnIDE(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	server, v := l.booted("old", &types.VirtualIDEController{}, hardware.IDEKey), l.create("data", 1)
	attach := func() (openstack.Attachment, error) {
		return l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: v.ID, ServerID: server.ID})
	}
	l.wire.Take()
	_, err := attach()
	refusedAs(t, err, "old runs, and its root disk is on IDE, which takes no disk while a machine runs: stop it first")
	if calls, _ := l.wire.Take(); calls["AttachDisk_Task"]+calls["ReconfigVM_Task"] != 0 {
		t.Errorf("it was tried: %v", calls)
	}
	task, err := l.machine(server).PowerOff(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if a, err := attach(); err != nil || a.Place != "ide0:1" || a.DiskByID != "" {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestControllerAdded: a machine gets another controller of its own kind only where no place is free, and never more than four.
func TestControllerAdded(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	server := l.booted("web", &types.VirtualLsiLogicController{}, 1000)
	controllers := func() (count int) {
		for _, device := range l.properties(server).Config.Hardware.Device {
			if _, scsi := device.(*types.VirtualLsiLogicController); scsi {
				count++
			}
		}
		return count
	}
	var last openstack.Attachment
	for i := range 60 {
		v := l.create(fmt.Sprintf("v-%d", i), 1)
		a, err := l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: v.ID, MoRef: server.MoRef})
		if i == 59 {
			refusedAs(t, err, "web has 60 disks, and neither a free place for another nor room for another controller")
			break
		}
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if want := 1 + (i+1)/15; controllers() != want {
			t.Fatalf("with %d volumes it has %d controllers, and not %d", i+1, controllers(), want)
		}
		last = a
	}
	if last.Place != "scsi3:15" || last.Device != "/dev/sdbh" {
		t.Errorf("the last is %+v", last)
	}
}

// TestVolumeOutOfReach: a volume on a datastore that the machine's host does not mount for writing is refused, by a plan and by the
// attachment before it is sent.
func TestVolumeOutOfReach(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	l := &volumeLab{T: t, vc: vc}
	var store, other string
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		out := ask()
		if store == "" || call.Name != "RetrievePropertiesEx" {
			return out
		}
		if body := string(call.Body); strings.Contains(body, "<type>HostSystem</type>") &&
			strings.Contains(body, "<pathSet>datastore</pathSet>") {
			out.Body = bytes.NewBuffer(bytes.ReplaceAll(out.Body.Bytes(), []byte(">"+store+"<"), []byte(">"+other+"<")))
		}
		out.Body = bytes.NewBuffer(bytes.ReplaceAll(out.Body.Bytes(), []byte("readWrite"), []byte("readOnly")))
		return out
	})
	l.wire, l.Client = wire, clientOver(t, vc, wire)
	server, v := made(t, l.Client, "web"), l.create("data", 1)
	r := attachments.Request{VolumeID: v.ID, ServerID: server.ID}
	if adds, err := l.Attachments.Check(t.Context(), r, nil); err != nil || adds {
		t.Errorf("within reach: %v, %v", adds, err)
	}
	for _, ref := range l.stores() {
		if ref != l.store(v.ID).Reference().Value {
			other = ref
		}
	}
	l.Client = clientOver(t, vc, wire) // another process
	store = l.store(v.ID).Reference().Value
	_, planned := l.Attachments.Check(t.Context(), r, nil)
	wire.Take()
	_, applied := l.Attachments.Attach(t.Context(), r)
	for _, err := range []error{planned, applied} {
		refusedAs(t, err, "the volume data lies on the datastore "+v.Datastore+", which the host of web does not mount for writing")
	}
	if calls, _ := wire.Take(); calls["AttachDisk_Task"] != 0 {
		t.Errorf("it was tried: %v", calls)
	}
}

// stores are the datacenter's datastores.
func (l *volumeLab) stores() (ids []string) {
	l.Helper()
	all, err := find.NewFinder(l.vc.Client().Client).DatastoreList(l.Context(), l.vc.Datacenter(1)+"/datastore/*")
	if err != nil {
		l.Fatal(err)
	}
	for _, store := range all {
		ids = append(ids, store.Reference().Value)
	}
	return ids
}
