// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"strings"
	"testing"
)

// TestFoldersAreNeverDestroyed: a folder would take along whatever others keep in it. Nothing is sent for one.
func TestFoldersAreNeverDestroyed(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Folder", "Datacenter", "ResourcePool"} {
		if err := (&Conn{}).Destroy(t.Context(), ref{Type: kind, Value: "group-v3"}); err == nil ||
			!strings.Contains(err.Error(), "never destroyed") {
			t.Errorf("a %s: %v", kind, err)
		}
	}
}
