package vcenter_test

import (
	"errors"
	"strings"
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
	refusedAs(t, l.Volumes.DeleteSnapshot(t.Context(), theirs), "is not deleted: this provider did not take it")
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

// TestVolumeSnapshotTakenAgain: a creation with the mark of a killed one takes up the snapshot that has no record yet.
func TestVolumeSnapshotTakenAgain(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	v := l.create("data", 1)
	r := nightly(v)
	r.MarkID = "2f0c3a52-4d8e-4c36-9a0e-6c1f7a0d9b11"
	left := l.snapshot(v.ID, "novasphere "+r.MarkID+" nightly")
	taken, err := l.Volumes.CreateSnapshot(t.Context(), r)
	if err != nil || v.ID+"/"+taken.ID != left {
		t.Errorf("%+v, %v, and not %s", taken, err, left)
	}
	if read, err := l.Volumes.Snapshot(t.Context(), left); err != nil || read.Name != "nightly" || read.Metadata["keep"] != "7d" {
		t.Errorf("read %+v, %v", read, err)
	}
}
