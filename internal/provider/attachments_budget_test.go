package provider_test

import (
	"fmt"
	"strings"
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

// TestBenchAttachments measures attachments for make bench, and prints the calls of each step in all, and for each attachment.
func TestBenchAttachments(t *testing.T) { //nolint:paralleltest // the measurement needs the whole computer
	if *benchSizes == "" {
		t.Skip("make bench measures")
	}
	head := "| attachments | added per call |"
	for _, step := range attachmentSteps {
		head += " " + step + ": calls, each, s |"
	}
	fmt.Printf("\nWhat attachments of volumes to three instances cost the vCenter, ten at a time: calls in all, calls per attachment, "+
		"seconds.\n\n%s\n|---|---|%s\n", head, strings.Repeat("---|", len(attachmentSteps)))
	for _, n := range numbers(t, *benchSizes) {
		if n > 180 { // what three instances have places for
			continue
		}
		for _, delay := range numbers(t, *benchDelays) {
			measured := attachmentCalls(t, n, time.Duration(delay)*time.Millisecond)
			row := fmt.Sprintf("| %d | %d ms |", n, delay)
			for _, step := range attachmentSteps {
				total := acctest.Total(measured[step].calls)
				row += fmt.Sprintf(" %d, %.2f, %.1f |", total, float64(total)/float64(n), measured[step].took.Seconds())
			}
			fmt.Println(row)
		}
	}
}

// TestAccCallsPerAttachment counts the calls of forty attachments to three instances, ten at a time.
func TestAccCallsPerAttachment(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	const n = 40
	measured := attachmentCalls(t, n, callDelay)
	for _, step := range attachmentSteps {
		calls := measured[step].calls
		for _, session := range []string{"GET /sdk/vimServiceVersions.xml", "RetrieveServiceContent", "Login", "Logout"} {
			delete(calls, session)
		}
		t.Logf("%-8s %5.2f calls per attachment, %4d in all, %4.1f s: %s", step, float64(acctest.Total(calls))/n, acctest.Total(calls),
			measured[step].took.Seconds(), callList(calls))
		if most := attachmentBudget(step, n); acctest.Total(calls) > most {
			t.Errorf("%s: %d calls, more than %d: %s", step, acctest.Total(calls), most, callList(calls))
		}
	}
}
