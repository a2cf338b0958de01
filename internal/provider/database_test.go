// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccDatabase applies the example of a database: its machine is replaced, and its data is on the new one; it grows while the database
// runs; and the destruction leaves nothing.
func TestAccDatabase(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), configuration(t, filepath.Join(root, "examples", "database", "main.tf")))
	ws.Apply()
	ws.PlanIsEmpty()
	data, first := vc.Disk("database-data"), vc.VM("OpenStack/database")
	vc.WriteDisk(data, 1<<30, "what the database keeps")
	held := vc.Content(data)

	for _, change := range [][]string{{"-var", "image=ubuntu-24.04"}, {"-var", "image=ubuntu-24.04", "-var", "data_size=30"}} {
		ws.Must(append([]string{"apply", "-auto-approve", "-no-color"}, change...)...)
		if out, err := ws.Run(append([]string{"plan", "-detailed-exitcode", "-no-color"}, change...)...); err != nil {
			t.Fatalf("the plan is not empty (%s):\n%s", err, out)
		}
		now := vc.Disk("database-data")
		if now.ID() != data.ID() || vc.Content(now) != held {
			t.Error("the data is on another disk, or is another")
		}
		if on := vc.Attached(vc.VM("OpenStack/database")); !slices.Equal(on, []string{data.ID()}) {
			t.Errorf("the machine has %v", on)
		}
	}
	if vc.VM("OpenStack/database").Config.InstanceUuid == first.Config.InstanceUuid {
		t.Error("the machine was not replaced")
	}
	if size := vc.Disk("database-data").CapacityInMB; size != 30<<10 {
		t.Errorf("the data has %d MB", size)
	}
	ws.Must("destroy", "-auto-approve", "-no-color", "-var", "data_size=30")
	if left := len(vc.Disks()) + len(vc.VMs("OpenStack/*")); left > 0 || vc.Records() != "" {
		t.Errorf("%d objects are left, and the records %s", left, vc.Records())
	}
}
