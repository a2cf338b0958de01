// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestRouterAddressesArePlanned: external addresses are known at plan where they are written or kept, within one plan nobody gets those of
// another, and the next plan is empty.
func TestRouterAddressesArePlanned(t *testing.T) {
	t.Parallel()
	const kind = "novasphere_networking_router"
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, args{"routers": "physical"})
	n := p.Bring("novasphere_networking_network", args{"name": "outside", "external": true, "segments": block(args{"segmentation_id": 110})},
		protocol.Object{})
	s := p.Bring("novasphere_networking_subnet", args{"network_id": n.Text("id"), "cidr": "203.0.113.0/24"}, protocol.Object{})
	config := func(blocks ...any) args {
		out := args{"external_network_id": n.Text("id")}
		if len(blocks) > 0 {
			out["external_fixed_ip"] = blocks
		}
		return out
	}
	address := args{"ip_address": "203.0.113.9"}
	for what, c := range map[string]struct {
		config args
		known  bool
	}{
		"written":        {config(address), true},
		"partly written": {config(address, args{"subnet_id": s.Text("id")}), false},
		"chosen":         {config(), false},
		"none":           {args{"name": "inside"}, true},
	} {
		plan := vc.Provider(t, args{"routers": "physical"}).Plan(kind, c.config, p.None(kind))
		if len(plan.Errors()) > 0 || plan.Attributes()["external_addresses"].IsFullyKnown() != c.known {
			t.Errorf("%s: %s, %v", what, plan.Planned, plan.Errors())
		}
	}
	written := p.Bring(kind, config(address), protocol.Object{})
	refusal{at: "external_fixed_ip", text: "203.0.113.9 belongs to the router " + written.Text("id")}.is(t,
		p.Plan(kind, config(address), p.None(kind)).Diagnostics)
	two := vc.Provider(t, args{"routers": "physical"}) // within one plan
	taken := config(args{"ip_address": "203.0.113.10"})
	first := two.Plan(kind, taken, p.None(kind))
	refusal{at: "external_fixed_ip", text: "203.0.113.10 belongs to another router of this configuration"}.is(t,
		two.Plan(kind, taken, p.None(kind)).Diagnostics)
	made, said := two.Apply(first)
	if len(protocol.Errors(said)) > 0 {
		t.Fatal(said)
	}
	again := two.Plan(kind, taken, made)
	if !again.Planned.Equal(made.State) {
		t.Errorf("the next plan is %s", again.Planned)
	}
	p.Destroy(made)
	p.Destroy(written)
	p.Destroy(s)
	p.Destroy(n)
}
