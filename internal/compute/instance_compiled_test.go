// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// within is a test whose provider is called with its own context.
type within struct {
	testing.TB
	ctx context.Context
}

// Context returns the context of the provider's calls.
func (w within) Context() context.Context { return w.ctx }

// TestCompiledOnce: an operation compiles a flavor with an image once, and for a resize the former flavor once.
func TestCompiledOnce(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(within{t, vmspec.WithCount(t.Context(), &n)}, map[string]any{})
	for i, name := range []string{"small", "large"} {
		p.Bring("novasphere_compute_flavor", map[string]any{"name": name, "vcpus": 2 * (i + 1), "ram": 1024, "disk": 20,
			"extra_specs": map[string]any{"hw:cpu_sockets": "1"}}, p.None("novasphere_compute_flavor"))
	}
	const kind = "novasphere_compute_instance"
	config := map[string]any{"name": "web", "flavor_name": "small", "image_name": "debian-12",
		"network": []any{map[string]any{"name": "private"}}}
	step := func(what string, least, most int64, act func()) {
		t.Helper()
		n.Store(0)
		if act(); n.Load() < least || n.Load() > most {
			t.Errorf("%s compiles %d times, not %d to %d", what, n.Load(), least, most)
		}
	}
	var plan protocol.Plan
	var web protocol.Object
	apply := func() {
		var reported []protocol.Diagnostic
		if web, reported = p.Apply(plan); len(protocol.Errors(reported)) > 0 {
			t.Fatal(reported)
		}
	}
	step("the plan of a new instance", 1, 1, func() { plan = p.Plan(kind, config, p.None(kind)) })
	step("its creation", 1, 1, apply)
	step("a read", 0, 0, func() { web, _ = p.Read(web) })
	config["flavor_name"] = "large"
	step("the plan of a resize", 1, 2, func() { plan = p.Plan(kind, config, web) })
	step("the resize", 1, 2, apply)
	config["description"] = "the front"
	step("the plan of another change", 0, 2, func() { plan = p.Plan(kind, config, web) })
	step("the change", 0, 2, apply)
}
