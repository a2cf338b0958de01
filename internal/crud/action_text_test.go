// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"testing"
	"time"
)

// TestShort: what the pages of actions say of a time limit.
func TestShort(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{"10m": 10 * time.Minute, "1h": time.Hour, "1m30s": 90 * time.Second,
		"2h10m": 130 * time.Minute,
		"10s":   10 * time.Second} {
		if got := short(d); got != want {
			t.Errorf("%s is written %s, want %s", d, got, want)
		}
	}
}
