// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"
	"time"
)

// company decides how long a read waits for other questions. Terraform runs ten operations at a time, each of which asks several times.
// An operation between two questions joins the next call if it asks soon enough, and so does the successor of one that has ended.
type company struct {
	turns map[*turn]bool // changes under way
	ended int            // operations whose successors have not asked yet
	last  time.Time      // when the last of them ended
	away  habit          // from an operation's answer to its next question
	after habit          // from an operation's end to its successor's first question
}

// habit is a running average of how long something takes.
type habit time.Duration

// note adds one duration to the average, capped at longestPatience: what took longer waited for something else.
func (h *habit) note(took time.Duration) { *h += (habit(min(took, longestPatience)) - *h) / 8 }

// patience returns how long to wait for it: three times the average. On a busy machine that is long, but costs nothing, because the
// operations waited for are what keeps it busy.
func (h habit) patience() time.Duration { return min(longestPatience, max(window, 3*time.Duration(h))) }

// turn is one change of a VM.
type turn struct {
	asking int       // its questions without an answer
	since  time.Time // when it began or was answered
}

// walk stands for any plan's read of a VM, a whole operation of its own: Terraform then reads the next VM.
var walk = &turn{}

type turnKey struct{}

// turnOf returns the operation that a question belongs to; nil where it is not one that others follow.
func turnOf(ctx context.Context) *turn {
	t, _ := ctx.Value(turnKey{}).(*turn)
	return t
}

// begin counts a change of a VM as under way until it ends.
func (w *waiter) begin(ctx context.Context) (context.Context, func()) {
	if turnOf(ctx) != nil { // a part of another change
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

// MarkPlanRead marks the questions of a plan's read of a VM.
func MarkPlanRead(ctx context.Context) context.Context {
	if turnOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, turnKey{}, walk)
}

// follow counts an operation as the successor of one that has ended.
func (c *company) follow(now time.Time) {
	if c.ended > 0 {
		c.ended--
		c.after.note(now.Sub(c.last))
	}
}

func (c *company) end(now time.Time) { c.ended, c.last = c.ended+1, now }

func (c *company) asks(t *turn, now time.Time) {
	switch t {
	case nil:
	case walk:
		c.follow(now)
	default:
		if t.asking == 0 {
			c.away.note(now.Sub(t.since))
		}
		t.asking++
	}
}

// answered notes that a question was answered or given up.
func (c *company) answered(t *turn, now time.Time) {
	switch t {
	case nil:
	case walk:
		c.end(now)
	default:
		t.asking, t.since = t.asking-1, now
	}
}

// longestPatience is how long a question that is due waits for others at most.
const longestPatience = 600 * time.Millisecond

// wanting counts the operations that may soon ask too, with the time to look at them again.
type wanting struct {
	n     int
	until time.Time
}

func (w *wanting) add(more int, until time.Time) {
	if w.n += more; w.until.IsZero() || until.Before(w.until) {
		w.until = until
	}
}

// missing counts the operations that are between two questions, or have not begun.
func (c *company) missing(now time.Time) (w wanting) {
	for t := range c.turns {
		if given := t.since.Add(c.away.patience()); t.asking == 0 && now.Before(given) {
			w.add(1, given)
		}
	}
	if given := c.last.Add(c.after.patience()); c.ended > 1 && now.Before(given) { // a single operation has no others to wait for
		w.add(c.ended, given)
	}
	return w
}

// when returns the time of the next call, for which here questions are due since due and soon more are due soon: at once where here are
// most of the operations under way, else when it is time to decide again.
func (c *company) when(now, due time.Time, here int, soon wanting) time.Time {
	w := c.missing(now)
	if soon.n > 0 {
		w.add(soon.n, soon.until)
	}
	end := due.Add(max(c.away.patience(), c.after.patience()))
	switch {
	case here >= 9*w.n:
		return due
	case w.until.Before(end):
		return w.until
	}
	return end
}
