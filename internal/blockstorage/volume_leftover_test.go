// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestVolumeLeftOver: a volume that a killed apply may have left is named when its like is made, with the block that imports it. It is not
// taken over: another configuration may hold it.
func TestVolumeLeftOver(t *testing.T) {
	t.Parallel()
	l := labOf(t, vcsim.Options{})
	left, other := l.create("data", 1, nil), l.create("other", 1, nil)
	fresh := l.vc.Provider(t, nil) // as the next process
	made, said := fresh.Apply(fresh.Plan(kindOfVolume, volume("data", 1, nil), fresh.None(kindOfVolume)))
	text := fmt.Sprint(said)
	if !strings.Contains(text, "A volume of this name is there already") || !strings.Contains(text, fmt.Sprintf("id = %q", left.Text("id"))) ||
		strings.Contains(text, other.Text("id")) {
		t.Errorf("the creation says %v", said)
	}
	if made.Text("id") == left.Text("id") || len(l.disks()) != 3 {
		t.Errorf("it was taken over: there are %v", l.disks())
	}
	again := l.vc.Provider(t, nil)
	for _, v := range l.disks() { // the state has all
		if _, said := again.Read(left); len(said) > 0 {
			t.Fatal(v, said)
		}
	}
	again.Read(made)
	for name, size := range map[string]int{"data": 1, "fresh": 1, "other": 2} {
		if _, said := again.Apply(again.Plan(kindOfVolume, volume(name, size, nil), again.None(kindOfVolume))); len(said) > 0 {
			t.Errorf("%s of %d GiB: the creation says %v", name, size, said)
		}
	}
}
