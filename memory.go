// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// A provider lives for seconds and makes garbage all the while: with Go's own settings two fifths of its time went into collecting it over
// a heap of 20 MB. So the heap may grow to five times what is alive, but not past a soft limit.
const (
	gcPercent   = 400
	memoryLimit = 64 << 20 // bytes, while little is alive
)

// tuneCollector lets the collector run less often. What the user has set by GOGC or GOMEMLIMIT stays as it is.
func tuneCollector() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	afterEachCollection(raiseLimit)
}

// raiseLimit keeps the limit away from what is alive: a heap that reaches it would be collected without an end.
func raiseLimit() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if limit := max(memoryLimit, 3*int64(live[0].Value.Uint64())); limit > debug.SetMemoryLimit(-1) {
		debug.SetMemoryLimit(limit + limit/4)
	}
}

// afterEachCollection calls act whenever the collector has run.
func afterEachCollection(act func()) {
	type sentinel struct{ _ *int }
	var again func(*sentinel)
	again = func(*sentinel) {
		act()
		runtime.SetFinalizer(&sentinel{new(int)}, again)
	}
	again(nil)
}
