package wire

import (
	"context"
	"time"
)

// company decides how long a look waits for other questions. Terraform has ten operations under way, each of which asks several times: an
// operation between two questions joins the next look if that is not too soon, and so does the successor of one that has ended.
type company struct {
	turns map[*turn]bool // changes under way
	ended int            // operations whose successors have not come yet
	last  time.Time      // when the last of them ended
	away  habit          // how long it takes lately until who was answered asks again
	after habit          // and until the successor of who has ended asks
}

// habit is how long something takes lately.
type habit time.Duration

// note learns how long it took this time. What took very long waited for something else.
func (h *habit) note(took time.Duration) { *h += (habit(min(took, longestPatience)) - *h) / 8 }

// patience is how long it is waited for: three times as long as it takes lately. On a machine that has much to do that is long, and costs
// nothing, because those who are missing keep it busy.
func (h habit) patience() time.Duration { return min(longestPatience, max(window, 3*time.Duration(h))) }

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

// MarkPlanRead marks a plan's read of a machine.
func MarkPlanRead(ctx context.Context) context.Context {
	if turnOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, turnKey{}, walk)
}

// follow takes an operation for the successor of one that has ended.
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

// answered notes that a question has its answer, or was given up.
func (c *company) answered(t *turn, now time.Time) {
	switch t {
	case nil:
	case walk:
		c.end(now)
	default:
		t.asking, t.since = t.asking-1, now
	}
}

// longestPatience is how long a question that is due waits for company at most.
const longestPatience = 600 * time.Millisecond

// wanting counts the operations that may soon ask too, and when to look at them again.
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
	if given := c.last.Add(c.after.patience()); c.ended > 1 && now.Before(given) { // who is alone has no company to wait for
		w.add(c.ended, given)
	}
	return w
}

// when decides the time of a look for which here questions are due since due, with others that are due soon: at once where those here are
// most of the operations under way, else when it is time to think again.
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
