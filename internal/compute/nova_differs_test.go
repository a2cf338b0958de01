// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// replayOne makes the VM of one recording.
func replayOne(t *testing.T, vc *acctest.VCenter, number string) novaMachine {
	t.Helper()
	for _, rec := range recordings.Condensed(t) {
		if rec.Name[:3] != number {
			continue
		}
		made, err := vc.Replayer(t).Replay(rec, 0)
		if err != nil || len(made) != 1 {
			t.Fatalf("%s leaves %d machines: %v", rec.Name, len(made), err)
		}
		return machinesOf(vc, made...)[0]
	}
	t.Fatalf("there is no recording %s", number)
	return novaMachine{}
}

// flat returns a command's output without frames and line ends.
func flat(out string) string { return regexp.MustCompile(`[\s│╷╵]+`).ReplaceAllString(out, " ") }

// TestAccNovaFlavorDiffers: a size that differs from the one Nova recorded shows under any name of the flavor, as a resize or as an
// impossible resize. A different name alone is a warning.
func TestAccNovaFlavorDiffers(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	m := replayOne(t, vc, "002")
	is, wire := m.FlavorAt(0), vc.Wire(t)
	if is.Disk < 2 {
		t.Fatalf("its flavor has no disk to speak of: %+v", is)
	}
	flavor := func(name string, disk, ephemeral int64) string {
		return fmt.Sprintf("resource \"novasphere_compute_flavor\" %q {\n  name = %q\n  vcpus = %d\n  ram = %d\n  disk = %d\n  ephemeral = "+
			"%d\n}\n",
			"f"+strings.ReplaceAll(name, ".", "_"), name, is.VCPUs, is.RAM, disk, ephemeral)
	}
	flavors := vc.NewWorkspace(t, wire, flavor("same", is.Disk, 0)+flavor("small", 1, 0)+flavor("larger", is.Disk, 1)+flavor(is.Name, 1, 0))
	flavors.Apply()
	ws := vc.NewWorkspace(t, wire, "")
	plan := func(flavor string, reported ...string) {
		t.Helper()
		ws.Configure(strings.Replace(m.config(t, 2), fmt.Sprintf("flavor_name = %q", m.flavor().Name), fmt.Sprintf("flavor_name = %q", flavor),
			1))
		out, _ := ws.Run("plan", "-no-color")
		for _, text := range reported {
			if !strings.Contains(flat(out), text) {
				t.Errorf("the flavor %s: the plan does not say %q:\n%s", flavor, text, out)
			}
		}
	}
	const resize = "1 to import, 0 to add, 1 to change, 0 to destroy"
	plan("same", "1 to import, 0 to add, 0 to change, 0 to destroy", ", flavor_name: nothing is recorded of what test-vm was made from")
	plan("larger", resize)
	plan("small", "a disk cannot shrink")
	plan(is.Name, "a disk cannot shrink")
	flavors.Configure(flavor(is.Name, is.Disk, 1))
	flavors.Apply()
	plan(is.Name, resize)
}

// TestAccNovaArgumentsDiffer: a written argument that differs from what the VM shows is reported in every plan, not only at the import;
// one that the VM does not show is accepted.
func TestAccNovaArgumentsDiffer(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	m := replayOne(t, vc, "132") // with a config drive
	const right = "b0000000-0000-4000-8000-000000000001"
	wire := vc.Wire(t)
	vc.NewWorkspace(t, wire, flavorsOf([]novaMachine{m})+keyPair("anna", "anna", fmt.Sprintf("%q", publicKey))).Apply()
	config := m.config(t, 2)
	if !strings.Contains(config, "  config_drive = true\n") || !strings.Contains(config, right) {
		t.Fatalf("it is written with neither a config drive nor its image:\n%s", config)
	}
	ws := vc.NewWorkspace(t, wire, config)
	const doubt = "Not as it was found"
	if out := ws.Apply(); strings.Contains(out, doubt) {
		t.Errorf("the right configuration is doubted:\n%s", out)
	}
	other := strings.NewReplacer("config_drive = true", "config_drive = false", right, "c0000000-0000-4000-8000-000000000002", `"anna"`,
		`"berta"`).Replace(config)
	ws.Configure(other)
	for range 2 {
		out := ws.Must("plan", "-no-color")
		for _, reported := range []string{"No changes.", doubt, "config_drive (written: false, found: true)",
			`image_id (written: "c0000000-0000-4000-8000-000000000002", found: "` + right + `")`} {
			if !strings.Contains(flat(out), reported) {
				t.Errorf("the plan does not say %q:\n%s", reported, out)
			}
		}
		ws.Must("apply", "-refresh-only", "-auto-approve", "-no-color")
	}
	if is := ws.State("novasphere_compute_instance", m.address())["config_drive"]; is != true {
		t.Errorf("the state has a config drive: %v", is)
	}
}
