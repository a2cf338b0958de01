package wire

import "time"

// slowestPace is how late the first look at a task may be at most: tasks of a kind differ.
const slowestPace = 500 * time.Millisecond

// first is how long after its beginning something is first looked at: a read as soon as it had a chance of company, a task when tasks of
// its kind have lately been done.
func (w *waiter) first(p *Poll) time.Duration {
	if p.read {
		return w.pause()
	}
	if pace, known := w.paces[p.Kind]; known {
		return pace
	}
	return w.gap
}

// learn sets the pace of a kind by how one of it went: what was done at the first look is looked at sooner next time, and what was not,
// later. Those that were done in the same look say it once.
func (w *waiter) learn(p *Poll, learned map[string]bool) {
	if p.Kind == "" || learned[p.Kind] {
		return
	}
	learned[p.Kind] = true
	pace := w.first(p)
	if p.seenAt.IsZero() {
		pace -= pace / 16
	} else {
		pace += pace / 4
	}
	w.paces[p.Kind] = min(slowestPace, max(window, pace))
}
