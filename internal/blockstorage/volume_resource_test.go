// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestVolumeMade: the vCenter holds what is asked for, and nothing of it once it is destroyed.
func TestVolumeMade(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 2, map[string]any{"description": "of the shop", "metadata": map[string]any{"role": "db"}})
	held := l.disk(v)
	for key, want := range map[string]string{"novasphere.description": "of the shop", "novasphere.zone": "nova",
		"novasphere.meta.role": "db"} {
		if got := metadata(held)[key]; got != want {
			t.Errorf("%s is %q, and not %q", key, got, want)
		}
	}
	if held.Name != "data" || held.CapacityInMB != 2<<10 || held.KeepAfterDeleteVm == nil || !*held.KeepAfterDeleteVm {
		t.Errorf("the vCenter holds %+v", held)
	}
	if v.Text("availability_zone") != "nova" {
		t.Errorf("the zone is %q", v.Text("availability_zone"))
	}
	found, reported := l.Import(kindOfVolume, strings.ToUpper(v.Text("id")))
	if len(reported) > 0 {
		t.Fatal(reported)
	}
	if plan := l.Plan(kindOfVolume, volume("data", 2, map[string]any{"description": "of the shop",
		"metadata": map[string]any{"role": "db"}}), found); plan.Action != protocol.Nothing {
		t.Errorf("after the import the plan is to %s: %s", plan.Action, plan.Planned)
	}
	l.Destroy(v)
	if left := l.disks(); len(left) > 0 || l.vc.DiskDeletes()[v.Text("id")] != 1 {
		t.Errorf("%v are left, deleted were %v", left, l.vc.DiskDeletes())
	}
}

// TestVolumeWithoutAName: OpenStack takes one, and so does this provider.
func TestVolumeWithoutAName(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.bring(map[string]any{"size": 1}, l.None(kindOfVolume))
	if held := l.disk(v); !strings.HasPrefix(held.Name, "volume-") || !v.Attributes()["name"].IsNull() {
		t.Errorf("the disk is called %s, and the volume %s", held.Name, v.Attributes()["name"])
	}
	v = l.bring(map[string]any{"size": 1, "name": "data"}, v)
	v = l.bring(map[string]any{"size": 1}, v)
	if held := l.disk(v); !strings.HasPrefix(held.Name, "volume-") {
		t.Errorf("without its name the disk is called %s", held.Name)
	}
}
