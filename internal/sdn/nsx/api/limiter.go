// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// NSX allows a client 100 calls a second and 40 at once (published limits of the NSX API). Several workspaces may share a user, so one
// takes less.
const (
	most    = 8  // calls at once
	usual   = 60 // calls a second
	slowest = 1
)

// limiter bounds how many calls are under way and how many begin in a second. The rate is halved where NSX is busy, and grows by one
// each second after that.
type limiter struct {
	places  chan struct{} // one taken for each call under way
	rate    *rate.Limiter
	fastest rate.Limit

	mu      sync.Mutex
	slowed  time.Time // when the rate was last halved
	changed time.Time // when it was last halved or raised
}

func newLimiter(perSecond float64) *limiter {
	fastest := rate.Limit(cmp.Or(perSecond, usual))
	return &limiter{places: make(chan struct{}, most), rate: rate.NewLimiter(fastest, most), fastest: fastest}
}

// enter waits until a call may begin. The caller calls leave when it has ended.
func (l *limiter) enter(ctx context.Context) error {
	select {
	case l.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.faster(time.Now())
	if err := l.rate.Wait(ctx); err != nil {
		l.leave()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return context.DeadlineExceeded // the limiter does not wait for a time that is not left
	}
	return nil
}

func (l *limiter) leave() { <-l.places }

// faster raises the rate by what has passed since it was last changed.
func (l *limiter) faster(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if limit := l.rate.Limit(); limit < l.fastest && now.After(l.changed) {
		l.rate.SetLimitAt(now, min(l.fastest, limit+rate.Limit(now.Sub(l.changed).Seconds())))
		l.changed = now
	}
}

// slower halves the rate after NSX was too busy for a call, once for all calls that were under way together.
func (l *limiter) slower(began, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if began.Before(l.slowed) {
		return
	}
	l.rate.SetLimitAt(now, max(slowest, l.rate.Limit()/2))
	l.slowed, l.changed = now, now
}

// pace says how long to pause: each pause is random, so that processes that met do not meet again, and may be twice as long as the one
// before, between first and longest.
type pace struct{ first, longest time.Duration }

// wait pauses before try n+1, where n begins with 1. It returns false if the context ends before the pause would.
func (p pace) wait(ctx context.Context, n int) bool {
	upper := p.longest
	if n < 16 {
		upper = min(p.longest, p.first<<n)
	}
	pause := p.first + rand.N(max(upper-p.first, 1))
	if end, bound := ctx.Deadline(); bound && time.Until(end) < pause {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
