// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccTwoRegions applies the example over both of its regions. With one of them down, errors stand only at its resources, and what is
// of the other is applied by -target.
func TestAccTwoRegions(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	wire := west.Wire(t)
	authorities := []string{east.CAFile, wire.CAFile}
	ws := east.NewWorkspace(t, east.Wire(t), configuration(t, filepath.Join(root, "examples", "two-regions", "main.tf")),
		"TF_VAR_east="+east.Server(), "TF_VAR_west="+wire.Server, "NOVASPHERE_CA_FILE="+strings.Join(authorities, string(os.PathListSeparator)))
	ws.Apply()
	ws.PlanIsEmpty()
	if here, there := len(east.VMs("OpenStack/web-east")), len(west.VMs("OpenStack/west/web-west")); here != 1 || there != 1 {
		t.Errorf("there are %d and %d instances", here, there)
	}
	down := []string{"-var=west=127.0.0.1:1", "-no-color"}
	out, err := ws.Run(append([]string{"plan"}, down...)...)
	if err == nil || !strings.Contains(out, "127.0.0.1:1 cannot be reached") {
		t.Errorf("with a region down: %v\n%s", err, out)
	}
	for line := range strings.Lines(out) {
		if at, is := strings.CutPrefix(strings.TrimLeft(line, "│ "), "with "); is && !strings.Contains(at, `["west"]`) {
			t.Errorf("an error stands at %s", at)
		}
	}
	// a target brings what it depends on, in all regions: what of that is to be left out is left out by targets of its own
	apply := []string{"apply", "-auto-approve", `-replace=novasphere_compute_instance.web["east"]`}
	for _, one := range []string{"novasphere_compute_instance.web", "novasphere_compute_flavor.small", "novasphere_networking_network.app",
		"data.novasphere_images_image.debian"} {
		apply = append(apply, `-target=`+one+`["east"]`)
	}
	ws.Must(append(apply, down...)...)
	if here, there := len(east.VMs("OpenStack/web-east")), len(west.VMs("OpenStack/west/web-west")); here != 1 || there != 1 {
		t.Errorf("after the apply of one region there are %d and %d instances", here, there)
	}
	ws.Destroy()
	if east.Records() != "" || west.Records() != "" {
		t.Error("records are left")
	}
}
