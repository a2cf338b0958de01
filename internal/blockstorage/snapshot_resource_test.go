// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const kindOfSnapshot = "novasphere_blockstorage_snapshot"

// snap takes a snapshot, or changes it, and fails the test unless the next plan is empty.
func (l *lab) snap(config map[string]any, prior protocol.Object) protocol.Object {
	l.Helper()
	made := l.Bring(kindOfSnapshot, config, prior)
	read, reported := l.Read(made)
	if len(reported) > 0 {
		l.Fatalf("the refresh reports %v", reported)
	}
	if plan := l.Plan(kindOfSnapshot, config, read); plan.Action != protocol.Nothing || len(plan.Diagnostics) > 0 {
		l.Fatalf("the next plan is to %s: %v\n%s\n%s", plan.Action, plan.Diagnostics, read.State, plan.Planned)
	}
	return read
}

// snapshots are what the vCenter holds of a volume's snapshots.
func (l *lab) snapshots(v protocol.Object) []types.VStorageObjectSnapshotInfoVStorageObjectSnapshot {
	l.Helper()
	info, err := vslm.NewObjectManager(l.vc.Client().Client).RetrieveSnapshotInfo(l.Context(), l.store(v), v.Text("id"))
	if err != nil {
		l.Fatal(err)
	}
	return info.Snapshots
}

// nightly is a configuration of a snapshot with further arguments.
func nightly(v protocol.Object, more map[string]any) map[string]any {
	config := map[string]any{"volume_id": v.Text("id"), "name": "nightly"}
	for key, value := range more {
		config[key] = value
	}
	return config
}

// TestSnapshotTaken: the vCenter holds it with its record, in the metadata of the volume, which is otherwise as it was.
func TestSnapshotTaken(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 2, map[string]any{"metadata": map[string]any{"role": "db"}})
	more := map[string]any{"description": "before the upgrade", "metadata": map[string]any{"keep": "7d"}}
	s := l.snap(nightly(v, more), l.None(kindOfSnapshot))
	volume, id, _ := strings.Cut(s.Text("id"), "/")
	held := l.snapshots(v)
	if volume != v.Text("id") || len(held) != 1 || held[0].Id.Id != id || !strings.HasPrefix(held[0].Description, "novasphere ") ||
		!strings.HasSuffix(held[0].Description, " nightly") || s.Text("status") != "available" ||
		!s.Attributes()["size"].Equal(tftypes.NewValue(tftypes.Number, 2)) {
		t.Errorf("%s: the vCenter holds %+v", s.State, held)
	}
	kept := metadata(l.disk(v))
	for key, want := range map[string]string{"name": "nightly", "description": "before the upgrade", "meta.keep": "7d"} {
		if got := kept["novasphere.snapshot."+id+"."+key]; got != want {
			t.Errorf("%s is %q, and not %q", key, got, want)
		}
	}
	found, reported := l.Import(kindOfSnapshot, strings.ToUpper(s.Text("id")))
	if len(reported) > 0 {
		t.Fatal(reported)
	}
	if plan := l.Plan(kindOfSnapshot, nightly(v, more), found); plan.Action != protocol.Nothing {
		t.Errorf("after the import the plan is to %s: %s", plan.Action, plan.Planned)
	}
	s = l.snap(nightly(v, map[string]any{"name": "weekly", "metadata": map[string]any{"to": "tape"}}), s)
	if kept = metadata(l.disk(v)); kept["novasphere.snapshot."+id+".name"] != "weekly" || kept["novasphere.snapshot."+id+".meta.keep"] != "" ||
		kept["novasphere.snapshot."+id+".meta.to"] != "tape" || kept["novasphere.meta.role"] != "db" || len(l.snapshots(v)) != 1 {
		t.Errorf("after its change the vCenter holds %v", kept)
	}
	l.Destroy(s)
	for key := range metadata(l.disk(v)) {
		if strings.HasPrefix(key, "novasphere.snapshot.") {
			t.Errorf("its record is still there: %s", key)
		}
	}
	if held := l.snapshots(v); len(held) != 0 {
		t.Errorf("there is still %+v", held)
	}
}

// TestSnapshotRestored: a volume from a snapshot has the bytes that the volume had then, and not those that it has now.
func TestSnapshotRestored(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	l.vc.WriteDisk(l.vc.Disk("data"), 4096, "before the upgrade")
	before := l.vc.Content(l.vc.Disk("data"))
	s := l.snap(nightly(v, nil), l.None(kindOfSnapshot))
	l.vc.WriteDisk(l.vc.Disk("data"), 4096, "after the upgrade!")
	restored := l.create("restored", 2, map[string]any{"snapshot_id": s.Text("id")})
	if l.vc.Content(l.vc.Disk("restored")) != before || l.vc.Content(l.vc.Disk("data")) == before {
		t.Error("the restored volume has not what the volume had, or the volume is as it was")
	}
	if held := l.disk(restored); held.CapacityInMB != 2<<10 || !*held.KeepAfterDeleteVm {
		t.Errorf("the vCenter holds %+v", held)
	}
	l.refused(volume("data", 2, nil), v, "size", "a disk under a snapshot cannot grow")
	l.Destroy(restored)
	l.Destroy(s)
	if grown := l.bring(volume("data", 2, nil), v); l.disk(grown).CapacityInMB != 2<<10 {
		t.Error("without its snapshot it does not grow")
	}
}

// TestSnapshotThatCannotBe is refused at plan, at its attribute.
func TestSnapshotThatCannotBe(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	shared := l.create("shared", 1, map[string]any{"multiattach": true})
	for _, c := range []struct {
		config          map[string]any
		attribute, text string
	}{
		{nightly(shared, nil), "volume_id", "may be written to by several instances (multiattach), and has no snapshots"},
		{map[string]any{"volume_id": "none"}, "volume_id", "there is no volume none"},
		{nightly(v, map[string]any{"description": strings.Repeat("ü", 200)}), "description", "holds 255 bytes at most"},
		{nightly(v, map[string]any{"metadata": map[string]any{"k": strings.Repeat("x", 300)}}), `metadata["k"]`, "holds 255 bytes at most"},
	} {
		errors := l.Plan(kindOfSnapshot, c.config, l.None(kindOfSnapshot)).Errors()
		if said := fmt.Sprint(errors); len(errors) != 1 || !strings.Contains(said, c.text) || errors[0].Attribute != c.attribute {
			t.Errorf("the plan says %v, and not %q at %s", said, c.text, c.attribute)
		}
	}
	if held := l.snapshots(v); len(held) != 0 {
		t.Errorf("there is %+v", held)
	}
}

// TestSnapshotOfAnAttachedVolume: it is taken while an instance has the volume, unless force = false says not to.
func TestSnapshotOfAnAttachedVolume(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	l.instance()
	l.attach(v)
	fresh := &lab{t, l.vc, l.vc.Provider(t, nil)}
	errors := fresh.Plan(kindOfSnapshot, nightly(v, map[string]any{"force": false}), l.None(kindOfSnapshot)).Errors()
	if said := fmt.Sprint(errors); len(errors) != 1 || errors[0].Attribute != "force" || !strings.Contains(said, "is attached to web") {
		t.Errorf("the plan says %v", errors)
	}
	if fresh.snap(nightly(v, nil), l.None(kindOfSnapshot)); len(l.snapshots(v)) != 1 {
		t.Errorf("there are %v", l.snapshots(v))
	}
}

// TestSnapshotsInAChain: from the fourth of a volume on, a plan and an apply warn.
func TestSnapshotsInAChain(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	for i := range 5 {
		config := nightly(v, map[string]any{"name": fmt.Sprintf("s%d", i)})
		plan := l.Plan(kindOfSnapshot, config, l.None(kindOfSnapshot))
		warned := strings.Contains(fmt.Sprint(plan.Diagnostics), fmt.Sprintf("has %d snapshots besides this one", i))
		if warned != (i >= 3) {
			t.Errorf("with %d snapshots the plan says %v", i, plan.Diagnostics)
		}
		l.snap(config, l.None(kindOfSnapshot))
	}
}

// TestSnapshotOfAnother is imported, changed, and left where it is.
func TestSnapshotOfAnother(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	task, err := vslm.NewObjectManager(l.vc.Client().Client).CreateSnapshot(t.Context(), l.store(v), v.Text("id"), "velero")
	if err != nil {
		t.Fatal(err)
	}
	l.wait(task)
	id := v.Text("id") + "/" + l.snapshots(v)[0].Id.Id
	found, reported := l.Import(kindOfSnapshot, id)
	if len(reported) > 0 {
		t.Fatal(reported)
	}
	s := l.snap(nightly(v, nil), found)
	if s.Text("name") != "nightly" {
		t.Errorf("it is %s", s.State)
	}
	errors := l.PlanDelete(v).Errors()
	if said := fmt.Sprint(errors); len(errors) != 1 || !strings.Contains(said, "has snapshots that this provider did not take") ||
		!strings.Contains(said, "nightly") {
		t.Errorf("the plan of the volume's end says %v", errors)
	}
	l.Destroy(s)
	if held := l.snapshots(v); len(held) != 1 || held[0].Description != "velero" {
		t.Errorf("there is %+v", held)
	}
}

// TestSnapshotGone: what was deleted past the provider is taken again.
func TestSnapshotGone(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	s := l.snap(nightly(v, nil), l.None(kindOfSnapshot))
	task, err := vslm.NewObjectManager(l.vc.Client().Client).DeleteSnapshot(t.Context(), l.store(v), v.Text("id"), l.snapshots(v)[0].Id.Id)
	if err != nil {
		t.Fatal(err)
	}
	l.wait(task)
	if read, reported := l.Read(s); len(reported) > 0 || read.Exists() {
		t.Errorf("it is still there: %s, %v", read.State, reported)
	}
}
