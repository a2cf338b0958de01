// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// disksOnInstances are volumes, three instances, and the attachments of the one to the other: 0 or as many as there are volumes.
const disksOnInstances = `
resource "novasphere_compute_flavor" "small" {
  name  = "small"
  vcpus = 1
  ram   = 1024
  disk  = 10
}
resource "novasphere_compute_instance" "i" {
  count       = 3
  name        = "i-${count.index}"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
  wait_for_ip = "0s"
  network { name = "public" }
}
resource "novasphere_blockstorage_volume" "v" {
  count = %d
  name  = "v-${count.index}"
  size  = 1
}
resource "novasphere_compute_volume_attach" "a" {
  count       = %d
  instance_id = novasphere_compute_instance.i[count.index %% 3].id
  volume_id   = novasphere_blockstorage_volume.v[count.index].id
}
`

// attachmentSteps are what is done with the attachments, in this order.
var attachmentSteps = []string{"attach", "plan", "detach"}

// attachmentBudget is how many calls each step may take for n attachments to three instances, beside those of the sessions, and with those
// of the refresh of everything.
func attachmentBudget(step string, n int) int {
	return map[string]int{"attach": 3*n + 20, "plan": 10, "detach": 2*n + 20}[step]
}

// attachmentCalls counts the calls of each step.
func attachmentCalls(t *testing.T, n int, delay time.Duration) map[string]sample {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, fmt.Sprintf(disksOnInstances, n, 0))
	ws.Apply()
	wire.Delay(delay)
	wire.Take()
	out := map[string]sample{}
	measure := func(step string, act func()) {
		t.Helper()
		start := time.Now()
		act()
		calls, bytes := wire.Take()
		out[step] = sample{calls: calls, bytes: bytes, took: time.Since(start)}
	}
	attached := func() (count int) {
		for _, vm := range vc.VMs("OpenStack/i-*") {
			count += len(vc.Attached(vm))
		}
		return count
	}
	ws.Configure(fmt.Sprintf(disksOnInstances, n, n))
	measure("attach", func() { ws.Apply() })
	if attached() != n {
		t.Errorf("%d volumes are attached, and not %d", attached(), n)
	}
	measure("plan", ws.PlanIsEmpty)
	ws.Configure(fmt.Sprintf(disksOnInstances, n, 0))
	measure("detach", func() { ws.Apply() })
	if attached() != 0 || len(vc.Disks()) != n {
		t.Errorf("%d volumes are attached still, and %d are there", attached(), len(vc.Disks()))
	}
	return out
}

// countedAttachments are attachments as their calls are counted.
var countedAttachments = stepped{noun: "attachment", costs: "attachments of volumes to three instances", steps: attachmentSteps,
	calls: attachmentCalls, budget: attachmentBudget}

// TestBenchAttachments measures attachments for make bench, as many as three instances have places for.
func TestBenchAttachments(t *testing.T) { //nolint:paralleltest // the measurement needs the whole computer
	countedAttachments.bench(t, func(n int, _ bool) bool { return n > 180 })
}

// TestAccCallsPerAttachment counts the calls of forty attachments to three instances, ten at a time.
func TestAccCallsPerAttachment(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	countedAttachments.check(t, 40)
}
