// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// BenchmarkFleet measures what Terraform's commands cost the provider for each instance of the fleet of budget_test.go, ten at a time,
// without Terraform, gRPC and the vCenter, which is another process. Each figure is of a whole command, from the start of its providers
// to their logout: apply, resize and destroy are planned first, as Terraform does. The time includes the provider's waiting (reads are
// gathered for 20 ms); CPU, bytes and allocations do not.
//
//	go test ./internal/provider -run '^$' -bench Fleet/N=1000/plan -cpuprofile plan.out
func BenchmarkFleet(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			f := &benchFleet{n: n}
			defer f.drop()
			for _, c := range commands {
				b.Run(c.name, func(b *testing.B) { f.run(b, c) })
			}
		})
	}
}

// act is an operation on a fleet.
type act func(ctx context.Context, settings map[string]any, members []*member) error

// command is one of Terraform's commands, on a fleet that exists or not.
type command struct {
	name                string
	made                bool
	prepare, act, check act
}

var commands = []command{
	{name: "apply", act: create, check: settle},
	{name: "read", made: true, act: refresh},
	{name: "plan", made: true, act: planning, check: unchanged},
	{name: "resize", made: true, prepare: otherFlavor, act: change, check: settle},
	{name: "destroy", made: true, prepare: nothing, act: destroy},
}

// otherFlavor proposes the flavor that the fleet does not have.
func otherFlavor(ctx context.Context, _ map[string]any, members []*member) error {
	return propose(ctx, members, func(now map[string]tftypes.Value) map[string]tftypes.Value {
		flavor := "m1.small"
		if now["flavor_name"].Equal(tftypes.NewValue(tftypes.String, flavor)) {
			flavor = "m1.large"
		}
		now["flavor_name"] = tftypes.NewValue(tftypes.String, flavor)
		return now
	})
}

// nothing proposes to destroy the fleet.
func nothing(ctx context.Context, _ map[string]any, members []*member) error {
	return propose(ctx, members, func(map[string]tftypes.Value) map[string]tftypes.Value { return nil })
}

// benchFleet is the fleet of one size, which a command takes over from the one before where it can.
type benchFleet struct {
	n     int
	made  bool
	there vcenterOf
	end   func()
}

// run measures a command. Its figures do not include the start of a vCenter and the making of the fleet.
func (f *benchFleet) run(b *testing.B, c command) {
	var all cost
	do := func(act act) {
		if act != nil {
			if err := act(b.Context(), f.there.Settings, f.there.Members); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		b.StopTimer()
		f.start(b, c.made)
		do(c.prepare)
		runtime.GC() // earlier garbage does not count for this command
		b.StartTimer()
		done := costs(&all)
		do(c.act)
		done()
		b.StopTimer()
		do(c.check)
		if f.made = true; c.name == "destroy" {
			f.drop()
		}
		b.StartTimer()
	}
	all.report(b, float64(f.n*b.N))
}

// start starts a vCenter with a fleet, or without one.
func (f *benchFleet) start(b *testing.B, made bool) {
	if f.end != nil && f.made == made {
		return
	}
	f.drop()
	var err error
	if f.there, f.end, err = startFleet(f.n, made); err != nil {
		b.Fatal(err)
	}
	f.made = made
}

func (f *benchFleet) drop() {
	if f.end != nil {
		f.end()
		f.end = nil
	}
}

// cost is what this process has spent.
type cost struct {
	took, cpu     time.Duration
	bytes, allocs uint64
}

// costs starts to count; the function that it returns stops and adds to a sum.
func costs(sum *cost) (done func()) {
	was, start, memory := processTime(), time.Now(), runtime.MemStats{}
	runtime.ReadMemStats(&memory)
	return func() {
		sum.took += time.Since(start)
		sum.cpu += processTime() - was
		bytes, allocs := memory.TotalAlloc, memory.Mallocs
		runtime.ReadMemStats(&memory)
		sum.bytes += memory.TotalAlloc - bytes
		sum.allocs += memory.Mallocs - allocs
	}
}

// processTime returns the CPU time of this process, including garbage collection.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it fails only for another process
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (c cost) report(b *testing.B, instances float64) {
	b.ReportMetric(0, "ns/op") // an operation is a whole fleet: 0 hides the metric
	b.ReportMetric(float64(c.took)/instances, "ns/instance")
	b.ReportMetric(c.cpu.Seconds()*1000/instances, "cpu-ms/instance")
	b.ReportMetric(float64(c.bytes)/instances, "B/instance")
	b.ReportMetric(float64(c.allocs)/instances, "allocs/instance")
}

// growth is how much more an instance among fifty may cost than one among ten. Bytes and allocations vary by a hundredth, even on a busy
// computer, so a cost that grows with the fleet shows before it is felt: one that doubles a plan of 400 instances exceeds it.
const growth = 1.1

// TestCostOfAnInstanceDoesNotGrow finds hidden quadratics that allocate: making and planning an instance costs the same for any number of
// them. Those that only compute show in BenchmarkFleet, whose times vary too much for a test. It counts for the whole process, so no
// other test may run beside it.
func TestCostOfAnInstanceDoesNotGrow(t *testing.T) { //nolint:paralleltest // the measurement needs the whole process
	const few, many = 10, 50
	there, end, err := startFleet(many, false)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	spent := func(act act, members []*member) (c cost) {
		t.Helper()
		done := costs(&c)
		err := act(t.Context(), there.Settings, members)
		done()
		if err == nil {
			err = settle(t.Context(), nil, members)
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	all := there.Members
	firstMade, firstPlanned := spent(create, all[:1]), spent(planning, all[:1])
	fewMade, fewPlanned := spent(create, all[1:few]), spent(planning, all[:few])
	manyMade, manyPlanned := spent(create, all[few:]), spent(planning, all)
	compare(t, "create", fewMade.beyond(firstMade, few-2), manyMade.beyond(firstMade, many-few-1))
	compare(t, "plan", fewPlanned.beyond(firstPlanned, few-1), manyPlanned.beyond(firstPlanned, many-1))
}

// beyond returns the cost of each of n instances more than one: the fixed cost of a command is in both.
func (c cost) beyond(one cost, n uint64) cost {
	return cost{bytes: (c.bytes - one.bytes) / n, allocs: (c.allocs - one.allocs) / n}
}

func compare(t *testing.T, what string, few, many cost) {
	t.Helper()
	t.Logf("%s: %d bytes and %d allocations an instance among few, %d and %d among many", what, few.bytes, few.allocs, many.bytes, many.allocs)
	if float64(many.bytes) > growth*float64(few.bytes) || float64(many.allocs) > growth*float64(few.allocs) {
		t.Errorf("%s: an instance costs %d bytes and %d allocations among few, %d and %d among many: something is done about all of them for "+
			"each. BenchmarkFleet with -memprofile shows what",
			what, few.bytes, few.allocs, many.bytes, many.allocs)
	}
}
