// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestActionRefreshesAnImage: the copy of a library's item goes, instances stay, and the next one gets a new copy; without a copy nothing
// is done, and an id that is nobody's is refused.
func TestActionRefreshesAnImage(t *testing.T) {
	t.Parallel()
	const refresh = "novasphere_images_image_refresh"
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 1}, protocol.Object{})
	made := func(name string) protocol.Object {
		return p.Bring("novasphere_compute_instance", map[string]any{"name": name, "flavor_name": "m1.tiny", "image_name": vcsim.LibraryItem,
			"network": []any{map[string]any{"name": "public"}}}, protocol.Object{})
	}
	copies := func(n int) {
		t.Helper()
		if all := vc.VMs("novasphere/novasphere-image-*"); len(all) != n {
			t.Errorf("%d copies, not %d", len(all), n)
		}
	}
	web := made("web-1")
	copies(1)
	config := map[string]any{"image_id": web.Text("image_id")}
	got := p.Invoke(refresh, config)
	if text := strings.Join(got.Progress, "\n"); len(protocol.Errors(got.Said)) > 0 || !strings.Contains(text, "is deleted") ||
		!strings.Contains(text, "(100%)") {
		t.Errorf("%v: %s", got.Said, text)
	}
	copies(0)
	vc.ResetCalls()
	if got = p.Invoke(refresh, config); len(protocol.Errors(got.Said)) > 0 || !strings.Contains(fmt.Sprint(got.Progress), "no copy of the "+
		"image") {
		t.Errorf("%v: %v", got.Said, got.Progress)
	}
	if n := vc.Calls()["Destroy_Task"]; n > 0 {
		t.Errorf("%d VMs were destroyed", n)
	}
	made("web-2")
	copies(1)
	if all := vc.VMs("OpenStack/web-*"); len(all) != 2 {
		t.Errorf("%d instances", len(all))
	}
	wrong := protocol.Errors(p.PlanAction(refresh, map[string]any{"image_id": "7f3d8b8e-0f6e-4d0e-9f0e-0c6a3f1d2b11"}))
	if len(wrong) != 1 || wrong[0].Attribute != "image_id" {
		t.Error(wrong)
	}
}
