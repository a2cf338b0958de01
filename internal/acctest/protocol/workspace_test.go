// SPDX-License-Identifier: MPL-2.0

package protocol_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestWorkspaceState: a state is written in Terraform's format and read back equal; instead of half a file the backup is used.
func TestWorkspaceState(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := vc.Config("", `resource "novasphere_compute_flavor" "f" {
  count = 2
  name  = "f-${count.index}"
  vcpus = 1
  ram   = 512
  disk  = 1
}`)
	start := func() (protocol.Factory, func()) { return acctest.Factories["novasphere"], func() {} }
	ws := protocol.NewWorkspace(t, start)
	ws.Configure(config)
	if err := ws.Apply(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "terraform.tfstate")
	const address = "registry.terraform.io/terraform-provider-novasphere/novasphere"
	ws.WriteState(file, address)
	ws.WriteState(file+".backup", address)
	for _, half := range []bool{false, true} {
		if half {
			if err := os.Truncate(file, 100); err != nil {
				t.Fatal(err)
			}
		}
		other := protocol.NewWorkspace(t, start)
		other.Configure(config)
		if whole := other.ReadState(file); whole == half {
			t.Errorf("half a file: %v, and it was read as a whole: %v", half, whole)
		}
		if does, err := other.Plan(); err != nil || does != "" || !slices.Equal(other.Addresses(),
			[]string{"novasphere_compute_flavor.f[0]", "novasphere_compute_flavor.f[1]"}) {
			t.Errorf("from the file (half of it: %v) there are %v, and the plan does %q: %v", half, other.Addresses(), does, err)
		}
	}
	if err := ws.Destroy(); err != nil || len(vc.Catalogue()) > 0 {
		t.Errorf("%v, and the catalogue holds %v", err, vc.Catalogue())
	}
}
