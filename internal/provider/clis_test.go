// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// ofBothCLIs is what a new user writes, with a secret that no state or plan may hold. It comes from an ephemeral variable, because a plan
// holds the configuration, and with it what is written there literally.
const ofBothCLIs = `
variable "pass" {
  type      = string
  ephemeral = true
}
resource "novasphere_compute_flavor" "small" {
  name  = "m1.both"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
resource "novasphere_networking_network" "lab" {
  name = "both"
  segments { segmentation_id = 120 }
}
resource "novasphere_networking_subnet" "lab" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "10.30.0.0/24"
}
resource "novasphere_networking_port" "web" {
  network_id = novasphere_networking_network.lab.id
  depends_on = [novasphere_networking_subnet.lab]
}
resource "novasphere_compute_instance" "web" {
  name                  = "both"
  flavor_name           = novasphere_compute_flavor.small.name
  image_name            = "debian-12"
  wait_for_ip           = "0s"
  admin_pass_wo         = var.pass
  admin_pass_wo_version = 1
  network { port = novasphere_networking_port.web.id }
}
`

// importsOf returns import blocks for all of it, by a way to name an object. more is a further line of each block.
func importsOf(ws *acctest.Workspace, by, more string) (blocks string, count int) {
	var out strings.Builder
	for _, r := range regexp.MustCompile(`resource "(\w+)" "(\w+)"`).FindAllStringSubmatch(ofBothCLIs, -1) {
		fmt.Fprintf(&out, "import {\n  to = %s.%s\n  "+by+"\n%s}\n", r[1], r[2], ws.State(r[1], r[2])["id"], more)
		count++
	}
	return out.String(), count
}

// TestAccByBothCLIs: a first apply, an empty plan, imports by id and by identity with the configuration that the CLI generates, and a
// destroy, by whichever CLI the tests run. make test-tofu runs it by OpenTofu.
func TestAccByBothCLIs(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, ofBothCLIs, "TF_VAR_pass=canary-of-both-clis")
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Must("plan", "-out=plan.bin", "-no-color")
	for _, shown := range []string{ws.Must("show", "-json"), ws.Must("show", "-json", "plan.bin"), ws.Must("state", "pull")} {
		if strings.Contains(shown, "canary") || !strings.Contains(shown, "m1.both") {
			t.Errorf("a write-only value is kept, or what should be is not:\n%s", shown)
		}
	}
	for _, by := range []string{`id = %q`, `identity = { id = %q }`} {
		generating, count := importsOf(ws, by, "  provider = novasphere\n")
		again := vc.NewWorkspace(t, wire, generating)
		if strings.HasPrefix(by, "identity") && !again.ImportsByIdentity() {
			t.Log("this CLI does not import by identity: Terraform does since 1.12, and OpenTofu since 1.12")
			continue
		}
		again.Must("plan", "-no-color", "-generate-config-out=generated.tf")
		applying, _ := importsOf(ws, by, "") // both CLIs refuse a provider there once the resource is written
		again.Configure(applying)
		want := fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", count)
		if out := again.Must("apply", "-no-color", "-auto-approve"); !strings.Contains(out, want) {
			t.Errorf("what is generated for imports by %s is not what is there: not %s, but\n%s", by, want, out)
		}
		again.PlanIsEmpty()
	}
	ws.Destroy()
	if left := vc.Records(); left != "" {
		t.Errorf("records are left:\n%s", left)
	}
}

// TestTofuTestsExist: make test-tofu names tests, and a name without a test runs nothing.
func TestTofuTestsExist(t *testing.T) {
	t.Parallel()
	list := regexp.MustCompile(`(?m)^TOFU_TESTS := ((?:.*\\\n)*.*)$`).FindStringSubmatch(textOf(t, "GNUmakefile"))
	if list == nil {
		t.Fatal("the GNUmakefile has no TOFU_TESTS")
	}
	tests, names := testNames(t), strings.Fields(strings.ReplaceAll(list[1], "\\\n", " "))
	if len(names) < 5 {
		t.Errorf("TOFU_TESTS names only %v", names)
	}
	for _, name := range names {
		if !tests[name] {
			t.Errorf("TOFU_TESTS names %s, and there is no such test", name)
		}
	}
}
