// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

var (
	benchSizes    = flag.String("bench-n", "", "numbers of instances to measure, separated by commas; empty: nothing is measured")
	benchDelays   = flag.String("bench-delay", "0,20", "milliseconds that every call to the vCenter takes longer")
	benchParallel = flag.String("bench-parallelism", "10,50", "operations of terraform at a time")
	benchPlain    = flag.Bool("bench-unmodified", false, "measure with govmomi's simulator as it is, whose guests report no addresses")
)

// steps are the measured steps, in this order. A resize with hot-add leaves the VM running; one without stops and starts it.
var steps = []string{"create", "plan", "resize", "resize off", "destroy"}

// sample is the cost of one step.
type sample struct {
	calls map[string]int
	bytes int64
	took  time.Duration
	usage
}

// cell is a size of the fleet and the conditions under which it is made.
type cell struct{ n, delay, parallelism int }

// Sizes from large on are measured at the first parallelism only, and from huge on at the first delay only: a hundred instances show what
// these change, and large sizes take most of the time.
const large, huge = 300, 1000

// report is the format of the guide what-a-vcenter-is-asked.md.
const report = `%s

What the vCenter is asked for: calls per instance, KiB per instance.

%s
What it takes here: seconds in all, CPU milliseconds per instance of the provider's processes and of the CLI, and the most memory that a
process of the provider had.

%s`

// TestBench measures the matrix of make bench and prints it as Markdown. make test skips it.
func TestBench(t *testing.T) { //nolint:paralleltest // the measurement needs the whole computer
	if *benchSizes == "" {
		t.Skip("make bench measures")
	}
	machine := thisMachine(t)
	var cells []cell
	for _, n := range numbers(t, *benchSizes) {
		for first, delay := range numbers(t, *benchDelays) {
			for i, parallelism := range numbers(t, *benchParallel) {
				if (n < large || i == 0) && (n < huge || first == 0) {
					cells = append(cells, cell{n, delay, parallelism})
				}
			}
		}
	}
	measured := map[cell]map[string]sample{}
	for i, c := range cells {
		fmt.Fprintf(os.Stderr, "measuring %d of %d: %d instances, %d ms a call, %d at a time\n", i+1, len(cells), c.n, c.delay, c.parallelism)
		measured[c] = benchCell(t, c)
	}
	fmt.Printf(report, machine, table("calls, KiB", cells, measured, asked), table("s, provider, CLI, MiB", cells, measured, spent))
	if c := (cell{100, slices.Max(numbers(t, *benchDelays)), 10}); measured[c] != nil {
		fmt.Printf("\nWhat is called, for 100 instances, %d ms a call and ten operations at a time, in all:\n\n%s", c.delay,
			byMethod(measured[c]))
	}
}

// thisMachine describes the computer of the measurement in a sentence.
func thisMachine(t *testing.T) string {
	found, err := cli.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	processor := "an unknown processor"
	if cpus, _ := os.ReadFile("/proc/cpuinfo"); strings.Contains(string(cpus), "model name") { // a computer without it is measured too
		_, processor, _ = strings.Cut(string(cpus), "model name")
		processor, _, _ = strings.Cut(strings.TrimLeft(processor, "\t: "), "\n")
	}
	memory := int64(0)
	if total, err := os.ReadFile("/proc/meminfo"); err == nil {
		_, _ = fmt.Sscanf(string(total), "MemTotal: %d", &memory)
	}
	simulator := map[bool]string{false: "with this project's rules", true: "unmodified"}[*benchPlain]
	return fmt.Sprintf("Measured on %s, %d cores, %d GiB, with %s and %s, against the simulator %s, which has a part of the cores.",
		processor, runtime.NumCPU(), (memory+1<<19)>>20, found.Version, runtime.Version(), simulator)
}

func numbers(t *testing.T, list string) (out []int) {
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 {
			t.Fatalf("%q is not a list of numbers", list)
		}
		out = append(out, n)
	}
	return out
}

// benchCell measures one size with its own vCenter.
func benchCell(t *testing.T, c cell) map[string]sample {
	vc := acctest.Start(t, vcsim.Options{Unmodified: *benchPlain})
	wire := vc.Wire(t)
	wire.Delay(time.Duration(c.delay) * time.Millisecond)
	wait := map[bool]string{false: "5m", true: "0s"}[*benchPlain]
	small, big := fmt.Sprintf(fleet, 2, 4096, c.n, wait), fmt.Sprintf(fleet, 4, 8192, c.n, wait)
	ws := vc.NewWorkspace(t, wire, small)
	out := map[string]sample{}
	measure := func(step string, args ...string) {
		t.Helper()
		start := time.Now()
		used := watched(t, ws, append(args, "-no-color", "-parallelism="+strconv.Itoa(c.parallelism)))
		took := time.Since(start)
		calls, bytes := wire.Take()
		out[step] = sample{calls, bytes, took, used}
		// printed at once, for runs that are ended early
		fmt.Fprintf(os.Stderr, "measured %s: %s; %s\n", step, asked(out[step], c.n), spent(out[step], c.n))
	}
	measure("create", "apply", "-auto-approve")
	checkFleet(t, vc, c.n, 2, 4096)
	measure("plan", "plan", "-detailed-exitcode")
	ws.Configure(big)
	measure("resize", "apply", "-auto-approve")
	checkFleet(t, vc, c.n, 4, 8192)
	ws.Configure(small) // a running VM cannot lose CPUs, so each is stopped and started
	vc.ResetCalls()
	measure("resize off", "apply", "-auto-approve")
	checkFleet(t, vc, c.n, 2, 4096)
	if started := vc.Calls()["PowerOnVM_Task"]; started != c.n {
		t.Errorf("%d machines were started by a resize of %d without hot-add", started, c.n)
	}
	measure("destroy", "destroy", "-auto-approve")
	return out
}

// watched runs a command of the CLI, which must succeed, and returns its usage.
func watched(t *testing.T, ws *acctest.Workspace, args []string) usage {
	t.Helper()
	var out bytes.Buffer
	cmd := ws.Start(t.Context(), &out, args...)
	used := watch(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("terraform %v: %s\n%s", args, err, out.String())
	}
	used.cli = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() - used.provider
	return used
}

// table returns a table with a row for each cell. figures formats a step.
func table(what string, cells []cell, measured map[cell]map[string]sample, figures func(sample, int) string) string {
	out := "| instances | added per call | parallelism |" + heads("%s: "+what+" |") + "\n|---|---|---|" + strings.Repeat("---|", len(steps)) +
		"\n"
	for _, c := range cells {
		out += fmt.Sprintf("| %d | %d ms | %d |", c.n, c.delay, c.parallelism)
		for _, step := range steps {
			out += " " + figures(measured[c][step], c.n) + " |"
		}
		out += "\n"
	}
	return out
}

func heads(format string) (out string) {
	for _, step := range steps {
		out += " " + fmt.Sprintf(format, step)
	}
	return out
}

// asked formats what an instance costs the vCenter, spent what it costs the client.
func asked(s sample, n int) string {
	return fmt.Sprintf("%.2f, %d", float64(acctest.Total(s.calls))/float64(n), s.bytes>>10/int64(n))
}

func spent(s sample, n int) string {
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(n) }
	return fmt.Sprintf("%.1f, %.1f, %.1f, %d", s.took.Seconds(), each(s.provider), each(s.cli), s.memory>>10)
}

// byMethod returns a table of the calls of each step, by method.
func byMethod(measured map[string]sample) string {
	all := map[string]bool{}
	for _, s := range measured {
		for name := range s.calls {
			all[name] = true
		}
	}
	out := "| calls for 100 instances |" + heads("%s |") + "\n|---|" + strings.Repeat("---|", len(steps)) + "\n"
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out += "| " + name + " |"
		for _, step := range steps {
			out += fmt.Sprintf(" %d |", measured[step].calls[name])
		}
		out += "\n"
	}
	return out
}
