// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

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
