// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccNounsByTheCLI: with a real Terraform and the provider's binary, one of each noun is made, its next plan is empty, and another
// workspace imports it without changes. The life of each noun is tested over the protocol; this test shows that both fit together.
func TestAccNounsByTheCLI(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	groups, _, _ := strings.Cut(tiers, `resource "novasphere_compute_flavor"`)
	config := groups + `resource "novasphere_networking_subnet_route" "far" {
  subnet_id        = novasphere_networking_subnet.four.id
  destination_cidr = "10.8.0.0/16"
  next_hop         = "10.0.0.4"
}
` + port("plain", "") + router("edge", `  name = "edge"`) + place("four", "edge", "")
	nouns := []string{"network.lab", "subnet.four", "subnet_route.far", "secgroup.app", "secgroup.db", "secgroup_rule.sql",
		"secgroup_rule.answers", "port.plain", "router.edge", "router_interface.four"}
	env := []string{"NOVASPHERE_SECURITY_GROUPS=dvs", "NOVASPHERE_ROUTERS=physical"}
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, config, env...)
	ws.Apply()
	ws.PlanIsEmpty()
	var imports strings.Builder
	for _, noun := range nouns {
		kind, name, _ := strings.Cut(noun, ".")
		kind = "novasphere_networking_" + kind
		fmt.Fprintf(&imports, "import {\n  to = %s.%s\n  id = %q\n}\n", kind, name, ws.State(kind, name)["id"])
	}
	again := vc.NewWorkspace(t, wire, config+imports.String(), env...)
	if out := again.Must("plan", "-no-color"); !strings.Contains(out,
		fmt.Sprintf("Plan: %d to import, 0 to add, 0 to change, 0 to destroy.", len(nouns))) {
		t.Errorf("the import does more or less than import %d:\n%s", len(nouns), out)
	}
	ws.Destroy()
	must(t, noRouters(vc)(nil))
}
