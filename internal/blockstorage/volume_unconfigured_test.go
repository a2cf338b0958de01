// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestVolumePlannedWithoutAVCenter: while the provider's configuration is unknown, a plan refuses what no vCenter can do, and leaves the
// rest to the apply.
func TestVolumePlannedWithoutAVCenter(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	v := l.create("data", 2, nil)
	unknown := l.vc.Provider(t, map[string]any{"vsphere_server": tftypes.UnknownValue})
	none := unknown.None(kindOfVolume)
	if plan := unknown.Plan(kindOfVolume, volume("data", 1, nil), none); len(plan.Diagnostics) > 0 || plan.Action != protocol.Create {
		t.Errorf("a new one is to %s: %v", plan.Action, plan.Diagnostics)
	}
	if plan := unknown.Plan(kindOfVolume, volume("data", 3, nil), v); len(plan.Diagnostics) > 0 || plan.Action != protocol.Update {
		t.Errorf("a larger size is to %s: %v", plan.Action, plan.Diagnostics)
	}
	fresh := func(more map[string]any) protocol.Plan {
		return unknown.Plan(kindOfVolume, volume("data", 1, more), none)
	}
	for text, plan := range map[string]protocol.Plan{
		"cannot shrink to 1 GiB":           unknown.Plan(kindOfVolume, volume("data", 1, nil), v),
		"there is no backup service here":  fresh(map[string]any{"backup_id": "x"}),
		"write only one of them":           fresh(map[string]any{"image_id": "a", "source_vol_id": "b"}),
		"holds 255 bytes at most, and the": fresh(map[string]any{"description": strings.Repeat("ä", 200)}),
	} {
		if said := fmt.Sprint(plan.Errors()); !strings.Contains(said, text) {
			t.Errorf("the plan says %v, and not %q", said, text)
		}
	}
}
