// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestFloatingIPLeft: a floating IP that no state knows, because the process that made it was killed, is told when an equal one is made,
// which gets an address of its own. Those of other applies that lead somewhere are not, nor those of this one.
func TestFloatingIPLeft(t *testing.T) {
	t.Parallel()
	const fip = "novasphere_networking_floatingip"
	vc := acctest.Start(t, vcsim.Options{})
	process := func() *protocol.Provider { return vc.Provider(t, map[string]any{"routers": "physical"}) }
	bring := func(p *protocol.Provider, kind string, config map[string]any) protocol.Object {
		return p.Bring("novasphere_networking_"+kind, config, p.None("novasphere_networking_"+kind))
	}
	site := process()
	network := func(name, cidr string, vlan int) (network, subnet string) {
		network = bring(site, "network", map[string]any{"name": name, "external": name == "outside",
			"segments": []any{map[string]any{"segmentation_id": vlan}}}).Text("id")
		return network, bring(site, "subnet", map[string]any{"network_id": network, "cidr": cidr}).Text("id")
	}
	outside, _ := network("outside", "203.0.113.0/24", 110)
	inside, subnet := network("inside", "10.0.0.0/24", 120)
	edge := bring(site, "router", map[string]any{"name": "edge", "external_network_id": outside}).Text("id")
	bring(site, "router_interface", map[string]any{"router_id": edge, "subnet_id": subnet})
	left := bring(process(), "floatingip", map[string]any{"pool": "outside", "description": "web"}) // and its state is lost
	used := bring(process(), "floatingip", map[string]any{"pool": "outside", "description": "api",
		"port_id": bring(site, "port", map[string]any{"network_id": inside}).Text("id")})
	makes := func(p *protocol.Provider, description string) (said string) {
		made, diagnostics := p.Apply(p.Plan(fip, map[string]any{"pool": "outside", "description": description}, p.None(fip)))
		for _, d := range diagnostics {
			said += d.Text
		}
		if len(protocol.Errors(diagnostics)) > 0 || made.Text("address") == left.Text("address") || made.Text("address") == used.Text("address") {
			t.Errorf("%s was made: %s", made.Text("address"), said)
		}
		return said
	}
	one := process()
	said := makes(one, "web")
	for _, part := range []string{"Floating IPs that lead nowhere", left.Text("address") + " (" + left.Text("id") + ", which ", "import {"} {
		if !strings.Contains(said, part) {
			t.Errorf("%q is not in %q", part, said)
		}
	}
	for _, description := range []string{"web", "api", "api"} { // told before; in use; made by this process
		if said := makes(one, description); strings.Contains(said, "lead nowhere") {
			t.Errorf("%s: %s", description, said)
		}
	}
}
