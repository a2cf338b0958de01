package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// portsOnNSX are a network of NSX with a subnet, and as many instances on ports of their own.
const portsOnNSX = `
provider "novasphere" {
  nsx {}
}
resource "novasphere_compute_flavor" "small" {
  name  = "small"
  vcpus = 1
  ram   = 1024
  disk  = 20
}
resource "novasphere_networking_network" "n" { name = "n" }
resource "novasphere_networking_subnet" "s" {
  network_id = novasphere_networking_network.n.id
  cidr       = "10.0.0.0/16"
}
resource "novasphere_networking_port" "p" {
  count      = %[1]d
  network_id = novasphere_networking_network.n.id
  fixed_ip { subnet_id = novasphere_networking_subnet.s.id }
}
resource "novasphere_compute_instance" "i" {
  count       = %[1]d
  name        = "i-${count.index}"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
  wait_for_ip = "0s"
  network { port = novasphere_networking_port.p[count.index].id }
}
`

// nsxPortSteps are what is done with the ports, in this order. What waiting ports share is counted apart: the lists of ports and of what is
// realized.
var nsxPortSteps = []string{"create", "create: lists", "plan", "destroy", "destroy: lists"}

// nsxPortBudget is how many calls of NSX each step may take for n instances on ports of their own, with all else of the configuration.
func nsxPortBudget(step string, n int) int {
	return map[string]int{"create": 3*n + 40, "create: lists": 60, "plan": 20, "destroy": 2*n + 40, "destroy: lists": 60}[step]
}

// nsxCalls returns the calls of NSX by their method and kind, those of lists apart, and forgets them.
func nsxCalls(vc *acctest.VCenter) (calls, lists map[string]int) {
	calls, lists = map[string]int{}, map[string]int{}
	for _, c := range vc.NSX.Calls() {
		parts := strings.Split(strings.TrimPrefix(c.Path, "/policy/api/v1"), "/")
		what := c.Method
		for i, part := range parts {
			if i%2 == 0 || i == 1 || part == "ports" || i == len(parts)-1 && !strings.Contains(part, "-") {
				what += " " + part
			}
		}
		list := strings.HasSuffix(c.Path, "/ports") || strings.Contains(c.Path, "/realized-state/") || strings.HasSuffix(c.Path, "/search/query")
		if c.Method == "GET" && list {
			lists[what]++
		} else {
			calls[what]++
		}
	}
	vc.NSX.ResetCalls()
	return calls, lists
}

// nsxPortCalls counts the calls of NSX of each step.
func nsxPortCalls(t *testing.T, n int, delay time.Duration) map[string]sample {
	t.Helper()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	wire := vc.Wire(t)
	wire.Delay(delay)
	var env []string
	for name, value := range vc.NSX.Environment() {
		env = append(env, name+"="+value)
	}
	ws := vc.NewWorkspace(t, wire, fmt.Sprintf(portsOnNSX, n), env...)
	out := map[string]sample{}
	measure := func(step string, act func()) {
		t.Helper()
		vc.NSX.ResetCalls()
		start := time.Now()
		act()
		took := time.Since(start)
		calls, lists := nsxCalls(vc)
		if step == "plan" {
			for what, count := range lists {
				calls[what] += count
			}
		} else {
			out[step+": lists"] = sample{calls: lists, took: took}
		}
		out[step] = sample{calls: calls, took: took}
	}
	measure("create", func() { ws.Apply() })
	if got := len(vc.NSX.Paths("SegmentPort")); got != n {
		t.Errorf("NSX has %d segment ports, and not %d", got, n)
	}
	measure("plan", ws.PlanIsEmpty)
	measure("destroy", func() { ws.Destroy() })
	if left := append(vc.NSX.Paths("SegmentPort"), vc.NSX.Paths("Segment")...); len(left) > 0 {
		t.Errorf("NSX still holds %v", left)
	}
	return out
}

// countedNSXPorts are ports on NSX as their calls are counted.
var countedNSXPorts = stepped{noun: "port", costs: "instances on ports of their own", whom: "NSX", steps: nsxPortSteps,
	calls: nsxPortCalls, budget: nsxPortBudget}

// TestBenchNSXPorts measures instances on ports of NSX for make bench: what they cost NSX.
func TestBenchNSXPorts(t *testing.T) { //nolint:paralleltest // the measurement needs the whole computer
	countedNSXPorts.bench(t, func(n int, first bool) bool { return n > 300 || !first })
}

// TestAccCallsPerPortOnNSX counts the calls of NSX of a hundred instances on ports of their own, ten at a time.
func TestAccCallsPerPortOnNSX(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load of the computer
	countedNSXPorts.check(t, 100)
}
