// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// disks are a flavor's worth of volumes, half of them of a type, so that their policies are asked for.
const disks = `
resource "novasphere_blockstorage_volume" "data" {
  count       = %d
  name        = "data-${count.index}"
  description = "of the shop"
  size        = %d
  metadata    = { role = "db", index = count.index }
  volume_type = count.index %% 2 == 0 ? "vSAN Default Storage Policy" : null
}
`

// volumeSteps are what is done with the volumes, in this order.
var volumeSteps = []string{"create", "plan", "grow", "destroy"}

// volumeBudget is how many calls each step may take for n volumes, beside those of the sessions. A plan of any number asks for the volumes,
// their machines and their policies once each.
func volumeBudget(step string, n int) int {
	return map[string]int{"create": 2*n + 40, "plan": 10, "grow": 3*n + 40, "destroy": 2*n + 40}[step]
}

// volumeCalls counts the calls of each step.
func volumeCalls(t *testing.T, n int, delay time.Duration) map[string]sample {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	wire.Delay(delay)
	ws := vc.NewWorkspace(t, wire, fmt.Sprintf(disks, n, 1))
	out := map[string]sample{}
	measure := func(step string, act func()) {
		t.Helper()
		start := time.Now()
		act()
		calls, bytes := wire.Take()
		out[step] = sample{calls: calls, bytes: bytes, took: time.Since(start)}
	}
	measure("create", func() { ws.Apply() })
	measure("plan", ws.PlanIsEmpty)
	ws.Configure(fmt.Sprintf(disks, n, 2))
	measure("grow", func() { ws.Apply() })
	measure("destroy", func() { ws.Destroy() })
	if deleted := vc.DiskDeletes(); len(deleted) != n {
		t.Errorf("%d disks were deleted, and not %d", len(deleted), n)
	}
	return out
}

// countedVolumes are volumes as their calls are counted.
var countedVolumes = stepped{noun: "volume", costs: "volumes, half of them with a storage policy,", steps: volumeSteps,
	calls: volumeCalls, budget: volumeBudget}

// TestBenchVolumes measures volumes for make bench.
func TestBenchVolumes(t *testing.T) { //nolint:paralleltest // the measurement needs the whole computer
	countedVolumes.bench(t, func(n int, first bool) bool { return n >= huge && !first })
}

// TestAccCallsPerVolume counts the calls of a hundred volumes, ten at a time.
func TestAccCallsPerVolume(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	countedVolumes.check(t, 100)
}
