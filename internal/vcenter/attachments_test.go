// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/attachments"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// machine is an instance's VM as a client sees it.
func (l *volumeLab) machine(server openstack.Server) *object.VirtualMachine {
	return object.NewVirtualMachine(l.vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: server.MoRef})
}

// has are the volumes of an instance by their ids, as the vCenter holds its devices.
func (l *volumeLab) has(server openstack.Server) map[string]*types.VirtualDisk {
	l.Helper()
	out := map[string]*types.VirtualDisk{}
	for _, disk := range machine.DisksOf(l.properties(server)) {
		if disk.VDiskId != nil {
			out[disk.VDiskId.Id] = disk
		}
	}
	return out
}

func (l *volumeLab) properties(server openstack.Server) (vm mo.VirtualMachine) {
	l.Helper()
	if err := l.machine(server).Properties(l.Context(), l.machine(server).Reference(), nil, &vm); err != nil {
		l.Fatal(err)
	}
	return vm
}

// give attaches a volume by the provider.
func (l *volumeLab) give(server openstack.Server, v openstack.Volume) openstack.Attachment {
	l.Helper()
	a, err := l.Attachments.Attach(l.Context(), attachments.Request{VolumeID: v.ID, ServerID: server.ID, Multiattach: v.Multiattach})
	if err != nil {
		l.Fatal(err)
	}
	return a
}

// TestVolumeAttachedAndDetached: a running machine gets a volume in the first free place, and the names that its guest finds it by; a
// second attachment finds it there; taken off, it stays as it was.
func TestVolumeAttachedAndDetached(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	server, v := made(t, l.Client, "web"), l.create("data", 2)
	got := l.give(server, v)
	disk := l.has(server)[v.ID]
	if disk == nil || disk.ControllerKey != 1000 || *disk.UnitNumber != 1 {
		t.Fatalf("the machine has %+v", disk)
	}
	uuid := hardware.BackingUUID(disk)
	want := openstack.Attachment{VolumeID: v.ID, ServerID: server.ID, ServerName: "web", MoRef: server.MoRef, Place: "scsi0:1",
		Device: "/dev/sdb", DiskUUID: uuid, DiskByID: "/dev/disk/by-id/wwn-0x" + strings.ReplaceAll(uuid, "-", "")}
	if uuid == "" || got != want {
		t.Errorf("attached %+v, and not %+v", got, want)
	}
	if read, err := l.Attachments.Read(t.Context(), server.ID, v.ID); err != nil || read != want {
		t.Errorf("read %+v, %v", read, err)
	}
	l.wire.Take()
	again := l.give(server, v)
	if calls, _ := l.wire.Take(); calls["AttachDisk_Task"] != 0 || again != want {
		t.Errorf("attached again as %+v by %v", again, calls)
	}
	for range 2 { // the second has nothing to do
		if err := l.Attachments.Detach(t.Context(), server.ID, v.ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.has(server)) != 0 || len(l.all()) != 1 {
		t.Errorf("the machine has %v of %v", l.has(server), l.all())
	}
	_, err := l.Attachments.Read(t.Context(), server.ID, v.ID)
	refusedAs(t, err, "is not attached to web")
}

// TestVolumeOfAnotherMachine: a volume that a machine has is never taken from it, whatever a vCenter calls that, and the error names it.
func TestVolumeOfAnotherMachine(t *testing.T) {
	t.Parallel()
	for name, inUse := range map[string]bool{"InvalidState": false, "ResourceInUse": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := volumeLabOf(t, vcsim.Options{Disks: vcsim.DiskKnobs{AttachedInUse: inUse}})
			first, second, v := made(t, l.Client, "first"), made(t, l.Client, "second"), l.create("data", 1)
			l.give(first, v)
			_, err := l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: v.ID, ServerID: second.ID})
			refusedAs(t, err, `the volume data is attached to "first", and is not taken from there`)
			if l.has(first)[v.ID] == nil || len(l.has(second)) != 0 {
				t.Errorf("first has %v, second %v", l.has(first), l.has(second))
			}
			refusedAs(t, l.Volumes.Delete(t.Context(), v.ID), `it is attached to "first"`)
		})
	}
}

// TestTenVolumesAtOnce: one machine gets ten volumes at the same moment, each in a place of its own, though the vCenter refuses a second
// change at a time, and loses them so.
func TestTenVolumesAtOnce(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{Disks: vcsim.DiskKnobs{AttachTime: 20 * time.Millisecond}})
	server := made(t, l.Client, "web")
	const n = 10
	volumes := make([]openstack.Volume, n)
	for i := range n {
		volumes[i] = l.create(fmt.Sprintf("v-%d", i), 1)
	}
	devices := make([]string, n)
	tenAtOnce(n, func(i int) {
		a, err := l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: volumes[i].ID, ServerID: server.ID})
		if err != nil {
			t.Error(err)
		}
		devices[i] = a.Device
	})
	slices.Sort(devices)
	if len(l.has(server)) != n || len(slices.Compact(slices.Clone(devices))) != n || devices[0] != "/dev/sdb" {
		t.Errorf("%d are attached as %v", len(l.has(server)), devices)
	}
	tenAtOnce(n, func(i int) {
		if err := l.Attachments.Detach(t.Context(), server.ID, volumes[i].ID); err != nil {
			t.Error(err)
		}
	})
	if len(l.has(server)) != 0 || len(l.all()) != n {
		t.Errorf("%v are left of %d", l.has(server), len(l.all()))
	}
}

// TestAttachmentsCost counts the calls of twenty volumes on three machines: three each to attach, two each to detach, and a plan's reads of
// them in five.
func TestAttachmentsCost(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	servers := []openstack.Server{made(t, l.Client, "a"), made(t, l.Client, "b"), made(t, l.Client, "c")}
	const n = 20
	volumes := make([]openstack.Volume, n)
	for i := range n {
		volumes[i] = l.create(fmt.Sprintf("v-%d", i), 1)
	}
	count := func(what string, most int, act func(ctx context.Context, server, volume string) error) {
		t.Helper()
		l.wire.Take()
		tenAtOnce(n, func(i int) {
			if err := act(t.Context(), servers[i%3].ID, volumes[i].ID); err != nil {
				t.Errorf("%s %d: %v", what, i, err)
			}
		})
		calls, _ := l.wire.Take()
		if t.Logf("%s: %d calls %v", what, acctest.Total(calls), calls); acctest.Total(calls) > most {
			t.Errorf("%s took %d calls, and not %d at most", what, acctest.Total(calls), most)
		}
	}
	count("attach", 3*n, func(ctx context.Context, server, volume string) error {
		_, err := l.Attachments.Attach(ctx, attachments.Request{VolumeID: volume, ServerID: server})
		return err
	})
	count("read", 5, func(ctx context.Context, server, volume string) error {
		_, err := l.Attachments.Read(ctx, server, volume)
		return err
	})
	count("detach", 2*n, func(ctx context.Context, server, volume string) error {
		return l.Attachments.Detach(ctx, server, volume)
	})
	if len(l.has(servers[0]))+len(l.has(servers[1]))+len(l.has(servers[2])) != 0 || len(l.all()) != n {
		t.Error("volumes are left on the machines, or lost")
	}
}

// TestAttachmentLost cuts the connection at the call: the attachment is found, or made, once.
func TestAttachmentLost(t *testing.T) {
	t.Parallel()
	for where, cut := range cuts {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			l := volumeLabOf(t, vcsim.Options{})
			server, v := made(t, l.Client, "web"), l.create("data", 1)
			l.wire.Cut("AttachDisk_Task", cut)
			l.give(server, v)
			if l.has(server)[v.ID] == nil {
				t.Errorf("the machine has %v", l.has(server))
			}
			l.wire.Cut("DetachDisk_Task", cut)
			if err := l.Attachments.Detach(t.Context(), server.ID, v.ID); err != nil || len(l.has(server)) != 0 {
				t.Errorf("%v; the machine has %v", err, l.has(server))
			}
			l.give(server, v)
			if err := l.Delete(server); err != nil || !slices.Equal(l.all(), []string{v.ID}) {
				t.Errorf("%v; the disks are %v", err, l.all())
			}
		})
	}
}

// Delete destroys an instance as its resource does.
func (l *volumeLab) Delete(server openstack.Server) error {
	return l.Servers.Delete(l.Context(), machine.Key{ID: server.ID, MoRef: server.MoRef}, false)
}

// TestVolumeShared: several machines have a volume that was made for it, each as a shared disk that is independent of snapshots; sharing
// one that was not, or having one that is shared alone, is refused.
func TestVolumeShared(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	first, second, alone := made(t, l.Client, "first"), made(t, l.Client, "second"), l.create("alone", 1)
	r := data("shared", 1)
	r.Multiattach = true
	shared := l.must(l.Volumes.Create(t.Context(), r))
	for _, server := range []openstack.Server{first, second} {
		a := l.give(server, shared)
		backing, _ := l.has(server)[shared.ID].Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if !a.Shared || a.Place != "scsi0:1" || backing.Sharing != "sharingMultiWriter" || backing.DiskMode != "independent_persistent" {
			t.Errorf("%+v on %+v", a, backing)
		}
	}
	_, err := l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: alone.ID, ServerID: first.ID, Multiattach: true})
	refusedAs(t, err, "the volume alone was made for one instance at a time")
	_, err = l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: shared.ID, ServerID: first.ID})
	refusedAs(t, err, "the volume shared was made for several instances at once")
	if err := l.Attachments.Detach(t.Context(), first.ID, shared.ID); err != nil || len(l.has(first)) != 0 || len(l.has(second)) != 1 {
		t.Errorf("%v; first has %v, second %v", err, l.has(first), l.has(second))
	}
	if err := l.Attachments.Detach(t.Context(), second.ID, shared.ID); err != nil {
		t.Fatal(err)
	}
	l.attach(shared.ID, second) // by hand, for itself alone
	_, err = l.Attachments.Attach(t.Context(), attachments.Request{VolumeID: shared.ID, ServerID: first.ID, Multiattach: true})
	refusedAs(t, err, "second has the volume shared for itself alone")
}
