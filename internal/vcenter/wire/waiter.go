// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

const (
	firstPoll   = 100 * time.Millisecond
	longestPoll = 2 * time.Second
)

// waiter reads properties for every caller of the process, and polls tasks and VMs for them, with as few calls as possible: one at a
// time, each for all that is due or nearly due. Polling keeps no state in the server, so a lost session costs nothing.
type waiter struct {
	c *Conn

	mu      sync.Mutex
	polls   map[*Poll]bool
	running bool
	changed chan struct{} // polls came or went, so that the next call may be due sooner
	gap     time.Duration // the shortest time between two reads of the same poll: longer where the server answers slowly
	took    time.Duration // how long the last call took
	looked  time.Time     // when its answer came
	company company
	paces   map[string]time.Duration
}

// Poll is a question that is asked again and again until Seen is done.
type Poll struct {
	Asks   []property.Query
	Seen   func(found []Sight) (done bool, err error)
	Kind   string          // what is waited for, whose pace is learned; empty: not learned
	read   bool            // the first answer ends it
	asked  context.Context // the asker's context, for the log
	turn   *turn
	since  time.Time
	seenAt time.Time // when it was read last, zero before the first time
	due    time.Time
	done   chan error
}

// Sight is the answer to one query of a poll.
type Sight struct {
	Content types.ObjectContent
	Found   bool
}

func newWaiter(c *Conn) *waiter {
	return &waiter{c: c, polls: map[*Poll]bool{}, changed: make(chan struct{}, 1), gap: firstPoll, company: company{turns: map[*turn]bool{}},
		paces: map[string]time.Duration{}}
}

// ask reads properties of one object, in one call with whatever else is asked at that moment. It returns ErrNotFound if the object is
// gone.
func (w *waiter) ask(ctx context.Context, q property.Query) (content types.ObjectContent, err error) {
	err = w.watch(ctx, &Poll{Asks: []property.Query{q}, read: true, Seen: func(found []Sight) (bool, error) {
		if content = found[0].Content; !found[0].Found {
			return true, fmt.Errorf("%s %s: %w", q.Object.Type, q.Object.Value, openstack.ErrNotFound)
		}
		return true, nil
	}})
	return content, err
}

// until polls obj until seen is done or the context ends.
func (w *waiter) until(ctx context.Context, obj ref, paths []string, seen func(types.ObjectContent, bool) (bool, error)) error {
	return w.watch(ctx, &Poll{Asks: []property.Query{{Object: obj, Paths: paths}},
		Seen: func(found []Sight) (bool, error) { return seen(found[0].Content, found[0].Found) }})
}

// watch waits for the end of a poll, or of the context.
func (w *waiter) watch(ctx context.Context, p *Poll) error {
	now := time.Now()
	p.asked, p.turn, p.since, p.done = ctx, turnOf(ctx), now, make(chan error, 1)
	w.mu.Lock()
	p.due = now.Add(w.first(p))
	w.polls[p] = true
	w.company.asks(p.turn, now)
	if !w.running {
		w.running = true
		go w.run()
	}
	w.mu.Unlock()
	w.stir()
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		w.forget(p)
		return ctx.Err()
	}
}

func (w *waiter) forget(p *Poll) {
	w.mu.Lock()
	if w.polls[p] {
		delete(w.polls, p)
		w.company.answered(p.turn, time.Now())
	}
	w.mu.Unlock()
	w.stir()
}

// stir makes run decide again.
func (w *waiter) stir() {
	select {
	case w.changed <- struct{}{}:
	default: // it will anyway
	}
}

// run makes calls while there are polls.
func (w *waiter) run() {
	for {
		next, waiting := w.next(time.Now())
		if !waiting {
			return
		}
		if left := time.Until(next); left > 0 {
			select {
			case <-time.After(left):
			case <-w.changed:
			}
			continue
		}
		w.look(w.ready(time.Now()))
	}
}

// next returns the time of the next call: as soon as a poll is due and most of the operations under way have asked, or have had their
// time to.
func (w *waiter) next(now time.Time) (at time.Time, waiting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.polls {
		if due := w.earliest(p); !waiting || due.Before(at) {
			at, waiting = due, true
		}
	}
	w.running = waiting
	if !waiting || now.Before(at) {
		return at, waiting
	}
	return w.company.when(now, at, len(w.joining(now)), w.soon(now)), true
}

// earliest returns when a poll may be read. Questions just answered mostly come again together, and a slow server is asked less often,
// not later: a read waits as long as the last answer took, a poll three times as long.
func (w *waiter) earliest(p *Poll) time.Time {
	rest := w.looked.Add(3 * w.took)
	if p.read {
		rest = w.looked.Add(w.pause())
	}
	if p.due.Before(rest) {
		return rest
	}
	return p.due
}

// pause returns how long a read waits for others to join it.
func (w *waiter) pause() time.Duration { return min(longestWindow, max(window, w.took)) }

// ready returns the polls that are due, and those due within half of their pause.
func (w *waiter) ready(now time.Time) []*Poll {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.joining(now)
}

func (w *waiter) joining(now time.Time) (out []*Poll) {
	for p := range w.polls {
		if w.joins(p, now) {
			out = append(out, p)
		}
	}
	return out
}

// joins reports whether a poll is part of a call made at a time.
func (w *waiter) joins(p *Poll, now time.Time) bool {
	pause := w.pollPause(p, now)
	if p.seenAt.IsZero() {
		pause = p.due.Sub(p.since)
	}
	return p.read || p.due.Sub(now) < pause/2
}

// soon counts the polls that will be due a moment later.
func (w *waiter) soon(now time.Time) (out wanting) {
	for p := range w.polls {
		if at := w.earliest(p); now.Before(at) && at.Sub(now) < w.company.away.patience() && !w.joins(p, now) {
			out.add(1, at)
		}
	}
	return out
}

// pollPause returns the pause until the next read of a poll. It grows with the time already waited, so that the end is noticed at most
// about an eighth of that time late.
func (w *waiter) pollPause(p *Poll, now time.Time) time.Duration {
	return min(longestPoll, max(w.gap, now.Sub(p.since)/8))
}

// lookContext returns the context that a call is logged in: that of the first asker whose log is on.
func lookContext(polls []*Poll) context.Context {
	for _, p := range polls {
		if logging.VCenter.Informs(p.asked) {
			return context.WithoutCancel(p.asked)
		}
	}
	return context.Background()
}

func (w *waiter) look(polls []*Poll) {
	var questions []property.Query
	for _, p := range polls {
		questions = append(questions, p.Asks...)
	}
	ctx := lookContext(polls)
	_, _ = w.c.Vim(ctx) // a login must not count in took; Retrieve returns its error
	start := time.Now()
	found, err := w.c.Retrieve(ctx, questions)
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took, w.looked = now.Sub(start), now
	w.gap = min(longestPoll, max(firstPoll, 3*w.took))
	learned := map[string]bool{}
	for _, p := range polls {
		if !w.polls[p] {
			continue
		}
		done, failed := err != nil, err
		if err == nil {
			done, failed = p.Seen(p.sights(found))
		}
		if done || failed != nil {
			if err == nil {
				w.learn(p, learned)
			}
			w.company.answered(p.turn, now)
			delete(w.polls, p)
			p.done <- failed
			continue
		}
		p.seenAt, p.due = start, now.Add(w.pollPause(p, now))
	}
}

// sights returns the answers to a poll's queries.
func (p *Poll) sights(found map[ref]types.ObjectContent) []Sight {
	out := make([]Sight, len(p.Asks))
	for i, q := range p.Asks {
		content, ok := found[q.Object]
		out[i] = Sight{property.Only(content, q.Paths), ok}
	}
	return out
}
