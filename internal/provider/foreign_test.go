package provider_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccForeignMachines plans and applies beside two thousand machines of other people, half of them in our own folder. What
// is received differs by at most a twentieth.
func TestAccForeignMachines(t *testing.T) { //nolint:paralleltest // how many calls go together depends on what else the machine does
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
		limit := 1.05 // of a plan
		if step == "apply" || step == "destroy" {
			limit = 1.5 // polls come as often as tasks take, and those take longer on a busy machine
		}
		if without == 0 || float64(with) > limit*float64(without) {
			t.Errorf("%s: %d bytes beside 2,000 foreign machines, %d beside two", step, with, without)
		}
	}
}
