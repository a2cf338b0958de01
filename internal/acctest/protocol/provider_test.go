// SPDX-License-Identifier: MPL-2.0

package protocol_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const flavor = "novasphere_compute_flavor"

func flavorOf(name string, ram int, more map[string]any) map[string]any {
	out := map[string]any{"name": name, "vcpus": 1, "ram": ram, "disk": 20}
	for key, value := range more {
		out[key] = value
	}
	return out
}

// TestAccProvider runs the life of a flavor, call by call.
func TestAccProvider(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	none := protocol.Object{}
	if wrong := p.Plan(flavor, flavorOf("m1.odd", 512, map[string]any{"extra_specs": map[string]any{"quota:cpu_limit": "abc"}}),
		none); len(wrong.Errors()) != 1 ||
		wrong.Diagnostics[0].Attribute != `extra_specs["quota:cpu_limit"]` || len(wrong.Attributes()) != 0 {
		t.Errorf("a wrong flavor: %v", wrong.Diagnostics)
	}
	made := p.Bring(flavor, flavorOf("m1.one", 512, nil), none)
	if again := p.Plan(flavor, flavorOf("m1.one", 512, nil), made); again.Action != protocol.Nothing {
		t.Errorf("the second plan is to %s", again.Action)
	}
	described := p.Plan(flavor, flavorOf("m1.one", 512, map[string]any{"description": "for one"}), made)
	larger := p.Plan(flavor, flavorOf("m1.one", 1024, nil), made)
	if described.Action != protocol.Update || larger.Action != protocol.Replace || strings.Join(larger.Replaces, " ") != "ram" ||
		described.Text("description") != "for one" {
		t.Errorf("planned are %s, and %s for %v", described.Action, larger.Action, larger.Replaces)
	}
	now, said := p.Apply(larger)
	if found, more := p.Import(flavor, now.Text("id")); len(said)+len(more) > 0 || !found.State.Equal(now.State) {
		t.Errorf("%v %v: imported is %s, not %s", said, more, found.State, now.State)
	}
	if found, said := p.Query(flavor, map[string]any{"name": "m1.one"}); len(said) > 0 || !found["ram"].Equal(now.Attributes()["ram"]) {
		t.Errorf("%v: found is %s", said, found["ram"])
	}
	p.Destroy(now)
	if gone, said := p.Read(now); len(said) > 0 || gone.Exists() {
		t.Errorf("%v: %s is left", said, gone.State)
	}
	if _, said := p.Import(flavor, "m1.one"); len(protocol.Errors(said)) != 1 || said[0].During != protocol.Importing {
		t.Errorf("importing what is gone says %v", said)
	}
}

// TestAccProviderMoves moves a flavor from the OpenStack provider, and checks that other types are refused.
func TestAccProviderMoves(t *testing.T) {
	t.Parallel()
	p := acctest.Start(t, vcsim.Options{}).Provider(t, nil)
	for _, past := range acctest.ReadPast(t, "../../compute/testdata/moved/openstack-3.4.0") {
		from := protocol.Source{Type: past.Type, Provider: "registry.terraform.io/terraform-provider-openstack/openstack",
			Schema: int64(past.Schema), JSON: past.Raw(t)}
		moved, said := p.Move(flavor, from)
		if ours := past.Type == "openstack_compute_flavor_v2"; ours != (len(said) == 0) || ours && moved.Text("name") != past.Attributes["name"] {
			t.Errorf("%s.%s: %v, %s", past.Type, past.Name, said, moved.State)
		}
	}
}
