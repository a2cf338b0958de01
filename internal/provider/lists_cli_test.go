// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const listProvider = "provider \"novasphere\" {\n  routers         = \"physical\"\n  security_groups = \"dvs\"\n" +
	"  cluster         = \"compute\"\n}\n"

// TestAccGeneratedConfigurations: what any CLI generates for an import of each noun is in the layout of its fmt, and plans nothing but the
// imports.
func TestAccGeneratedConfigurations(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	vc.NewWorkspace(t, wire, listProvider+everyNoun).Apply()
	p := vc.Provider(t, map[string]any{"routers": "physical", "security_groups": "dvs", "cluster": "compute"})
	// Terraform from 1.14 looks for another namespace's provider without this line, and with it refuses the block once there is a resource.
	const named = "  provider = novasphere\n"
	imports, n := "", 0
	for _, noun := range append(slices.Sorted(maps.Keys(lists)), "images_image", "compute_node") {
		all, said := p.List("novasphere_"+noun, nil, 0, false)
		if len(all) == 0 || len(said) > 0 {
			t.Errorf("%s: %v, %v", noun, all, said)
		}
		for _, one := range all {
			imports += fmt.Sprintf("import {\n  to = novasphere_%s.i%d\n  id = %q\n%s}\n", noun, n, one.Identity["id"], named)
			n++
		}
	}
	s := vc.NewWorkspace(t, wire, listProvider)
	s.Write("imports.tf", imports)
	s.Must("plan", "-no-color", "-generate-config-out=generated.tf")
	s.Write("imports.tf", strings.ReplaceAll(imports, named, ""))
	s.Must("fmt", "-check", "generated.tf")
	if out, want := s.Must("plan", "-no-color"), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", n); !strings.Contains(out,
		want) {
		t.Errorf("not %s, but\n%s\nof\n%s", want, out, s.Read("generated.tf"))
	}
}

// TestAccQueries: what terraform query generates of each noun is in the layout of its fmt, and plans nothing but the imports.
func TestAccQueries(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	s := vc.NewVerbsWorkspace(t, wire, listProvider+everyNoun)
	s.Apply()
	next := vc.NewVerbsWorkspace(t, wire, listProvider)
	query := ""
	for _, noun := range append(slices.Sorted(maps.Keys(lists)), "images_image", "compute_node", "compute_instance") {
		query += fmt.Sprintf("list \"novasphere_%s\" %q {\n  provider = novasphere\n}\n", noun, noun)
	}
	next.Write("all.tfquery.hcl", query)
	next.Must("query", "-no-color", "-generate-config-out=generated.tf")
	next.Must("fmt", "-check", "generated.tf")
	want := fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", strings.Count(next.Read("generated.tf"), "import {"))
	if out := next.Must("plan", "-no-color"); !strings.Contains(out, want) || strings.HasPrefix(want, "0 ") {
		t.Errorf("not %s, but\n%s\nof\n%s", want, out, next.Read("generated.tf"))
	}
}
