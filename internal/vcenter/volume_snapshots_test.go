// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// nightly is a snapshot of a volume.
func nightly(v openstack.Volume) volumes.SnapshotRequest {
	return volumes.SnapshotRequest{VolumeID: v.ID, VolumeSnapshotSpec: openstack.VolumeSnapshotSpec{Name: "nightly",
		Description: "of the shop", Metadata: map[string]string{"keep": "7d"}}}
}

// TestVolumeSnapshots: a snapshot has its record on its volume, which goes with it. Those of others are listed and never deleted.
func TestVolumeSnapshots(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	theirs := l.snapshot(v.ID, "velero")
	taken, err := l.Volumes.CreateSnapshot(t.Context(), nightly(v))
	if err != nil {
		t.Fatal(err)
	}
	id := v.ID + "/" + taken.ID
	read, err := l.Volumes.Snapshot(t.Context(), id)
	if err != nil || read.Name != "nightly" || read.Description != "of the shop" || read.Metadata["keep"] != "7d" || !read.Own ||
		read.VolumeID != v.ID || read.Created.IsZero() {
		t.Errorf("read %+v, %v", read, err)
	}
	all, err := l.Volumes.Snapshots(t.Context(), v.ID)
	shown := l.must(l.Volumes.Read(t.Context(), v.ID))
	if err != nil || len(all) != 2 || all[0].Own || all[0].Note != "velero" || len(shown.Snapshots) != 2 || shown.Metadata["role"] != "db" ||
		len(shown.Metadata) != 1 {
		t.Errorf("%v; the volume shows %+v; %v", all, shown, err)
	}
	refusedAs(t, l.Volumes.DeleteSnapshot(t.Context(), theirs), "is not deleted: this provider did not make it")
	for range 2 {
		if err := l.Volumes.DeleteSnapshot(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if _, err := l.Volumes.Snapshot(t.Context(), id); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	for key := range metadataOf(l.disk(v.ID)) {
		if strings.HasPrefix(key, "novasphere.snapshot.") {
			t.Errorf("its record is still there: %s", key)
		}
	}
	if err := l.Volumes.DeleteSnapshot(t.Context(), "nobody/nothing"); err != nil {
		t.Errorf("of a volume that is gone: %v", err)
	}
}

// TestLostVolumeSnapshot cuts the connection at each change of a snapshot's life: it is taken once, or not at all with an error that says
// so, and deleted.
func TestLostVolumeSnapshot(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"VStorageObjectCreateSnapshot_Task", "VCenterUpdateVStorageObjectMetadataEx_Task", "DeleteSnapshot_Task",
		"RetrieveSnapshotInfo"} {
		for where, cut := range cuts {
			t.Run(call+" "+where, func(t *testing.T) {
				t.Parallel()
				l := volumeLabOf(t, vcsim.Options{})
				v := l.create("data", 1)
				l.wire.Cut(call, cut)
				taken, err := l.Volumes.CreateSnapshot(t.Context(), nightly(v))
				all, failed := l.Volumes.Snapshots(t.Context(), v.ID)
				if call == "VStorageObjectCreateSnapshot_Task" && cut == acctest.CutBefore {
					if refusedAs(t, err, "no snapshot has appeared since: apply again"); len(all) != 0 || failed != nil {
						t.Errorf("there are %v, %v", all, failed)
					}
					return
				}
				if err != nil || failed != nil || len(all) != 1 || all[0].ID != taken.ID || all[0].Name != "nightly" {
					t.Fatalf("%+v, %v; there are %+v, %v", taken, err, all, failed)
				}
				if err := l.Volumes.DeleteSnapshot(t.Context(), v.ID+"/"+taken.ID); err != nil {
					t.Error(err)
				}
				if all, err := l.Volumes.Snapshots(t.Context(), v.ID); len(all) != 0 || err != nil {
					t.Errorf("there are still %v, %v", all, err)
				}
			})
		}
	}
}

// TestKilledVolumeSnapshot: a creation that is killed before the record is taken up by the next like it, and by no other.
func TestKilledVolumeSnapshot(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"VStorageObjectCreateSnapshot_Task", "RetrieveSnapshotInfo"} {
		l := volumeLabOf(t, vcsim.Options{})
		v := l.create("data", 1)
		if _, err := l.killedAt(call).Volumes.CreateSnapshot(t.Context(), nightly(v)); err == nil {
			t.Fatal("it was not killed")
		}
		other := nightly(v)
		other.Metadata = map[string]string{"keep": "14d"}
		second, failed := l.Volumes.CreateSnapshot(t.Context(), other)
		first, err := l.Volumes.CreateSnapshot(t.Context(), nightly(v))
		all, unread := l.Volumes.Snapshots(t.Context(), v.ID)
		if err := errors.Join(failed, err, unread); err != nil || len(all) != 2 || first.ID == second.ID || first.Metadata["keep"] != "7d" {
			t.Errorf("%s: %+v and %+v are of %+v, %v", call, first, second, all, err)
		}
		if third, err := l.Volumes.CreateSnapshot(t.Context(), nightly(v)); err != nil || third.ID == first.ID || third.Others != 2 {
			t.Errorf("%s: a further one is %+v, %v", call, third, err)
		}
	}
}

// TestVolumeSnapshotsAlike: two snapshots of one name at the same moment are two.
func TestVolumeSnapshotsAlike(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	var group sync.WaitGroup
	ids := make([]string, 4)
	for i := range ids {
		group.Go(func() {
			taken, err := l.Volumes.CreateSnapshot(t.Context(), nightly(v))
			if ids[i] = taken.ID; err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 4 {
		t.Errorf("they are %v", ids)
	}
}

// TestVolumeSnapshotChanged: its name, description and metadata change in the metadata of its volume, and nothing else does.
func TestVolumeSnapshotChanged(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	taken, err := l.Volumes.CreateSnapshot(t.Context(), nightly(v))
	if err != nil {
		t.Fatal(err)
	}
	id, want := v.ID+"/"+taken.ID, openstack.VolumeSnapshotSpec{Name: "weekly", Metadata: map[string]string{"to": "tape"}}
	for range 2 {
		l.wire.Take()
		if changed, err := l.Volumes.UpdateSnapshot(t.Context(), id, want); err != nil || changed.Name != "weekly" {
			t.Errorf("%+v, %v", changed, err)
		}
	}
	if calls, _ := l.wire.Take(); calls["VCenterUpdateVStorageObjectMetadataEx_Task"] != 0 {
		t.Errorf("an update that changes nothing has sent %v", calls)
	}
	read, err := l.Volumes.ReadSnapshot(t.Context(), id)
	if err != nil || read.Name != "weekly" || read.Description != "" || len(read.Metadata) != 1 || read.Metadata["to"] != "tape" ||
		read.Size != 1 || read.MarkID != taken.MarkID {
		t.Errorf("read %+v, %v", read, err)
	}
	if shown := l.must(l.Volumes.Read(t.Context(), v.ID)); shown.Metadata["role"] != "db" || len(shown.Metadata) != 1 {
		t.Errorf("the volume shows %+v", shown)
	}
	if _, err := l.Volumes.UpdateSnapshot(t.Context(), v.ID+"/none", want); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}
