// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestActionsOnNovasMachine: an instance that Nova made, and that no resource has recorded, can be acted on: its record is Nova's, and
// stays as it is.
func TestActionsOnNovasMachine(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	all := recordings.Condensed(t)
	first := slices.IndexFunc(all, func(r recordings.Recording) bool { return strings.HasPrefix(r.Name, "001") })
	if first < 0 {
		t.Fatal("there is no recording 001")
	}
	made, err := l.Replayer(t).Replay(all[first], 0)
	if err != nil || len(made) != 1 {
		t.Fatalf("%d machines: %v", len(made), err)
	}
	before := acctest.Extra(l.VM(made[0].Path))
	l.done(power, map[string]any{"instance_id": made[0].ID, "state": "active"})
	l.done(reboot, map[string]any{"instance_id": made[0].ID, "type": "hard"})
	l.done(migrate, map[string]any{"instance_id": made[0].ID})
	l.done(power, map[string]any{"instance_id": made[0].ID, "state": "shutoff"})
	after := acctest.Extra(l.VM(made[0].Path))
	for key := range after {
		if strings.HasPrefix(key, "novasphere.") && before[key] == "" {
			t.Errorf("it was given %s", key)
		}
	}
}
