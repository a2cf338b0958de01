package compute_test

import (
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// countCompilations counts how often a flavor with an extra spec is compiled. Other tests must not run meanwhile: the table is everybody's.
func countCompilations(t *testing.T, extraSpec string) *int {
	t.Helper()
	var n int
	at := slices.IndexFunc(vmspec.Table, func(r vmspec.Row) bool { return r.ExtraSpec == extraSpec })
	row := vmspec.Table[at]
	vmspec.Table[at] = row.Observed(func() { n++ })
	t.Cleanup(func() { vmspec.Table[at] = row })
	return &n
}

// TestCompiledOnce: an operation reads a flavor with an image once, and the former flavor of a resize once beside it.
func TestCompiledOnce(t *testing.T) { //nolint:paralleltest // it counts in a table that all tests read
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, map[string]any{})
	for i, name := range []string{"small", "large"} {
		p.Bring("novasphere_compute_flavor", map[string]any{"name": name, "vcpus": 2 * (i + 1), "ram": 1024, "disk": 20,
			"extra_specs": map[string]any{"hw:cpu_sockets": "1"}}, p.None("novasphere_compute_flavor"))
	}
	n := countCompilations(t, "hw:cpu_sockets")
	const kind = "novasphere_compute_instance"
	config := map[string]any{"name": "web", "flavor_name": "small", "image_name": "debian-12",
		"network": []any{map[string]any{"name": "private"}}}
	step := func(what string, most int, act func()) {
		t.Helper()
		*n = 0
		if act(); *n > most {
			t.Errorf("%s compiles %d times, not %d", what, *n, most)
		}
	}
	var plan protocol.Plan
	var web protocol.Object
	apply := func() {
		var said []protocol.Diagnostic
		if web, said = p.Apply(plan); len(protocol.Errors(said)) > 0 {
			t.Fatal(said)
		}
	}
	step("the plan of a new instance", 1, func() { plan = p.Plan(kind, config, p.None(kind)) })
	step("its creation", 1, apply)
	step("a read", 0, func() { web, _ = p.Read(web) })
	config["flavor_name"] = "large"
	step("the plan of a resize", 2, func() { plan = p.Plan(kind, config, web) })
	step("the resize", 2, apply)
	config["description"] = "the front"
	step("the plan of another change", 2, func() { plan = p.Plan(kind, config, web) })
	step("the change", 2, apply)
}
