// SPDX-License-Identifier: MPL-2.0

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
	b := startNSXBench(t, fmt.Sprintf(portsOnNSX, n), delay)
	b.measure("create", func() { b.ws.Apply() })
	if got := len(b.vc.NSX.Paths("SegmentPort")); got != n {
		t.Errorf("NSX has %d segment ports, and not %d", got, n)
	}
	b.measure("plan", b.ws.PlanIsEmpty)
	b.measure("destroy", func() { b.ws.Destroy() })
	if left := append(b.vc.NSX.Paths("SegmentPort"), b.vc.NSX.Paths("Segment")...); len(left) > 0 {
		t.Errorf("NSX still holds %v", left)
	}
	return b.samples
}

// nsxBench is a workspace on a vCenter with an NSX whose calls are counted.
type nsxBench struct {
	vc      *acctest.VCenter
	ws      *acctest.Workspace
	samples map[string]sample
}

func startNSXBench(t *testing.T, config string, delay time.Duration) nsxBench {
	t.Helper()
	vc := acctest.StartWithNSX(t, acctest.NSXOptions{})
	wire := vc.Wire(t)
	wire.Delay(delay)
	var env []string
	for name, value := range vc.NSX.Environment() {
		env = append(env, name+"="+value)
	}
	return nsxBench{vc, vc.NewWorkspace(t, wire, config, env...), map[string]sample{}}
}

// measure counts the calls of a step. A plan's lists count with all else.
func (b nsxBench) measure(step string, act func()) {
	b.vc.NSX.ResetCalls()
	start := time.Now()
	act()
	took := time.Since(start)
	calls, lists := nsxCalls(b.vc)
	if step == "plan" {
		for what, count := range lists {
			calls[what] += count
		}
	} else {
		b.samples[step+": lists"] = sample{calls: lists, took: took}
	}
	b.samples[step] = sample{calls: calls, took: took}
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

// behindARouter are ports in two groups on a network of NSX, behind a router that translates their addresses.
const behindARouter = `
provider "novasphere" {
  security_groups = "nsx"
  routers         = "nsx"
  nsx {}
}
resource "novasphere_networking_network" "outside" {
  name     = "outside"
  external = true
  segments { physical_network = "tier-0" }
}
resource "novasphere_networking_subnet" "outside" {
  network_id = novasphere_networking_network.outside.id
  cidr       = "203.0.113.0/24"
}
resource "novasphere_networking_network" "n" { name = "n" }
resource "novasphere_networking_subnet" "s" {
  network_id = novasphere_networking_network.n.id
  cidr       = "10.0.0.0/16"
}
resource "novasphere_networking_router" "r" {
  name                = "r"
  external_network_id = novasphere_networking_network.outside.id
  depends_on          = [novasphere_networking_subnet.outside]
}
resource "novasphere_networking_router_interface" "i" {
  router_id = novasphere_networking_router.r.id
  subnet_id = novasphere_networking_subnet.s.id
}
resource "novasphere_networking_secgroup" "g" {
  count = 2
  name  = "g-${count.index}"
}
resource "novasphere_networking_secgroup_rule" "r" {
  for_each          = toset([%[2]s])
  security_group_id = novasphere_networking_secgroup.g[0].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = each.key
  port_range_max    = each.key
  remote_group_id   = novasphere_networking_secgroup.g[1].id
}
resource "novasphere_networking_port" "p" {
  count              = %[1]d
  network_id         = novasphere_networking_network.n.id
  security_group_ids = novasphere_networking_secgroup.g[*].id
  fixed_ip { subnet_id = novasphere_networking_subnet.s.id }
  depends_on = [novasphere_networking_secgroup_rule.r]
}
`

// nsxRouterSteps are what is done with the ports behind a router. A rule comes and goes before the end.
var nsxRouterSteps = []string{"create", "create: lists", "plan", "rule", "rule: lists", "destroy", "destroy: lists"}

// nsxRouterBudget is how many calls of NSX each step may take for n ports. A rule costs the same whatever their number: what a plan asks,
// and the write of one policy.
func nsxRouterBudget(step string, n int) int {
	return map[string]int{"create": 2*n + 100, "create: lists": 60, "plan": 20, "rule": 30, "rule: lists": 20, "destroy": 2*n + 100,
		"destroy: lists": 60}[step]
}

// nsxRouterCalls counts the calls of NSX of each step.
func nsxRouterCalls(t *testing.T, n int, delay time.Duration) map[string]sample {
	t.Helper()
	b := startNSXBench(t, fmt.Sprintf(behindARouter, n, `"80"`), delay)
	b.measure("create", func() { b.ws.Apply() })
	if got := len(b.vc.NSX.Paths("SegmentPort")); got != n {
		t.Errorf("NSX has %d segment ports, and not %d", got, n)
	}
	b.measure("plan", b.ws.PlanIsEmpty)
	b.ws.Configure(fmt.Sprintf(behindARouter, n, `"80", "443"`))
	b.measure("rule", func() { b.ws.Apply() })
	writes := map[string]int{}
	for what, count := range b.samples["rule"].calls {
		if !strings.HasPrefix(what, "GET") && !strings.Contains(what, "session") {
			writes[what] += count
		}
	}
	if len(writes) != 1 || acctest.Total(writes) != 1 {
		t.Errorf("a rule writes %s", callList(writes))
	}
	b.measure("destroy", func() { b.ws.Destroy() })
	if left := b.vc.NSX.Left(); len(left) > 0 {
		t.Errorf("NSX still holds %v", left)
	}
	return b.samples
}

// countedNSXRouter are ports behind a router of NSX as their calls are counted.
var countedNSXRouter = stepped{noun: "port", costs: "ports in two groups behind a router", whom: "NSX", steps: nsxRouterSteps,
	calls: nsxRouterCalls, budget: nsxRouterBudget}

// TestBenchNSXRouter measures ports behind a router of NSX for make bench: what they cost NSX.
func TestBenchNSXRouter(t *testing.T) { //nolint:paralleltest // the measurement needs the whole computer
	countedNSXRouter.bench(t, func(n int, first bool) bool { return n > 300 || !first })
}

// TestAccCallsPerPortBehindARouter counts the calls of NSX of a hundred ports in two groups behind one router, ten at a time.
func TestAccCallsPerPortBehindARouter(t *testing.T) { //nolint:paralleltest // how many calls are combined depends on the load
	countedNSXRouter.check(t, 100)
}
