// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 2000} {
		for range 3 {
			begun := time.Now()
			v, err := Start(Options{ForeignVMs: n})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("Start with %d foreign machines: %s", n, time.Since(begun))
			v.Close()
		}
	}
}
