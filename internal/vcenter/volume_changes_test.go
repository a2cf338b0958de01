// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// refusedAs fails the test unless an error holds a text.
func refusedAs(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%v, and not %q", err, text)
	}
}

// copyOf is a volume that is filled from another or from a snapshot.
func copyOf(kind, id string, gib int64) volumes.Request {
	r := data("copy", gib)
	r.Source = openstack.VolumeSource{Kind: kind, ID: id}
	return r
}

// TestVolumeCopied: a copy has a record and a flag of its own, and its size or its source's.
func TestVolumeCopied(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	from := l.create("data", 2)
	snapshot := l.snapshot(from.ID, "novasphere 1 before")
	for kind, act := range map[string]func(volumes.Request) (openstack.Volume, error){
		openstack.SourceVolume:   func(r volumes.Request) (openstack.Volume, error) { return l.Volumes.Clone(t.Context(), r) },
		openstack.SourceSnapshot: func(r volumes.Request) (openstack.Volume, error) { return l.Volumes.FromSnapshot(t.Context(), r) },
	} {
		id := map[string]string{openstack.SourceVolume: from.ID, openstack.SourceSnapshot: snapshot}[kind]
		for asked, want := range map[int64]int64{0: 2, 5: 5} {
			made := l.must(act(copyOf(kind, id, asked)))
			held := l.disk(made.ID)
			kept := metadataOf(held)
			if made.Size != want || held.Name != "copy" || held.CapacityInMB != want<<10 || held.KeepAfterDeleteVm == nil ||
				!*held.KeepAfterDeleteVm || kept["novasphere.source"] != kind+":"+id || kept["novasphere.mark"] == from.MarkID {
				t.Errorf("%s, %d GiB: the vCenter holds %+v, %d GiB came back", kind, asked, held, made.Size)
			}
		}
		_, err := act(copyOf(kind, id, 1))
		refusedAs(t, err, "size: 1 GiB are less than the 2 GiB of what ")
	}
	if _, err := l.Volumes.FromSnapshot(t.Context(), copyOf(openstack.SourceSnapshot, from.ID, 0)); err == nil {
		t.Error("a volume is taken for a snapshot")
	}
	if n := len(l.all()); n != 5 {
		t.Errorf("there are %d disks", n)
	}
}

// TestSnapshotRestoredAgain: a volume from a snapshot whose creation was killed before its record was written is taken up by the next
// creation with the same mark.
func TestSnapshotRestoredAgain(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	from := l.create("data", 2)
	r := copyOf(openstack.SourceSnapshot, l.snapshot(from.ID, "s"), 0)
	r.MarkID = "2f0c3a52-4d8e-4c36-9a0e-6c1f7a0d9b11"
	first := l.must(l.Volumes.FromSnapshot(t.Context(), r))
	unnamed := first.VolumeSpec
	unnamed.Name = "novasphere-" + r.MarkID
	l.must(l.Volumes.Update(t.Context(), first.ID, volumes.Change{VolumeSpec: unnamed}))
	if again := l.must(l.Volumes.FromSnapshot(t.Context(), r)); again.ID != first.ID || again.Name != "copy" || len(l.all()) != 2 {
		t.Errorf("%s became %+v; there are %v", first.ID, again, l.all())
	}
}

// TestVolumeUpdated: name, description, metadata and size change in place, and other people's keys stay.
func TestVolumeUpdated(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 2)
	l.note(v.ID, "backup.job", "nightly")
	want := v.VolumeSpec
	want.Name, want.Description, want.Size, want.Metadata = "data-2", "", 3, map[string]string{"tier": "1"}
	updated := l.must(l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want}))
	held := l.disk(v.ID)
	kept := metadataOf(held)
	_, described := kept["novasphere.description"]
	_, role := kept["novasphere.meta.role"]
	if updated.Name != "data-2" || updated.Size != 3 || held.CapacityInMB != 3<<10 || kept["novasphere.meta.tier"] != "1" ||
		described || role || kept["backup.job"] != "nightly" || kept["novasphere.mark"] != v.MarkID {
		t.Errorf("the vCenter holds %+v, %v came back", held, updated)
	}
	l.wire.Take()
	l.must(l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want}))
	calls, _ := l.wire.Take()
	for _, change := range []string{"RenameVStorageObject", "ExtendDisk_Task", "VCenterUpdateVStorageObjectMetadataEx_Task"} {
		if calls[change] != 0 {
			t.Errorf("an update that changes nothing has sent %v", calls)
		}
	}
	want.Size = 2
	_, err := l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})
	refusedAs(t, err, "size: the volume data-2 has 3 GiB and cannot shrink to 2 GiB")
	l.snapshot(v.ID, "before")
	want.Size = 4
	_, err = l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})
	refusedAs(t, err, "size: the volume data-2 has snapshots, and a disk under a snapshot cannot grow: ")
}

// TestVolumeGrowsOnItsMachine: a volume grows while its machine runs, and not under a snapshot of the machine, which is named.
func TestVolumeGrowsOnItsMachine(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v, server := l.create("data", 2), made(t, l.Client, "web")
	l.attach(v.ID, server)
	want := v.VolumeSpec
	want.Size = 3
	if updated := l.must(l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})); updated.Size != 3 {
		t.Errorf("it became %+v", updated)
	}
	vm := object.NewVirtualMachine(l.vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: server.MoRef})
	task, err := vm.CreateSnapshot(t.Context(), "nightly", "", false, false)
	after(t, task, err)
	want.Size = 4
	_, err = l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})
	refusedAs(t, err, `size: snapshots of web hold the volume data, and a disk under a snapshot cannot grow: "nightly"`)
}

// TestVolumeGrowsOnAnOldVCenter: before 7.0 Update 2 the machine must be off.
func TestVolumeGrowsOnAnOldVCenter(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{APIVersion: "7.0.1.0", Disks: vcsim.DiskKnobs{ExtendOffOnly: true}})
	v, server := l.create("data", 2), made(t, l.Client, "web")
	l.attach(v.ID, server)
	want := v.VolumeSpec
	want.Size = 3
	_, err := l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})
	refusedAs(t, err, "size: a vCenter before 7.0 Update 2 does not grow a volume while its machine runs: stop web first")
	vm := object.NewVirtualMachine(l.vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: server.MoRef})
	task, err := vm.PowerOff(t.Context())
	after(t, task, err)
	if grown := l.must(l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})); grown.Size != 3 {
		t.Errorf("it became %+v", grown)
	}
}

// TestVolumeDeleted: two calls delete a volume. What is attached, has snapshots or is somebody else's stays, and no delete is sent for
// what is not ours.
func TestVolumeDeleted(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v, server, foreign := l.create("data", 2), made(t, l.Client, "web"), l.foreign("theirs")
	refusedAs(t, l.Volumes.Delete(t.Context(), foreign), "this provider did not make it")
	if l.vc.DiskDeletes()[foreign] != 0 {
		t.Error("a delete was sent for a disk of others")
	}
	l.attach(v.ID, server)
	held, err := l.Volumes.Attachments(t.Context(), v.ID)
	if err != nil || len(held) != 1 || held[0].ServerID != server.ID || held[0].ServerName != "web" || held[0].MoRef != server.MoRef ||
		!strings.HasPrefix(held[0].Place, "scsi0:") || held[0].Shared {
		t.Errorf("attached are %+v, %v", held, err)
	}
	refusedAs(t, l.Volumes.Delete(t.Context(), v.ID), `the volume data is not deleted: it is attached to "web". Detach it first`)
	vm := object.NewVirtualMachine(l.vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: server.MoRef})
	if err := vm.DetachDisk(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	pinned := l.create("pinned", 1)
	l.snapshot(pinned.ID, "s")
	refusedAs(t, l.Volumes.Delete(t.Context(), pinned.ID), "the volume pinned is not deleted: it has snapshots. Delete them first: ")
	l.wire.Take()
	if err := l.Volumes.Delete(t.Context(), v.ID); err != nil {
		t.Error(err)
	}
	calls, _ := l.wire.Take()
	if calls["VslmRetrieveVStorageObject"] != 1 || calls["DeleteVStorageObject_Task"] != 1 ||
		calls["RetrieveVStorageObjectAssociations"] != 0 {
		t.Errorf("the calls were %v", calls)
	}
	if slices.Contains(l.all(), v.ID) {
		t.Error("it is still there")
	}
	if err := l.Volumes.Delete(t.Context(), v.ID); err != nil {
		t.Errorf("again: %v", err)
	}
}

// TestVolumeMoved: a volume that its machine has taken to another datastore is the same, also where the catalogue has lost it; one that no
// machine has either is gone.
func TestVolumeMoved(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		l := volumeLabOf(t, vcsim.Options{Disks: vcsim.DiskKnobs{MovesAreLost: lost}})
		v, server := l.create("data", 2), made(t, l.Client, "web")
		l.attach(v.ID, server)
		to := l.otherStore(v.Datastore)
		vm := object.NewVirtualMachine(l.vc.Client().Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: server.MoRef})
		task, err := vm.Relocate(t.Context(), types.VirtualMachineRelocateSpec{Datastore: &to}, types.VirtualMachineMovePriorityDefaultPriority)
		after(t, task, err)
		read, err := l.Volumes.Read(t.Context(), v.ID)
		if err != nil || read.ID != v.ID || read.Datastore == v.Datastore || read.Name != "data" {
			t.Errorf("lost %v: read %+v, %v", lost, read, err)
		}
		want := v.VolumeSpec
		want.Name = "moved"
		if updated := l.must(l.Volumes.Update(t.Context(), v.ID, volumes.Change{VolumeSpec: want})); updated.Name != "moved" {
			t.Errorf("lost %v: it became %+v", lost, updated)
		}
		if _, err := l.Volumes.Read(t.Context(), "00000000-0000-0000-0000-000000000000"); !errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("nobody's: %v", err)
		}
	}
}
