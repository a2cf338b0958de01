// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccLogs: the SDK, the framework and the provider log at the requested level, if requested.
func TestAccLogs(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	logged := func(env ...string) string {
		file := filepath.Join(t.TempDir(), "log")
		ws := vc.NewWorkspace(t, vc.Wire(t), `resource "novasphere_compute_keypair" "k" { name = "ops" }`, append(env, "TF_LOG_PATH="+file)...)
		ws.Must("plan", "-no-color")
		raw, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(raw)
	}
	for _, c := range []struct {
		env  []string
		want bool
	}{
		{[]string{"TF_LOG=TRACE"}, true}, {[]string{"TF_LOG=JSON"}, true}, {[]string{"TF_LOG_PROVIDER=TRACE"}, true},
		{[]string{"TF_LOG=WARN"}, false},
		{[]string{"TF_LOG=TRACE", "TF_LOG_SDK=off", "TF_LOG_PROVIDER_NOVASPHERE=off"}, false}, // the user's setting overrides
	} {
		log := logged(c.env...)
		for _, text := range []string{"Received request", "Called provider defined Provider Configure",
			"Planning without the framework's passes"} {
			if strings.Contains(log, text) != c.want {
				t.Errorf("%v: there are %d bytes of log, and %q in them: %t", c.env, len(log), text, !c.want)
			}
		}
	}
}

// canaries returns instances that hold every kind of secret, each a word that no log may contain.
func canaries(role string) string {
	return `
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 10
}
resource "novasphere_compute_keypair" "k" { name = "canary" }
resource "novasphere_compute_instance" "one" {
  name        = "one"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = "debian-12"
  key_pair    = novasphere_compute_keypair.k.name
  wait_for_ip = "0s"
  admin_pass  = "canary-of-the-password"
  user_data   = "#cloud-config\n# canary-of-the-user-data"
  metadata    = { role = "` + role + `" }
  personality {
    file    = "/etc/secret"
    content = "canary-of-the-file"
  }
  personality {
    file    = "/etc/other"
    content = "canary-of-the-other-file"
  }
}
resource "novasphere_compute_instance" "two" {
  name                  = "two"
  flavor_name           = novasphere_compute_flavor.f.name
  image_name            = "debian-12"
  wait_for_ip           = "0s"
  admin_pass_wo         = "canary-of-the-write-only-password"
  admin_pass_wo_version = 1
}`
}

// TestAccLogsHoldNoSecret searches for secrets, and for data written into a guest, in all that the SDK, the framework, the provider and
// Terraform log at the finest level, through a plan, an apply, another plan and a change. The path of a set's element contains the
// element, so no set may hold a secret.
func TestAccLogsHoldNoSecret(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	file := filepath.Join(t.TempDir(), "log")
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, canaries("db"), "TF_LOG=TRACE", "TF_LOG_PATH="+file)
	ws.Must("apply", "-auto-approve", "-no-color")
	ws.Configure(canaries("web"))
	ws.Must("apply", "-auto-approve", "-no-color")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`: call: .*@module=novasphere\.vcenter`, `: task: .*@module=novasphere\.vcenter`} {
		if !regexp.MustCompile(line).Match(raw) {
			t.Errorf("no line of the log is like %s", line)
		}
	}
	if !strings.Contains(string(raw), "personality") {
		t.Fatalf("there are %d bytes of log, and none speaks of the files", len(raw))
	}
	private := regexp.MustCompile(`-----BEGIN OPENSSH PRIVATE KEY-----.{60}`)
	for line := range strings.SplitSeq(string(raw), "\n") {
		if strings.Contains(line, "canary-of-the-") || strings.Contains(line, vc.Password) || private.MatchString(line) {
			t.Errorf("a secret is logged: %.600s", line)
		}
	}
}

// TestAccLogsTellEveryCall compares the calls that an apply logs with those that the vCenter received. No request causes the logout.
func TestAccLogsTellEveryCall(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	file, wire := filepath.Join(t.TempDir(), "log"), vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, `
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 10
}
resource "novasphere_compute_instance" "one" {
  name        = "one"
  flavor_name = novasphere_compute_flavor.f.name
  image_name  = "debian-12"
  wait_for_ip = "0s"
}`, "TF_LOG=JSON", "TF_LOG_PATH="+file)
	wire.Take()
	ws.Must("apply", "-auto-approve", "-no-color")
	want, _ := wire.Take()
	delete(want, "Logout")
	delete(want, "DELETE /rest/com/vmware/cis/session")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, tasks := map[string]int{}, 0
	for line := range strings.SplitSeq(string(raw), "\n") {
		var told struct {
			Module  string `json:"@module"`
			Message string `json:"@message"`
			Method  string `json:"method"`
		}
		if json.Unmarshal([]byte(line), &told) != nil || !strings.HasSuffix(told.Module, "novasphere.vcenter") {
			continue
		}
		switch told.Message {
		case "call":
			got[told.Method]++
		case "task":
			tasks++
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("logged are\n%v\nand asked was\n%v", got, want)
	}
	if tasks == 0 {
		t.Error("no task is logged")
	}
}
