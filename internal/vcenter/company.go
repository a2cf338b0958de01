package vcenter

import (
	"context"
	"time"
)

// company says for whom a look is worth waiting a moment. Terraform has ten operations under way, which ask several times each: those that
// are between two questions will be at the next look if it is not too soon.
type company struct {
	verbs  int       // changes under way
	asking int       // of those, how many wait for an answer
	reads  int       // machines that a plan has read in the last look or before, whose successors have not come yet
	since  time.Time // when the last of them was answered
}

// caller is on whose behalf something is asked.
type caller int

const (
	anybody caller = iota
	verb           // a change of a machine, which will ask again until it is done
	walk           // a plan's read of a machine, after which Terraform reads the next
)

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	who, _ := ctx.Value(callerKey{}).(caller)
	return who
}

// begin counts a change of a machine among those that are under way until it ends.
func (w *waiter) begin(ctx context.Context) (context.Context, func()) {
	if callerOf(ctx) == verb {
		return ctx, func() {}
	}
	w.count(1)
	return context.WithValue(ctx, callerKey{}, verb), func() { w.count(-1) }
}

func (w *waiter) count(more int) {
	w.mu.Lock()
	w.company.verbs += more
	w.mu.Unlock()
	w.stir()
}

// walking marks a plan's read of a machine.
func walking(ctx context.Context) context.Context {
	if callerOf(ctx) != anybody {
		return ctx
	}
	return context.WithValue(ctx, callerKey{}, walk)
}

func (c *company) arrived(who caller) {
	switch who {
	case verb:
		c.asking++
	case walk:
		c.reads = max(0, c.reads-1)
	}
}

func (c *company) answered(who caller, now time.Time) {
	switch who {
	case verb:
		c.asking--
	case walk:
		c.reads, c.since = c.reads+1, now
	}
}

// left is somebody who waits no longer.
func (c *company) left(who caller) {
	if who == verb {
		c.asking--
	}
}

// until is when to look at those who are due since then: at once where at least as many of those who ask have come as are missing, else
// after some patience.
func (c *company) until(now, due time.Time, patience time.Duration, here int) time.Time {
	end := due.Add(min(longestWindow, patience))
	if here < c.verbs-c.asking {
		return end
	}
	expiry := c.since.Add(patience)
	if c.reads < 2 || here >= c.verbs-c.asking+c.reads || now.After(expiry) { // who reads alone has no company to wait for
		return due
	}
	if expiry.Before(end) {
		return expiry
	}
	return end
}
