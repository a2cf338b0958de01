// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// foreign makes a disk as another tool does, beside a volume, and returns its id.
func (l *lab) foreign(name string, beside protocol.Object) string {
	l.Helper()
	client := l.vc.Client().Client
	spec := types.VslmCreateSpec{Name: name, CapacityInMB: 1500, KeepAfterDeleteVm: types.NewBool(false),
		Metadata: []types.KeyValue{{Key: "cns.cluster", Value: "k8s"}}}
	backing := &types.VslmCreateSpecDiskFileBackingSpec{}
	backing.Datastore, spec.BackingSpec = l.store(beside).Reference(), backing
	res, err := methods.CreateDisk_Task(l.Context(), client, &types.CreateDisk_Task{This: *client.ServiceContent.VStorageObjectManager,
		Spec: spec})
	if err != nil {
		l.Fatal(err)
	}
	info, err := object.NewTask(client, res.Returnval).WaitForResult(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return info.Result.(types.VStorageObject).Config.Id.Id
}

// TestVolumeFound: by what is written, whoever made it; several and none are errors that help.
func TestVolumeFound(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	data := l.create("data", 2, map[string]any{"metadata": map[string]any{"role": "db"}})
	copied := l.create("copy", 2, map[string]any{"source_vol_id": data.Text("id")})
	l.create("data", 3, nil)
	web := l.instance()
	l.attach(data)
	theirs := l.foreign("pvc-1", data)
	for _, tc := range []struct {
		name     string
		asked    map[string]any
		want, at string
	}{
		{"name and state", map[string]any{"name": "data", "status": "in-use"}, data.Text("id"), ""},
		{"metadata", map[string]any{"metadata": map[string]any{"role": "db"}}, data.Text("id"), ""},
		{"id", map[string]any{"volume_id": strings.ToUpper(data.Text("id"))}, data.Text("id"), ""},
		{"another's", map[string]any{"name": "pvc-1"}, theirs, ""},
		{"several", map[string]any{"name": "data"}, "2 volumes are as the data source says", "name"},
		{"none", map[string]any{"name": "nobody"}, "no volume is as the data source says", ""},
		{"no such id", map[string]any{"volume_id": "x"}, "there is no volume x", "volume_id"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found, said := l.Query(kindOfVolume, tc.asked)
			if errors := protocol.Errors(said); len(errors) > 0 {
				if !strings.Contains(errors[0].Text, tc.want) || errors[0].Attribute != tc.at {
					t.Errorf("it says %v", errors)
				}
				return
			}
			if got := fmt.Sprint(found["id"]); !strings.Contains(got, tc.want) {
				t.Errorf("found is %s, and not %s", got, tc.want)
			}
		})
	}
	found, _ := l.Query(kindOfVolume, map[string]any{"volume_id": data.Text("id")})
	if !found["managed"].Equal(tftypes.NewValue(tftypes.Bool, true)) || !strings.Contains(fmt.Sprint(found["attachment"]), web.Text("id")) {
		t.Errorf("found is %v", found)
	}
	found, _ = l.Query(kindOfVolume, map[string]any{"name": "copy"})
	if !found["source_volume_id"].Equal(tftypes.NewValue(tftypes.String, data.Text("id"))) ||
		!found["id"].Equal(tftypes.NewValue(tftypes.String, copied.Text("id"))) {
		t.Errorf("the copy is %v", found)
	}
}

// TestVolumeOfAnother: it is imported as it is, changed in place, and never deleted.
func TestVolumeOfAnother(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	beside := l.create("beside", 1, nil)
	id := l.foreign("pvc-1", beside)
	found, said := l.Import(kindOfVolume, id)
	if text := fmt.Sprint(said); len(protocol.Errors(said)) > 0 || !strings.Contains(text, "A machine takes the volume along") {
		t.Fatalf("the import says %v", said)
	}
	config := volume("pvc-1", 2, nil) // 1500 MB, rounded up
	if plan := l.Plan(kindOfVolume, config, found); plan.Action != protocol.Nothing {
		t.Errorf("after the import the plan is to %s: %s", plan.Action, plan.Planned)
	}
	changed := l.bring(volume("pvc-1", 3, map[string]any{"metadata": map[string]any{"role": "db"}}), found)
	held := l.disk(changed)
	if keys := metadata(held); held.CapacityInMB != 3<<10 || keys["cns.cluster"] != "k8s" || keys["novasphere.meta.role"] != "db" ||
		keys["novasphere.mark"] != "" || held.KeepAfterDeleteVm == nil || !*held.KeepAfterDeleteVm {
		t.Errorf("the vCenter holds %+v", held)
	}
	left, said := l.Apply(l.PlanDelete(changed))
	if text := fmt.Sprint(said); left.Exists() || !strings.Contains(text, "The disk stays") {
		t.Errorf("the destruction says %v", said)
	}
	if _, err := l.find(id); err != nil || len(l.vc.DiskDeletes()) > 0 {
		t.Errorf("the disk: %v, deleted are %v", err, l.vc.DiskDeletes())
	}
}
