// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestZonesOfVolumes: a zone whose datastores no volume can lie on is unavailable.
func TestZonesOfVolumes(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	broken := &lab{t, l.vc, l.vc.Provider(t, map[string]any{"availability_zone": []any{
		map[string]any{"name": "az1", "cluster": "compute"},
		map[string]any{"name": "az2", "cluster": "compute", "storage_policy": "platinum"}}})}
	for state, want := range map[string]string{"available": "[az1 nova]", "unavailable": "[az2]"} {
		found, reported := broken.Query("novasphere_blockstorage_availability_zones", map[string]any{"state": state})
		if got := fmt.Sprint(list(l, found["names"])); got != want || len(reported) > 1 {
			t.Errorf("%s: %s, %v", state, got, reported)
		}
		if state == "available" && !strings.Contains(fmt.Sprint(reported), "The zone az2 takes no volumes: ") {
			t.Errorf("it reports %v", reported)
		}
	}
	if found := l.ask("availability_zones", nil); fmt.Sprint(list(l, found["names"])) != "[nova]" {
		t.Errorf("found %v", found)
	}
}
