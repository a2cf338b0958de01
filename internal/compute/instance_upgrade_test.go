// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// withFiles returns an instance with files in this order.
func withFiles(files ...string) map[string]any {
	var blocks []any
	for _, file := range files {
		name, content, _ := strings.Cut(file, "=")
		blocks = append(blocks, map[string]any{"file": name, "content": content})
	}
	return map[string]any{"name": "web", "flavor_name": "m1.small", "image_name": "debian-12", "wait_for_ip": "0s", "personality": blocks,
		"network": []any{map[string]any{"name": "public"}}}
}

const motd, issue = "/etc/motd=hello", "/etc/issue=welcome"

// TestInstanceOfOlderRelease reads the state of a release in which the files were a set: the instance is unchanged, in whatever order the
// configuration has the files.
func TestInstanceOfOlderRelease(t *testing.T) {
	t.Parallel()
	const kind = "novasphere_compute_instance"
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 1024, "disk": 10},
		p.None("novasphere_compute_flavor"))
	made := p.Bring(kind, withFiles(issue, motd), p.None(kind))
	text, err := os.ReadFile("../provider/testdata/states/novasphere_compute_instance.v0.json")
	if err != nil {
		t.Fatal(err)
	}
	old, reported := p.Upgrade(kind, 0, []byte(strings.ReplaceAll(string(text), "e83be1d5-2a85-4ab0-85a6-21644f9c006b", made.Text("id"))))
	if len(reported) > 0 || old.Text("name") != "web" || !old.Attributes()["personality"].Type().Is(tftypes.List{}) {
		t.Fatalf("%v: %s", reported, old.State)
	}
	now, reported := p.Read(old)
	if len(protocol.Errors(reported)) > 0 || !now.Exists() {
		t.Fatal(reported)
	}
	before := vc.VM("OpenStack/web")
	for _, files := range [][]string{{motd, issue}, {issue, motd}} {
		if plan := p.Plan(kind, withFiles(files...), now); plan.Action != protocol.Nothing {
			t.Errorf("with the files %v the plan is to %s it: %v, %v", files, plan.Action, plan.Replaces, plan.Diagnostics)
		}
	}
	for what, files := range map[string][]string{"another content": {motd, "/etc/issue=other"}, "one file less": {motd},
		"one file more": {motd, issue, "/etc/more=x"}, "no file": nil} {
		if plan := p.Plan(kind, withFiles(files...), now); plan.Action != protocol.Replace {
			t.Errorf("with %s the plan is to %s it: %v", what, plan.Action, plan.Diagnostics)
		}
	}
	if after := vc.VM("OpenStack/web"); after.Config.ChangeVersion != before.Config.ChangeVersion {
		t.Error("the machine was touched")
	}
}
