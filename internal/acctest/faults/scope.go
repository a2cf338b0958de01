// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"slices"
	"sync"
	"testing"
)

// scope is a part of a test that cleans up at its own end, because a vCenter takes tens of megabytes.
type scope struct {
	testing.TB
	mu    sync.Mutex
	after []func()
}

// Cleanup adds a function to call at the scope's end.
func (s *scope) Cleanup(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = append(s.after, f)
}

func (s *scope) end() {
	for _, f := range slices.Backward(s.after) {
		f()
	}
}
