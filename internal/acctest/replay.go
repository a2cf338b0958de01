// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/replay"
)

// Replayed is a VM as Nova's own driver made it.
type Replayed = replay.Machine

// Replayer repeats the recorded calls of Nova's driver on an embedded vCenter, as long as its test runs.
type Replayer struct {
	replayer *replay.Replayer
	t        testing.TB
}

// Replayer makes Nova's folders and returns a Replayer.
func (v *VCenter) Replayer(t testing.TB) *Replayer {
	t.Helper()
	r, err := replay.New(t.Context(), v.Client().Client, v.Datacenter(1))
	if err != nil {
		t.Fatal(err)
	}
	return &Replayer{r, t}
}

// Replay executes the first steps of a recording, or all of them if steps is 0, and returns the VMs that it made. Its error is the
// vCenter's refusal.
func (r *Replayer) Replay(rec recordings.Recording, steps int) ([]Replayed, error) {
	return r.replayer.Replay(r.t.Context(), rec, steps)
}

// All replays every recording that leaves a VM, and returns the VMs in the recordings' order.
func (r *Replayer) All() []Replayed {
	r.t.Helper()
	all, err := r.replayer.All(r.t.Context(), recordings.Condensed(r.t))
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}
