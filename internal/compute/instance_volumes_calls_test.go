// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestBootVolumeCalls counts the calls that make an instance: one that boots from a volume of its own record takes three more than one with
// a local disk. A copy of an image that stays takes three beside its start, which is a call of its own where something is to be done first.
func TestBootVolumeCalls(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	wire := l.vc.Wire(t)
	l.p = l.vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	local := map[string]any{"source_type": "image", "uuid": l.image, "destination_type": "local", "boot_index": 0}
	count := func(name string, block any) map[string]int {
		t.Helper()
		wanted := l.instance(block)
		wanted["name"] = name
		plan := l.p.Plan(kindOfInstance, wanted, l.p.None(kindOfInstance))
		wire.Take()
		if _, reported := l.p.Apply(plan); len(reported) > 0 {
			t.Fatal(reported)
		}
		calls, _ := wire.Take()
		maps.DeleteFunc(calls, func(name string, _ int) bool { // how often tasks and machines are looked at depends on time
			return strings.HasPrefix(name, "RetrievePropertiesEx")
		})
		return calls
	}
	count("first", local) // what is looked up once
	plain := count("plain", local)
	t.Logf("local: %d calls %v", acctest.Total(plain), plain)
	volume := l.p.Bring("novasphere_blockstorage_volume", map[string]any{"name": "boot", "size": 5, "image_id": l.image},
		l.p.None("novasphere_blockstorage_volume"))
	for name, boots := range map[string]struct {
		block any
		most  int // calls more than for a local disk
	}{
		"copy":   {to("image", l.image, map[string]any{"volume_size": 5, "delete_on_termination": true}), 0},
		"stays":  {to("image", l.image, map[string]any{"volume_size": 5}), 4}, // it is registered before a start of its own
		"volume": {to("volume", volume.Text("id"), nil), 3},
	} {
		calls := count(name, boots.block)
		more := acctest.Total(calls) - acctest.Total(plain)
		t.Logf("%s: %d more, %v", name, more, calls)
		if more > boots.most {
			t.Errorf("%s takes %d calls more: %v instead of %v", name, more, calls, plain)
		}
	}
}
