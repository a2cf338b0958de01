// SPDX-License-Identifier: MPL-2.0

package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// restored gives the collector its settings back.
func restored(t *testing.T) {
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(-1)
	debug.SetGCPercent(percent)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
}

// A heap that comes near the limit moves it: a plan of thousands of instances is not collected without an end.
func TestLimitFollowsTheHeap(t *testing.T) { //nolint:paralleltest // it sets the collector of the whole process
	restored(t)
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	tuneCollector()
	if limit := debug.SetMemoryLimit(-1); limit != memoryLimit {
		t.Errorf("the limit is %d to begin with", limit)
	}
	alive := make([]byte, 2*memoryLimit)
	for end := time.Now().Add(30 * time.Second); debug.SetMemoryLimit(-1) < 4*memoryLimit; runtime.GC() {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are alive, and the limit is %d", len(alive), debug.SetMemoryLimit(-1))
		}
	}
	runtime.KeepAlive(alive)
}

func TestUserTunesTheCollector(t *testing.T) { //nolint:paralleltest // it sets the collector of the whole process
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		restored(t)
		t.Setenv("GOGC", "")
		t.Setenv("GOMEMLIMIT", "")
		t.Setenv(name, "123")
		debug.SetMemoryLimit(math.MaxInt64)
		tuneCollector()
		if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
			t.Errorf("%s is set, and the limit is %d all the same", name, limit)
		}
	}
}
