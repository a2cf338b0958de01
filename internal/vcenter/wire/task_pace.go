// SPDX-License-Identifier: MPL-2.0

package wire

import "time"

// slowestPace is how long after a task's start the first read of it is at most, since tasks of a kind differ.
const slowestPace = 500 * time.Millisecond

// first returns how long after its start a poll is first read: a read after a pause for others to join, a task after the time that tasks
// of its kind lately took.
func (w *waiter) first(p *Poll) time.Duration {
	if p.read {
		return w.pause()
	}
	if pace, known := w.paces[p.Kind]; known {
		return pace
	}
	return w.gap
}

// learn adjusts the pace of a poll's kind: sooner next time if the first read found it done, later if not. Polls of a kind that end in
// the same read count once.
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
