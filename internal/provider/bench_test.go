package provider_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

var (
	benchSizes    = flag.String("bench-n", "", "numbers of instances to measure, separated by commas; empty: nothing is measured")
	benchDelays   = flag.String("bench-delay", "0,20", "milliseconds that every call to the vCenter takes longer")
	benchParallel = flag.String("bench-parallelism", "10,50", "operations of terraform at a time")
	benchPlain    = flag.Bool("bench-unmodified", false, "measure with govmomi's simulator as it is, whose guests report no addresses")
)

// steps are what is measured, in this order.
var steps = []string{"create", "plan", "resize", "destroy"}

// sample is what one step cost.
type sample struct {
	calls  map[string]int
	bytes  int64
	took   time.Duration
	memory int64 // KiB, the largest of the provider's processes
}

// TestBench measures the matrix of make bench and prints it as Markdown. make test leaves it out.
func TestBench(t *testing.T) { //nolint:paralleltest // what is measured has the machine to itself
	if *benchSizes == "" {
		t.Skip("make bench measures")
	}
	fmt.Printf("\n| instances | added per call | parallelism |%s peak memory |\n|---|---|---|%s---|\n", heads("%s: calls, KiB, s |"), strings.Repeat("---|", len(steps)))
	methods := map[string]map[string]int{}
	for _, n := range numbers(t, *benchSizes) {
		for _, delay := range numbers(t, *benchDelays) {
			for _, parallelism := range numbers(t, *benchParallel) {
				cell := benchCell(t, n, parallelism, time.Duration(delay)*time.Millisecond)
				fmt.Println(row(n, delay, parallelism, cell))
				if n == 100 && parallelism == 10 {
					for _, step := range steps {
						methods[step] = cell[step].calls
					}
				}
			}
		}
	}
	if len(methods) > 0 {
		fmt.Printf("\n%s\n", byMethod(methods))
	}
}

func heads(format string) (out string) {
	for _, step := range steps {
		out += " " + fmt.Sprintf(format, step)
	}
	return out
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

// benchCell measures one size with a vCenter of its own.
func benchCell(t *testing.T, n, parallelism int, delay time.Duration) map[string]sample {
	vc := acctest.Start(t, vcsim.Options{Unmodified: *benchPlain})
	wire := vc.Wire(t)
	wire.Delay(delay)
	wait := map[bool]string{false: "5m", true: "0s"}[*benchPlain]
	ws := vc.NewWorkspace(t, wire, fmt.Sprintf(fleet, 2, 4096, n, wait), "TF_CLI_ARGS_apply=-parallelism="+strconv.Itoa(parallelism),
		"TF_CLI_ARGS_plan=-parallelism="+strconv.Itoa(parallelism), "TF_CLI_ARGS_destroy=-parallelism="+strconv.Itoa(parallelism))
	out := map[string]sample{}
	measure := func(step string, act func()) {
		memory := watchMemory()
		start := time.Now()
		act()
		calls, bytes := wire.Take()
		out[step] = sample{calls: calls, bytes: bytes, took: time.Since(start), memory: memory()}
	}
	measure("create", func() { ws.Apply() })
	checkFleet(t, vc, n, 2, 4096)
	measure("plan", ws.PlanIsEmpty)
	ws.Configure(fmt.Sprintf(fleet, 4, 8192, n, wait))
	measure("resize", func() { ws.Apply() })
	measure("destroy", func() { ws.Destroy() })
	return out
}

// watchMemory looks every 20 ms at the most memory that a process of the provider has ever had; what it gives ends it.
func watchMemory() (peak func() int64) {
	var most atomic.Int64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				most.Store(max(most.Load(), residentPeak()))
			}
		}
	}()
	return func() int64 {
		close(done)
		<-ended
		return most.Load()
	}
}

// residentPeak is the largest VmHWM among the provider's processes, in KiB, by /proc; 0 where there is none.
func residentPeak() (most int64) {
	files, _ := filepath.Glob("/proc/[0-9]*/status") // the pattern is right
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if text := string(raw); err == nil && strings.HasPrefix(text, "Name:\tterraform-provi") {
			_, after, _ := strings.Cut(text, "VmHWM:")
			var kib int64
			if _, err := fmt.Sscan(after, &kib); err == nil {
				most = max(most, kib)
			}
		}
	}
	return most
}

func row(n, delay, parallelism int, cell map[string]sample) string {
	out, memory := fmt.Sprintf("| %d | %d ms | %d |", n, delay, parallelism), int64(0)
	for _, step := range steps {
		s := cell[step]
		out += fmt.Sprintf(" %.2f, %d, %.1f |", float64(acctest.Total(s.calls))/float64(n), s.bytes>>10/int64(n), s.took.Seconds())
		memory = max(memory, s.memory)
	}
	return out + fmt.Sprintf(" %d MiB |", memory>>10)
}

// byMethod is a table of the calls of each step, by what was called.
func byMethod(methods map[string]map[string]int) string {
	all := map[string]bool{}
	for _, calls := range methods {
		for name := range calls {
			all[name] = true
		}
	}
	out := "| calls for 100 instances |" + heads("%s |") + "\n|---|" + strings.Repeat("---|", len(steps)) + "\n"
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out += "| " + name + " |"
		for _, step := range steps {
			out += fmt.Sprintf(" %d |", methods[step][name])
		}
		out += "\n"
	}
	return out
}
