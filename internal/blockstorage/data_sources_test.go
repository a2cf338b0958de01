package blockstorage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// ask reads a data source, which must report nothing.
func (l *lab) ask(kind string, config map[string]any) map[string]tftypes.Value {
	l.Helper()
	found, reported := l.Query("novasphere_blockstorage_"+kind, config)
	if len(reported) > 0 {
		l.Fatalf("%v: %v", config, reported)
	}
	return found
}

// fails fails the test unless a data source reports an error with a text.
func (l *lab) fails(kind string, config map[string]any, text string) {
	l.Helper()
	if _, reported := l.Query("novasphere_blockstorage_"+kind, config); !strings.Contains(fmt.Sprint(reported), text) {
		l.Errorf("%v: %v, and not %q", config, reported, text)
	}
}

// list are the elements of a list, sorted, or the values of a map by their keys.
func list(l *lab, v tftypes.Value) (out []string) {
	l.Helper()
	var all []tftypes.Value
	if err := v.As(&all); err != nil {
		l.Fatal(err)
	}
	for _, each := range all {
		out = append(out, word(l, each))
	}
	slices.Sort(out)
	return out
}

func word(l *lab, v tftypes.Value) (out string) {
	l.Helper()
	if err := v.As(&out); err != nil {
		l.Fatal(err)
	}
	return out
}

// TestSnapshotFound: by its name, its volume, and the moment it was taken.
func TestSnapshotFound(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v, other := l.create("data", 2, nil), l.create("other", 1, nil)
	first := l.snap(nightly(v, map[string]any{"description": "of the shop", "metadata": map[string]any{"keep": "7d"}}), l.None(kindOfSnapshot))
	weekly := l.snap(nightly(other, map[string]any{"name": "weekly"}), l.None(kindOfSnapshot))
	found := l.ask("snapshot", map[string]any{"name": "nightly"})
	if word(l, found["id"]) != first.Text("id") || word(l, found["volume_id"]) != v.Text("id") ||
		word(l, found["description"]) != "of the shop" || word(l, found["status"]) != "available" ||
		!found["size"].Equal(tftypes.NewValue(tftypes.Number, 2)) {
		t.Errorf("found %v", found)
	}
	if found := l.ask("snapshot", map[string]any{"volume_id": other.Text("id"), "status": "available"}); word(l, found["id"]) !=
		weekly.Text("id") {
		t.Errorf("found %v", found)
	}
	l.snap(nightly(v, nil), l.None(kindOfSnapshot))
	l.fails("snapshot", map[string]any{"name": "nightly"}, "2 snapshots fit: ")
	l.fails("snapshot", map[string]any{"name": "nightly", "volume_id": v.Text("id")}, "set most_recent = true")
	l.fails("snapshot", map[string]any{"name": "none"}, `no snapshot fits; there are "`)
	l.fails("snapshot", map[string]any{"status": "error"}, "no snapshot fits")
	l.fails("snapshot", map[string]any{"volume_id": "none"}, "there is no volume none")
	held := l.snapshots(v)
	last := slices.MaxFunc(held, func(a, b types.VStorageObjectSnapshotInfoVStorageObjectSnapshot) int {
		return a.CreateTime.Compare(b.CreateTime)
	})
	for _, config := range []map[string]any{{"name": "nightly", "most_recent": true},
		{"volume_id": v.Text("id"), "most_recent": true}} {
		if found := l.ask("snapshot", config); word(l, found["id"]) != v.Text("id")+"/"+last.Id.Id {
			t.Errorf("%v: found %v, the last is %v", config, found["id"], last)
		}
	}
}

// TestVolumeTypeFound: a storage policy, with the datastores that satisfy it.
func TestVolumeTypeFound(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	found := l.ask("volume_type", map[string]any{"name": "vSAN Default Storage Policy"})
	id := word(l, found["id"])
	if all := list(l, found["datastores"]); len(all) < 2 || fmt.Sprint(list(l, found["availability_zones"])) != "[nova]" {
		t.Errorf("found %v", found)
	}
	var specs map[string]tftypes.Value
	if err := found["extra_specs"].As(&specs); err != nil || word(l, specs["vmware:storage_profile"]) != "vSAN Default Storage Policy" ||
		word(l, specs["VSAN.hostFailuresToTolerate"]) != "1" {
		t.Errorf("it asks for %v, %v", specs, err)
	}
	store, err := find.NewFinder(l.vc.Client().Client).Datastore(t.Context(), l.vc.Datacenter(1)+"/datastore/vmfs-2")
	if err != nil {
		t.Fatal(err)
	}
	l.vc.Satisfy(id, store.Reference())
	fresh := &lab{t, l.vc, l.vc.Provider(t, nil)}
	if found := fresh.ask("volume_type", map[string]any{"volume_type_id": id}); fmt.Sprint(list(l, found["datastores"])) != "[vmfs-2]" ||
		word(l, found["name"]) != "vSAN Default Storage Policy" {
		t.Errorf("found %v", found)
	}
	l.vc.Satisfy(id)
	fresh = &lab{t, l.vc, l.vc.Provider(t, nil)}
	if found := fresh.ask("volume_type", map[string]any{"volume_type_id": id}); len(list(l, found["datastores"])) != 0 ||
		len(list(l, found["availability_zones"])) != 0 {
		t.Errorf("found %v", found)
	}
	l.fails("volume_type", map[string]any{"name": "platinum"}, `has no storage policy "platinum": it has "`)
	l.fails("volume_type", map[string]any{}, "At least one of these attributes")
}

// TestZonesOfVolumes: a zone whose datastores no volume can lie on is unavailable.
func TestZonesOfVolumes(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	broken := &lab{t, l.vc, l.vc.Provider(t, map[string]any{"availability_zone": []any{
		map[string]any{"name": "az1", "cluster": "compute"},
		map[string]any{"name": "az2", "cluster": "compute", "storage_policy": "platinum"}}})}
	for state, want := range map[string]string{"available": "[az1 nova]", "unavailable": "[az2]"} {
		found, reported := broken.Query("novasphere_blockstorage_availability_zones", map[string]any{"state": state})
		if got := fmt.Sprint(list(l, found["names"])); got != want || len(reported) > 1 {
			t.Errorf("%s: %s, %v", state, got, reported)
		}
		if state == "available" && !strings.Contains(fmt.Sprint(reported), "The zone az2 takes no volumes: ") {
			t.Errorf("it reports %v", reported)
		}
	}
	if found := l.ask("availability_zones", nil); fmt.Sprint(list(l, found["names"])) != "[nova]" {
		t.Errorf("found %v", found)
	}
}
