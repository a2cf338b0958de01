// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestImportNamesFlavorAndImageOnce: a configuration that Terraform generates from an import names flavor and image once, so that an edit
// causes no contradiction. Its plan is empty, before the ids are read and after. A configuration that is written with ids changes nothing
// on the VM.
func TestImportNamesFlavorAndImageOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const kind = "novasphere_compute_instance"
	p := vc.Provider(t, nil)
	for name, ram := range map[string]int{"g1.small": 512, "g1.large": 1024} {
		p.Bring("novasphere_compute_flavor", map[string]any{"name": name, "vcpus": 1, "ram": ram, "disk": 20},
			p.None("novasphere_compute_flavor"))
	}
	written := map[string]any{"name": "web", "image_name": "debian-12", "flavor_name": "g1.small"}
	made := p.Bring(kind, written, p.None(kind))
	before := vc.VM("OpenStack/web").Config.ChangeVersion

	p = vc.Provider(t, nil)
	imported, reported := p.Import(kind, made.Text("id"))
	if len(protocol.Errors(reported)) > 0 {
		t.Fatal(reported)
	}
	for _, name := range []string{"flavor_id", "image_id"} {
		if value := imported.Attributes()[name]; !value.IsNull() {
			t.Errorf("%s is %s, and a generated configuration would hold it beside the name", name, value)
		}
	}
	if imported.Text("flavor_name") != "g1.small" || imported.Text("image_name") != "debian-12" {
		t.Errorf("flavor %q, image %q", imported.Text("flavor_name"), imported.Text("image_name"))
	}
	action := func(config map[string]any, of protocol.Object, want string) protocol.Plan {
		t.Helper()
		plan := p.Plan(kind, config, of)
		if len(plan.Errors()) > 0 || plan.Action != want {
			t.Errorf("the plan is %v by %v, not %v: %v", plan.Action, plan.Replaces, want, plan.Errors())
		}
		return plan
	}
	action(written, imported, protocol.Nothing)
	read, reported := p.Read(imported)
	if len(reported) > 0 || read.Text("flavor_id") != made.Text("flavor_id") || read.Text("image_id") != made.Text("image_id") {
		t.Errorf("read again: %v, %s", reported, read.State)
	}
	action(written, read, protocol.Nothing)

	ids := map[string]any{"name": "web", "image_id": made.Text("image_id"), "flavor_id": made.Text("flavor_id")}
	now, reported := p.Apply(action(ids, imported, protocol.Update))
	if len(protocol.Errors(reported)) > 0 || now.Text("flavor_name") != "g1.small" || now.Text("image_name") != "debian-12" {
		t.Errorf("%v, %s", reported, now.State)
	}
	if after := vc.VM("OpenStack/web").Config.ChangeVersion; after != before {
		t.Errorf("the machine was changed: %s, before %s", after, before)
	}
	action(ids, now, protocol.Nothing)

	larger := map[string]any{"name": "web", "image_name": "debian-12", "flavor_name": "g1.large"}
	if plan := action(larger, imported, protocol.Update); !plan.Attributes()["ram"].Equal(tftypes.NewValue(tftypes.Number, 1024)) {
		t.Errorf("the edited flavor plans %s MB", plan.Attributes()["ram"])
	}
}
