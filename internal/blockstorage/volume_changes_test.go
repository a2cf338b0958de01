// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestVolumeChangedInPlace: whatever changes in place is changed on the same disk, and what others have written on it stays.
func TestVolumeChangedInPlace(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 2, map[string]any{"metadata": map[string]any{"role": "db", "tier": "1"}})
	l.note(v, "cns.cluster", "k8s")
	changed := l.bring(volume("data-2", 5, map[string]any{"description": "grown", "metadata": map[string]any{"role": "web"}}), v)
	held := l.disk(changed)
	keys := metadata(held)
	if changed.Text("id") != v.Text("id") || held.Name != "data-2" || held.CapacityInMB != 5<<10 ||
		keys["novasphere.description"] != "grown" || keys["novasphere.meta.role"] != "web" || keys["cns.cluster"] != "k8s" {
		t.Errorf("the vCenter holds %+v", held)
	}
	if _, is := keys["novasphere.meta.tier"]; is {
		t.Errorf("the key tier is still there: %v", keys)
	}
	l.refused(volume("data-2", 4, nil), changed, "size", "the volume data-2 has 5 GiB and cannot shrink to 4 GiB")
	kept := l.bring(volume("data-2", 5, nil), changed) // what was written once stays
	if got := metadata(l.disk(kept))["novasphere.meta.role"]; got != "web" {
		t.Errorf("without metadata the disk has the role %q", got)
	}
	for argument, value := range map[string]any{"source_vol_id": "00000000-0000-4000-8000-000000000000", "multiattach": true} {
		if plan := l.Plan(kindOfVolume, volume("data-2", 5, map[string]any{argument: value}), kept); plan.Action != protocol.Replace &&
			len(plan.Errors()) == 0 {
			t.Errorf("another %s is to %s", argument, plan.Action)
		}
	}
}

// TestVolumeGrowsAttached: only where that is allowed, and not under a snapshot.
func TestVolumeGrowsAttached(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	l.instance()
	l.attach(v)
	v, _ = l.Read(v)
	l.refused(volume("data", 2, nil), v, "size", "the volume data is attached to web, and enable_online_resize is not true")
	allowed := map[string]any{"enable_online_resize": true}
	v = l.bring(volume("data", 2, allowed), v)
	if held := l.disk(v); held.CapacityInMB != 2<<10 {
		t.Errorf("it has %d MB", held.CapacityInMB)
	}
	task, err := l.machine().CreateSnapshot(t.Context(), "before", "", false, false)
	if err != nil {
		t.Fatal(err)
	}
	l.wait(task)
	l.refused(volume("data", 3, allowed), v, "size",
		"snapshots of web hold the volume data, and a disk under a snapshot cannot grow: \"before\"")
	other := l.create("other", 1, nil)
	l.snapshot(other)
	other, _ = l.Read(other)
	l.refused(volume("other", 2, nil), other, "size", "the volume other has snapshots, and a disk under a snapshot cannot grow")
	if said := fmt.Sprint(l.PlanDelete(other).Errors()); !strings.Contains(said, "has snapshots that this provider did not take") {
		t.Errorf("the plan of the deletion says %v", said)
	}
}

// TestVolumeAttached: the instance that has a volume is shown, and keeps it from being deleted.
func TestVolumeAttached(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	web := l.instance()
	l.attach(v)
	v, _ = l.Read(v)
	shown := fmt.Sprint(v.Attributes()["attachment"])
	for _, want := range []string{v.Text("id"), web.Text("id"), "/dev/sdb"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the attachment is %s, without %s", shown, want)
		}
	}
	if plan := l.Plan(kindOfVolume, volume("data", 1, nil), v); plan.Action != protocol.Nothing {
		t.Errorf("attached, the plan is to %s", plan.Action)
	}
	left, reported := l.Apply(l.PlanDelete(v))
	if said := fmt.Sprint(reported); !left.Exists() || !strings.Contains(said, "the volume data is not deleted: it is attached to \"web\"") {
		t.Errorf("the deletion reports %v", said)
	}
	l.detach(v)
	l.Destroy(v)
	if deletes := l.vc.DiskDeletes(); len(deletes) != 1 {
		t.Errorf("deleted are %v", deletes)
	}
}

// TestVolumeMovedIsNoDifference: neither Storage vMotion nor a catalogue that has lost the disk shows in a plan.
func TestVolumeMovedIsNoDifference(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint(lost), func(t *testing.T) {
			t.Parallel()
			l := labOf(t, vcsim.Options{Disks: vcsim.DiskKnobs{MovesAreLost: lost}})
			v := l.create("data", 1, nil)
			l.instance()
			l.attach(v)
			v, _ = l.Read(v)
			was := l.store(v).Reference()
			to := l.storeNamed("vmfs-2").Reference()
			if was == to {
				to = l.storeNamed("vmfs-1").Reference()
			}
			task, err := l.machine().Relocate(t.Context(), types.VirtualMachineRelocateSpec{Datastore: &to},
				types.VirtualMachineMovePriorityDefaultPriority)
			if err != nil {
				t.Fatal(err)
			}
			l.wait(task)
			read, reported := l.Read(v)
			if len(reported) > 0 || !read.Exists() || !read.State.Equal(v.State) {
				t.Errorf("the refresh gives %s, %v", read.State, reported)
			}
			if plan := l.Plan(kindOfVolume, volume("data", 1, nil), read); plan.Action != protocol.Nothing {
				t.Errorf("the plan is to %s", plan.Action)
			}
			if now := l.store(read).Reference(); now != to {
				t.Errorf("it lies on %v, and not on %v", now, to)
			}
		})
	}
}

// TestVolumeGone: one that is nowhere leaves the state, and is made again.
func TestVolumeGone(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, nil)
	l.Destroy(v)
	read, reported := l.Read(v)
	if len(reported) > 0 || read.Exists() {
		t.Errorf("the refresh gives %s, %v", read.State, reported)
	}
}

// TestVolumeFilled: from another volume or a snapshot, with a size of its own, and its source told after an import.
func TestVolumeFilled(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	from := l.create("data", 2, nil)
	id := l.snapshot(from)
	for argument, source := range map[string]string{"source_vol_id": from.Text("id"), "snapshot_id": id} {
		config := volume("copy", 3, map[string]any{argument: source})
		made := l.bring(config, l.None(kindOfVolume))
		if held := l.disk(made); held.Name != "copy" || held.CapacityInMB != 3<<10 || held.KeepAfterDeleteVm == nil || !*held.KeepAfterDeleteVm ||
			!strings.HasSuffix(metadata(held)["novasphere.source"], ":"+source) {
			t.Errorf("%s: the vCenter holds %+v", argument, held)
		}
		found, _ := l.Import(kindOfVolume, made.Text("id"))
		if plan := l.Plan(kindOfVolume, config, found); plan.Action != protocol.Nothing {
			t.Errorf("%s: after the import the plan is to %s", argument, plan.Action)
		}
		l.refused(volume("copy", 1, map[string]any{argument: source}), l.None(kindOfVolume), "size", "1 GiB are less than the 2 GiB")
	}
	none := l.None(kindOfVolume)
	l.refused(volume("copy", 3, map[string]any{"source_vol_id": "00000000-0000-4000-8000-000000000000"}), none, "source_vol_id",
		"there is no volume")
	l.refused(volume("copy", 3, map[string]any{"snapshot_id": from.Text("id")}), none, "snapshot_id", "<volume>/<snapshot>")
	l.refused(volume("copy", 3, map[string]any{"snapshot_id": from.Text("id") + "/x"}), none, "snapshot_id", "has no snapshot x")
	if _, said := l.Import(kindOfVolume, "data"); len(said) != 1 || !strings.Contains(said[0].Text, `"data" is no volume's id`) {
		t.Errorf("an import by the name: %v", said)
	}
}

// TestVolumeShared: a volume for several instances is written beforehand, and is not copied while one has it.
func TestVolumeShared(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 1, map[string]any{"multiattach": true})
	backing := l.disk(v).Backing.(*types.BaseConfigInfoDiskFileBackingInfo)
	if backing.ProvisioningType != "eagerZeroedThick" || metadata(l.disk(v))["novasphere.multiattach"] != "true" {
		t.Errorf("it lies on %+v", backing)
	}
	l.create("copy", 1, map[string]any{"source_vol_id": v.Text("id")})
	l.instance()
	l.attach(v)
	l.refused(volume("copy", 1, map[string]any{"source_vol_id": v.Text("id")}), l.None(kindOfVolume), "source_vol_id",
		`is not copied while "web" has it`)
	l.refused(volume("copy", 1, map[string]any{"snapshot_id": "a/b", "multiattach": true}), l.None(kindOfVolume), "multiattach",
		"no disk from snapshot_id can be")
}

// TestVolumeRefused: what no vCenter has is refused at its argument, with what to do.
func TestVolumeRefused(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	for argument, text := range map[string]string{"backup_id": "there is no backup service here",
		"consistency_group_id": "no groups of volumes", "source_replica": "does not replicate single volumes",
		"availability_zone": "there is no availability zone",
		"volume_type":       "no storage policy"} {
		l.refused(volume("data", 1, map[string]any{argument: "elsewhere"}), l.None(kindOfVolume), argument, text)
	}
	l.refused(volume("data", 1, map[string]any{"availability_zone": "nova:esx-1"}), l.None(kindOfVolume), "availability_zone",
		"write the zone alone")
	l.refused(volume("data", 1, map[string]any{"source_vol_id": "a", "snapshot_id": "b"}), l.None(kindOfVolume), "source_vol_id",
		"write only one of them")
	l.refused(volume("data", 1, map[string]any{"metadata": map[string]any{"a": strings.Repeat("x", 256)}}), l.None(kindOfVolume),
		`metadata["a"]`, "holds 255 bytes at most")
	empty := map[string]any{"backup_id": "", "consistency_group_id": "", "source_replica": "", "availability_zone": "", "volume_type": "",
		"image_id": "", "snapshot_id": "", "source_vol_id": "", "description": ""}
	v := l.create("data", 1, empty) // an empty string is as none
	if plan := l.Plan(kindOfVolume, volume("data", 1, nil), v); plan.Action == protocol.Replace {
		t.Errorf("without the empty strings the plan is to %s: %s", plan.Action, plan.Planned)
	}
	if reported := l.Validate(kindOfVolume, volume("data", 0, nil)); !slices.ContainsFunc(reported, protocol.Diagnostic.Failed) {
		t.Error("a size of 0 is valid")
	}
	unknown := volume("data", 1, map[string]any{"source_vol_id": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)})
	if plan := l.Plan(kindOfVolume, unknown, l.None(kindOfVolume)); len(plan.Errors()) > 0 {
		t.Errorf("with a source that is not known yet the plan says %v", plan.Diagnostics)
	}
}
