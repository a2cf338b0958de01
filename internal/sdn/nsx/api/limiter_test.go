// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestLimiter: at most eight calls at once and sixty in a second, half of it after NSX was busy, and one more each second.
func TestLimiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		began := time.Now()
		for range most {
			if err := l.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		full, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := l.enter(full); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a ninth call: %v", err)
		}
		for range most {
			l.leave()
		}
		in := func(span time.Duration) (n int) {
			for end := time.Now().Add(span); ; n++ {
				ctx, stop := context.WithDeadline(t.Context(), end)
				err := l.enter(ctx)
				stop()
				if err != nil {
					time.Sleep(time.Until(end))
					return n
				}
				l.leave()
			}
		}
		in(time.Second) // the burst
		if n := in(10 * time.Second); n < 595 || n > 605 {
			t.Errorf("%d calls in ten seconds", n)
		}
		for range most { // calls that were under way together
			l.slower(began, time.Now())
			began = time.Now().Add(-time.Second)
		}
		if n := in(time.Second); n < 28 || n > 32 {
			t.Errorf("%d calls in the second after NSX was busy", n)
		}
		time.Sleep(time.Hour)
		in(time.Second)
		if n := in(time.Second); n < 59 || n > 61 {
			t.Errorf("%d calls in a second much later", n)
		}
	})
}

// TestPace: pauses are random, grow, and are not begun where the time for them is not left.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pace{first: 200 * time.Millisecond, longest: 5 * time.Second}
		seen := map[time.Duration]bool{}
		for try := 1; try <= 100; try++ {
			began := time.Now()
			if !p.wait(t.Context(), try) {
				t.Fatal("no pause")
			}
			took := time.Since(began)
			if seen[took] = true; took < p.first || took > min(p.longest, p.first<<min(try, 16)) {
				t.Errorf("pause %d is %s", try, took)
			}
		}
		if len(seen) < 50 {
			t.Errorf("%d different pauses", len(seen))
		}
		short, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer stop()
		if began := time.Now(); p.wait(short, 1) || time.Since(began) != 0 {
			t.Error("a pause was begun for which there is no time")
		}
		if p.wait(short, 1) {
			t.Error("a pause in a context that has ended")
		}
	})
}
