// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccForeignMachines plans and applies beside two thousand foreign VMs, half of them in our own folder. The received bytes differ by
// at most a twentieth.
func TestAccForeignMachines(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	steps := []string{"first plan", "apply", "plan", "destroy"}
	received := map[int]map[string]int64{}
	for _, foreign := range []int{2, 2000} {
		vc := acctest.Start(t, vcsim.Options{ForeignVMs: foreign})
		wire := vc.Wire(t)
		ws := vc.NewWorkspace(t, wire, small(10, "0s"))
		received[foreign] = map[string]int64{}
		measure := func(step string, act func()) {
			wire.Take()
			act()
			calls, bytes := wire.Take()
			received[foreign][step] = bytes
			t.Logf("%5d foreign machines, %-10s: %7d bytes in %d calls", foreign, step, bytes, acctest.Total(calls))
		}
		measure("first plan", func() { ws.Must("plan", "-parallelism=1", "-no-color") })
		measure("apply", func() { ws.Apply() })
		measure("plan", func() { ws.Must("plan", "-detailed-exitcode", "-parallelism=1", "-no-color") }) // one by one: always in the same calls
		measure("destroy", func() { ws.Destroy() })
		if n := len(vc.VMs("OpenStack/*")); n != foreign/2 {
			t.Errorf("%d machines are left in the folder, not %d", n, foreign/2)
		}
	}
	for _, step := range steps {
		without, with := received[2][step], received[2000][step]
		limit := 1.05 // for a plan
		if step == "apply" || step == "destroy" {
			limit = 1.5 // the number of polls depends on how long tasks take, which is longer on a busy computer
		}
		if without == 0 || float64(with) > limit*float64(without) {
			t.Errorf("%s: %d bytes beside 2,000 foreign machines, %d beside two", step, with, without)
		}
	}
}
