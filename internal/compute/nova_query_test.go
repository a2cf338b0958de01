// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccNovaList: every machine of Nova's own driver is listed as unmanaged, each as an import of its identity gives it, and the
// configuration that is generated for it plans nothing. The vCenter holds their ids and is not changed.
func TestAccNovaList(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all := replayAll(t, vc)
	wire := vc.Wire(t)
	p := vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	found, said := p.List(instances, map[string]any{"unmanaged": true}, 1000, true)
	if len(found) != len(all) || len(said) > 0 {
		t.Errorf("%d of %d machines are listed: %v", len(found), len(all), said)
	}
	there := map[string]bool{}
	for _, m := range all {
		there[m.ID] = true
	}
	for _, one := range found {
		if !there[one.Identity["id"]] {
			t.Errorf("nothing has the id of %s, %s", one.Name, one.Identity["id"])
		}
		p.TakesOver(instances, one)
	}
	project := map[string]any{"project": "Project (11111111222243338444555555555555)/Instances"}
	if ofProject, _ := p.List(instances, project, 1000, false); len(ofProject) != len(all) {
		t.Errorf("%d of %d machines are listed in their project", len(ofProject), len(all))
	}
	if own, _ := p.List(instances, nil, 1000, false); len(own) > 0 {
		t.Errorf("%d machines are listed in the provider's own project", len(own))
	}
	calls, _ := wire.Take()
	if changes := changing(calls); len(changes) > 0 {
		t.Errorf("the lists sent %v", changes)
	}
}

// TestAccNovaQuery: terraform query writes a configuration that takes over every machine of Nova's own driver by its identity, in the
// layout of terraform fmt, and its plan changes nothing.
func TestAccNovaQuery(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	s := vc.NewVerbsWorkspace(t, vc.Wire(t), "provider \"novasphere\" {}\n")
	all := replayAll(t, vc)
	s.Write("nova.tfquery.hcl", "list \"novasphere_compute_instance\" \"nova\" {\n  provider = novasphere\n  limit    = 1000\n\n  config {\n"+
		"    unmanaged = true\n  }\n}\n")
	if out := s.Must("query", "-no-color"); strings.Count(out, ",id=") != len(all) {
		t.Errorf("%d machines, and not all of them in\n%s", len(all), out)
	}
	s.Must("query", "-no-color", "-generate-config-out=generated.tf")
	s.Must("fmt", "-check", "generated.tf")
	if n := strings.Count(s.Read("generated.tf"), "identity = {"); n != len(all) {
		t.Errorf("%d of %d machines are in the configuration", n, len(all))
	}
	for _, command := range [][]string{{"plan", "-no-color"}, {"apply", "-no-color", "-auto-approve"}} {
		if out, want := s.Must(command...), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", len(all)); !strings.Contains(out,
			want) {
			t.Fatalf("%s: not %s, but\n%s", command[0], want, out)
		}
	}
	s.PlanIsEmpty()
}
