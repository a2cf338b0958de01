package vcenter

import (
	"context"
	"time"
)

// company says for whom a look is worth waiting a moment. Terraform has ten operations under way, each of which asks several times: who is
// between two questions will be at the next look if that is not too soon, and so will the operation that follows one that has ended.
type company struct {
	turns map[*turn]bool // changes under way
	ended int            // operations whose successors have not come yet
	last  time.Time      // when the last of them ended
	away  time.Duration  // how long it takes lately until who was answered asks again, or his successor
}

// turn is one change of a machine.
type turn struct {
	asking int       // its questions that wait for an answer
	since  time.Time // when it began or was answered
}

// walk stands for a plan's read of a machine, which is a whole operation: Terraform reads the next one then.
var walk = &turn{}

type turnKey struct{}

// turnOf is the operation that something is asked for, nil where that is none that others follow.
func turnOf(ctx context.Context) *turn {
	t, _ := ctx.Value(turnKey{}).(*turn)
	return t
}

// begin counts a change of a machine among those that are under way until it ends.
func (w *waiter) begin(ctx context.Context) (context.Context, func()) {
	if turnOf(ctx) != nil { // a part of another
		return ctx, func() {}
	}
	t := &turn{since: time.Now()}
	w.mu.Lock()
	w.company.turns[t] = true
	w.company.follow(t.since)
	w.mu.Unlock()
	return context.WithValue(ctx, turnKey{}, t), func() {
		w.mu.Lock()
		delete(w.company.turns, t)
		w.company.end(time.Now())
		w.mu.Unlock()
		w.stir()
	}
}

// walking marks a plan's read of a machine.
func walking(ctx context.Context) context.Context {
	if turnOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, turnKey{}, walk)
}

// follow takes an operation for the successor of one that has ended.
func (c *company) follow(now time.Time) {
	if c.ended > 0 {
		c.ended--
		c.note(now.Sub(c.last))
	}
}

// note learns how long it took until somebody asked again. What took very long waited for something else.
func (c *company) note(away time.Duration) { c.away += (min(away, longestPatience) - c.away) / 8 }

func (c *company) end(now time.Time) { c.ended, c.last = c.ended+1, now }

func (c *company) asks(t *turn, now time.Time) {
	switch t {
	case nil:
	case walk:
		c.follow(now)
	default:
		if t.asking == 0 {
			c.note(now.Sub(t.since))
		}
		t.asking++
	}
}

// answered is also who goes away without an answer.
func (c *company) answered(t *turn, now time.Time) {
	switch t {
	case nil:
	case walk:
		c.end(now)
	default:
		t.asking, t.since = t.asking-1, now
	}
}

// longestPatience is how long who is due waits for company at most.
const longestPatience = 600 * time.Millisecond

// patience is how long somebody is expected: three times as long as it takes lately. On a machine that has much to do that is long, and costs
// nothing, because those who are missing keep it busy.
func (c *company) patience() time.Duration { return min(longestPatience, max(window, 3*c.away)) }

// missing are those who may soon ask too, and when the first of them is given up.
func (c *company) missing(now time.Time) (n int, until time.Time) {
	expect := func(more int, since time.Time) {
		if given := since.Add(c.patience()); now.Before(given) {
			if n += more; until.IsZero() || given.Before(until) {
				until = given
			}
		}
	}
	for t := range c.turns {
		if t.asking == 0 {
			expect(1, t.since)
		}
	}
	if c.ended > 1 { // who is alone has no company to wait for
		expect(c.ended, c.last)
	}
	return n, until
}

// until is when to look where so many have come, who have been due since then: at once where they are most of those who ask, else when
// it is time to think again.
func (c *company) until(now, due time.Time, here int) time.Time {
	missing, until := c.missing(now)
	end := due.Add(c.patience())
	switch {
	case here >= 9*missing:
		return due
	case until.Before(end):
		return until
	}
	return end
}
