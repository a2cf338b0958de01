package provider_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// block is a resource of a configuration, by its type and name.
var block = regexp.MustCompile(`(?ms)^resource "(\w+)" "(\w+)" \{\n.*?^\}\n`)

// A configuration that OpenStack was built with, its states as the OpenStack provider wrote them, and nothing of it recorded in this vCenter:
// moved blocks alone make it this provider's, the plan says nothing else, and the vCenter is not touched.
func TestAccMovedFromOpenStack(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	past := slices.Concat(acctest.ReadPast(t, "../networking/testdata/moved/openstack-3.4.0"), acctest.ReadPast(t, "../compute/testdata/moved/openstack-3.4.0"))
	past = slices.DeleteFunc(past, func(p acctest.Past) bool { return p.Type == "openstack_compute_instance_v2" })
	web, plain := vc.AddPortgroup("DC0_DVPG_web", 10), vc.AddPortgroup("plain-df59c124-8270-4e28-a203-fc638e9393d6", 20)
	config := configured(t, "openstack-3.4.0.tf", past)
	ws := vc.NewWorkspace(t, vc.Wire(t), config+acctest.MovedBlocks(past))
	ws.Inherit(past)
	vc.ResetCalls()
	out := ws.Must("plan", "-no-color")
	if !strings.Contains(out, "Plan: 0 to add, 0 to change, 0 to destroy.") || strings.Count(out, " has moved to ") != len(past) {
		t.Fatalf("the plan does more than move %d objects:\n%s", len(past), out)
	}
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Configure(config) // without the moved blocks, which nobody needs any more
	ws.PlanIsEmpty()
	if changes := acctest.Changes(vc.Calls()); len(changes) > 0 || vc.Catalogue() != nil {
		t.Errorf("the move has changed the vCenter: %v", changes)
	}
	for name, want := range map[string]string{"web": web, "plain": plain} {
		if have := ws.State("novasphere_networking_network", name)["id"]; have != want {
			t.Errorf("the network %s is %s, not %s", name, have, want)
		}
	}
}

// configured are the resources of a configuration that are in a state, retyped.
func configured(t *testing.T, name string, past []acctest.Past) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/moved/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, found := range block.FindAllStringSubmatch(string(raw), -1) {
		if slices.ContainsFunc(past, func(p acctest.Past) bool { return p.Type == found[1] && p.Name == found[2] }) {
			out.WriteString(found[0])
		}
	}
	return acctest.Retype("\n" + out.String())
}
