// SPDX-License-Identifier: MPL-2.0

package diskimage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
)

// TestInspect: the size of a disk is told, and a file of another format is refused, without its data being read.
func TestInspect(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(name, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		disk, container, says string
		size                  int64
	}{
		{"raw", "bare", "", 4 << 20},
		{"qcow2", "bare", "is not a qcow2 image", 0},
		{"vmdk", "ova", "is not a tar archive", 0},
		{"iso", "bare", "is not an ISO image", 0},
	} {
		size, err := diskimage.Inspect(t.Context(), diskimage.Source{Path: name, DiskFormat: c.disk, ContainerFormat: c.container})
		if err != nil && (c.says == "" || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s %s: %s", c.container, c.disk, err)
		}
		if err == nil && (c.says != "" || size != c.size) {
			t.Errorf("%s %s: %d bytes", c.container, c.disk, size)
		}
	}
}
