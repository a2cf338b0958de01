// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestImagePlanned: an image that does not exist yet is known to the plans of instances and volumes of the same walk, by its name and by an
// id that is written, with its least sizes, its properties and the size of the disk in its file.
func TestImagePlanned(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	flavor := func(name string, ram, disk int) {
		l.Helper()
		const kind = "novasphere_compute_flavor"
		l.Bring(kind, map[string]any{"name": name, "vcpus": 1, "ram": ram, "disk": disk}, l.None(kind))
	}
	flavor("tiny", 256, 1)
	flavor("large", 2048, 10)
	const id = "6a1c2f0e-3b5d-4c58-9c0a-2f4f5f1f7d11"
	for _, config := range []map[string]any{
		asked(l.file("disk.raw", "", 4<<20), map[string]any{"name": "named", "min_disk_gb": 3}),
		asked(l.file("disk.raw", "", 4<<20), map[string]any{"name": "with-id", "image_id": id, "min_disk_gb": 3}),
		asked(l.file("large.raw", "", 5<<30), map[string]any{"name": "large-file"}),
		asked(l.folder+"/later.raw", map[string]any{"name": "later"}),
	} {
		if plan := l.Plan(kindOfImage, config, l.None(kindOfImage)); len(plan.Errors()) > 0 {
			t.Fatal(plan.Errors())
		}
	}
	volume := func(image any, size int) map[string]any {
		return map[string]any{"block_device": []any{map[string]any{"source_type": "image", "uuid": image, "destination_type": "volume",
			"volume_size": size, "boot_index": 0}}}
	}
	for i, c := range []struct {
		kind   string
		config map[string]any
		says   string // empty: no error
	}{
		{"compute_instance", map[string]any{"flavor_name": "large", "image_name": "named"}, ""},
		{"compute_instance", map[string]any{"flavor_name": "large", "image_id": id}, ""},
		{"compute_instance", map[string]any{"flavor_name": "large", "image_name": "large-file"}, ""},
		{"compute_instance", map[string]any{"flavor_name": "tiny", "image_name": "later"}, ""},
		{"compute_instance", map[string]any{"flavor_name": "tiny", "image_name": "named"}, "the image named needs 3"},
		{"compute_instance", map[string]any{"flavor_name": "tiny", "image_id": id}, "the image with-id needs 3"},
		{"compute_instance", map[string]any{"flavor_name": "tiny", "image_name": "large-file"}, "the image large-file needs 5"},
		{"compute_instance", map[string]any{"flavor_name": "tiny", "image_name": "unheard-of"}, `"unheard-of"`},
		{"blockstorage_volume", map[string]any{"size": 3, "image_id": id}, ""},
		{"blockstorage_volume", map[string]any{"size": 1, "image_id": id}, "the image with-id needs 3"},
	} {
		kind := "novasphere_" + c.kind
		c.config["name"] = fmt.Sprint("it-", i)
		plan := l.Plan(kind, c.config, l.None(kind))
		if said := fmt.Sprint(plan.Errors()); c.says == "" && len(plan.Errors()) > 0 || !strings.Contains(said, c.says) {
			t.Errorf("%v: the plan says %s, and not %q", c.config, said, c.says)
		}
	}
	for size, says := range map[int]string{4: "", 1: "needs 3"} {
		config := volume(id, size)
		config["name"], config["flavor_name"] = fmt.Sprint("boots-", size), "large"
		plan := l.Plan("novasphere_compute_instance", config, l.None("novasphere_compute_instance"))
		if said := fmt.Sprint(plan.Errors()); says == "" && len(plan.Errors()) > 0 || !strings.Contains(said, says) {
			t.Errorf("a volume of %d GiB: the plan says %s, and not %q", size, said, says)
		}
	}
}

// TestImageNameTaken: a plan refuses a name that another workspace's image has, before anything is downloaded or sent, and a library that
// there is not. What is to be replaced is the configuration's own.
func TestImageNameTaken(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	config := asked(l.file("disk.raw", "", 1<<20), nil)
	made := l.Bring(kindOfImage, config, l.None(kindOfImage))
	other := &lab{t, l.vc, l.vc.Provider(t, nil), l.folder}
	other.refused(config, l.None(kindOfImage), "name", "It may belong to another workspace")
	second := other.Bring(kindOfImage, asked(l.file("disk.raw", "", 1<<20), map[string]any{"name": "second"}), l.None(kindOfImage))
	other.refused(config, second, "name", "It may belong to another workspace")
	other.refused(asked(l.folder+"/disk.raw", map[string]any{"storage": "content_library", "library": "nowhere"}), l.None(kindOfImage),
		"library",
		"nowhere")
	anew := asked(l.file("other.raw", "", 2<<20), nil)
	if plan := l.Plan(kindOfImage, anew, made); len(plan.Errors()) > 0 || plan.Action != protocol.Replace {
		t.Error(plan.Action, plan.Errors())
	}
}
