// SPDX-License-Identifier: MPL-2.0

package memory_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
)

// recorder is a test that notes whether it failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestWithinCountsWhatIsFreed(t *testing.T) { //nolint:paralleltest // it measures memory
	var kept []byte
	for parts, want := range map[int]bool{1: false, 40: true} {
		r := &recorder{TB: t}
		memory.Within(r, 32<<20, func() {
			for range parts {
				kept = make([]byte, 1<<20)
			}
		})
		if r.failed != want {
			t.Errorf("%d MiB of 32: failed is %t", parts, r.failed)
		}
	}
	_ = kept
}

func TestHoldsCountsWhatIsAlive(t *testing.T) { //nolint:paralleltest // it measures memory
	for kept, want := range map[int]bool{0: false, 39: true} {
		r := &recorder{TB: t}
		memory.Holds(r, 32<<20, func() any {
			var all [][]byte
			for range 40 {
				all = append(all, make([]byte, 1<<20))
			}
			return append([][]byte{}, all[:kept]...)
		})
		if r.failed != want {
			t.Errorf("%d MiB of 32: failed is %t", kept, r.failed)
		}
	}
}
