// SPDX-License-Identifier: MPL-2.0

package retry

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstPause   = 20 * time.Millisecond
	LongestPause = 5 * time.Second
	LongestRace  = time.Second // the longest pause between tries at a change that races with others'

	WriteAttempts = 50 // tries at a change that other clients make stale
)

// Backoff makes the pauses between tries: none before the first repetition, then longer ones up to Longest, each varied at random so
// that processes that collided do not collide again. The zero value needs Longest.
type Backoff struct {
	Longest time.Duration
	next    time.Duration
}

// Wait pauses before the next try. It returns false if the context ends first.
func (p *Backoff) Wait(ctx context.Context) bool {
	pause := p.next
	p.next = min(max(2*pause, firstPause), p.Longest)
	if pause == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(pause/2 + rand.N(pause))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
