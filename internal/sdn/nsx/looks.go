// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"sync"
	"time"
)

// looks answers what several callers wait for by one look for all of them. A look begins a moment after the first has asked, and not soon
// after the one before: in a large apply NSX is asked ever more rarely.
type looks[A any] struct {
	do func(ctx context.Context, ids []string) (map[string]A, error) // what is not in the answer is the zero value

	mu      sync.Mutex
	waiting []question[A]
	coming  bool      // a look will begin
	last    time.Time // when the last one began
	shared  int       // looks for more than one caller
}

const (
	gathering   = 150 * time.Millisecond // from the first question until a look
	firstPause  = 250 * time.Millisecond // between two looks
	pauseGrows  = 75 * time.Millisecond  // with each look for more than one caller
	longestWait = 3 * time.Second
)

type question[A any] struct {
	id     string
	answer chan answered[A]
}

type answered[A any] struct {
	value A
	err   error
}

// ask waits for the next look, and returns what it has found about an id.
func (l *looks[A]) ask(ctx context.Context, id string) (A, error) {
	q := question[A]{id, make(chan answered[A], 1)}
	l.mu.Lock()
	l.waiting = append(l.waiting, q)
	if !l.coming {
		l.coming = true
		pause := min(longestWait, firstPause+time.Duration(l.shared)*pauseGrows)
		time.AfterFunc(max(gathering, time.Until(l.last.Add(pause))), func() { l.look(context.WithoutCancel(ctx)) })
	}
	l.mu.Unlock()
	select {
	case is := <-q.answer:
		return is.value, is.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

func (l *looks[A]) look(ctx context.Context) {
	l.mu.Lock()
	waiting := l.waiting
	l.waiting, l.coming, l.last = nil, false, time.Now()
	if len(waiting) > 1 {
		l.shared++
	}
	l.mu.Unlock()
	ids := make([]string, len(waiting))
	for i, q := range waiting {
		ids[i] = q.id
	}
	found, err := l.do(ctx, ids)
	for _, q := range waiting {
		q.answer <- answered[A]{found[q.id], err}
	}
}
