// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
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

// TestRefreshPrivileges: an account with the privileges that the table gives the action deletes a copy and asks for no others, and without
// each of them an error names it, and the copy stays.
func TestRefreshPrivileges(t *testing.T) {
	t.Parallel()
	const noun, enough = "images_image_refresh", "enough@vsphere.local"
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 1}, protocol.Object{})
	web := p.Bring("novasphere_compute_instance", map[string]any{"name": "web", "flavor_name": "m1.tiny", "image_name": vcsim.LibraryItem,
		"network": []any{map[string]any{"name": "public"}}}, protocol.Object{})
	as := func(user string, granted []privileges.Granted) (said string, copies int) {
		got := vc.Provider(t, vc.Restricted(user, granted)).Invoke("novasphere_"+noun, map[string]any{"image_id": web.Text("image_id")})
		return fmt.Sprint(protocol.Errors(got.Said)), len(vc.VMs("novasphere/novasphere-image-*"))
	}
	all := privileges.Of(noun)
	for i, g := range all {
		rest := slices.DeleteFunc(slices.Clone(all), func(one privileges.Granted) bool { return one == g })
		if said, copies := as(fmt.Sprintf("without-%d@vsphere.local", i), rest); !strings.Contains(said, g.Privilege) || copies != 1 {
			t.Errorf("without %s there are %d copies, and it says %s", g.Privilege, copies, said)
		}
	}
	if said, copies := as(enough, all); said != "[]" || copies != 0 || len(all) == 0 {
		t.Errorf("with all %d of them there are %d copies: %s", len(all), copies, said)
	}
	for _, g := range acctest.Needed(t, vc.Asked(enough)) {
		if !slices.Contains(all, g) {
			t.Errorf("it asks for %s on %s, which the table does not give it", g.Privilege, g.On)
		}
	}
}
