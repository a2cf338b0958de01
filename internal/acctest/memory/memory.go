// SPDX-License-Identifier: MPL-2.0

// Package memory holds what tests read to an amount of memory.
package memory

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

// Untrusted is how much memory, in bytes, the reading of an image may take, whatever is in it.
const Untrusted = 64 << 20

// Within fails a test whose act allocates more bytes than a limit in all. What was freed meanwhile counts too, so that the collector does
// not decide: what is alive at once is never more. The test runs alone in its process.
func Within(t testing.TB, limit uint64, act func()) {
	t.Helper()
	before := allocated()
	act()
	if took := allocated() - before; took > limit {
		t.Errorf("%d bytes were allocated, and %d may be", took, limit)
	}
}

// Holds fails a test where what an act returns keeps more bytes alive than a limit. The test runs alone in its process.
func Holds(t testing.TB, limit uint64, act func() any) {
	t.Helper()
	before := alive()
	held := act()
	if after := alive(); after > before+limit {
		t.Errorf("%d bytes are held, and %d may be", after-before, limit)
	}
	runtime.KeepAlive(held)
}

// alive returns how many bytes are reachable.
func alive() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // finishes what the first one sweeps
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// allocated returns how many bytes the process has allocated since its start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
