// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// routerPages are the pages of terraform-provider-openstack whose examples have routers, floating IPs or port forwardings.
var routerPages = regexp.MustCompile(`/networking_(router|floatingip|portforwarding)`)

// besideAGateway is what the guide writes into the provider block of every ported module.
const besideAGateway = `  network_vlan_ranges = ["dvs-1:1000:1099"]
  routers             = "physical"
  security_groups     = "physical"
`

// whatTheyReach is what examples of routers and floating IPs name without making it.
const whatTheyReach = `
import {
  to = novasphere_networking_network.public
  id = "public"
}
resource "novasphere_networking_network" "public" {
  name     = "public"
  external = true
}
resource "novasphere_networking_subnet" "public" {
  for_each   = toset(["1.2.3.0/24", "192.168.0.0/24"])
  network_id = novasphere_networking_network.public.id
  cidr       = each.key
}
resource "novasphere_networking_network" "inner" { name = "inner" }
resource "novasphere_networking_subnet" "inner" {
  network_id = novasphere_networking_network.inner.id
  cidr       = "10.0.0.0/24"
}
resource "novasphere_networking_router" "router_1" {
  name                = "router_1"
  external_network_id = novasphere_networking_network.public.id
  depends_on          = [novasphere_networking_subnet.public]
}
resource "novasphere_networking_router_interface" "inner" {
  router_id = novasphere_networking_router.router_1.id
  subnet_id = novasphere_networking_subnet.inner.id
}
resource "novasphere_networking_port" "target" {
  name       = "target"
  network_id = novasphere_networking_network.inner.id
  depends_on = [novasphere_networking_subnet.inner]
}
resource "novasphere_networking_floatingip" "known" {
  for_each   = toset(["1.2.3.4", "1.2.3.5", "192.168.0.4"])
  pool       = "public"
  address    = each.key
  depends_on = [novasphere_networking_subnet.public, novasphere_networking_network.public]
}
`

// TestAccRoutersDocumentationOfThePeer applies the examples of terraform-provider-openstack that have routers, floating IPs or port
// forwardings, plans again, and destroys them. OPENSTACK_PROVIDER_DIR is a checkout of it; without it the test is skipped.
func TestAccRoutersDocumentationOfThePeer(t *testing.T) {
	t.Parallel()
	from := os.Getenv("OPENSTACK_PROVIDER_DIR")
	if from == "" {
		t.Skip("OPENSTACK_PROVIDER_DIR names no checkout of terraform-provider-openstack")
	}
	const examples = 10
	var applied []string
	for name, text := range peerExamples(t, from) {
		if routerPages.MatchString(name) && t.Run(name, func(t *testing.T) { routedExample(t, text) }) {
			applied = append(applied, name)
		}
	}
	slices.Sort(applied)
	if t.Logf("applied: %d\n%s", len(applied), strings.Join(applied, "\n")); len(applied) < examples {
		t.Errorf("fewer than %d are applied", examples)
	}
}

// routedExample applies one example. Its ids of others' objects become those of whatTheyReach.
func routedExample(t *testing.T, text string) {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	if err := protocol.Made(t, acctest.Factories["novasphere"], vc.Config(besideAGateway, whatTheyReach)); err != nil {
		t.Fatal(err)
	}
	provider := vc.Provider(t, map[string]any{"routers": "physical", "security_groups": "physical"})
	for placeholder, is := range map[string]struct{ kind, by, value string }{
		"f67f0d72-0ddf-11e4-9d95-e1f29f417e2f": {"network", "name", "public"},
		"a5bbd213-e1d3-49b6-aed1-9df60ea94b9a": {"network", "name", "inner"},
		"7a52eb59-7d47-415d-a884-046666a6fbae": {"floatingip", "address", "1.2.3.5"},
		"b930d7f6-ceb7-40a0-8b81-a425dd994ccf": {"port", "name", "target"},
	} {
		if !strings.Contains(text, placeholder) {
			continue
		}
		found, said := provider.Query("novasphere_networking_"+is.kind, map[string]any{is.by: is.value})
		var id string
		if err := found["id"].As(&id); err != nil || len(protocol.Errors(said)) > 0 {
			t.Fatal(err, said)
		}
		text = strings.ReplaceAll(text, placeholder, id)
	}
	ws := vc.NewWorkspace(t, vc.Wire(t), ported(t, text), `NOVASPHERE_NETWORK_VLAN_RANGES=dvs-1:1000:1099`, "NOVASPHERE_ROUTERS=physical",
		"NOVASPHERE_SECURITY_GROUPS=physical")
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Destroy()
}
