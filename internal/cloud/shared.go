// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"sync"
	"time"
)

// remembered is how long a failure is returned to later callers. So a plan of a hundred objects tries a refused password only once, which
// does not lock the account, and an apply that runs for an hour tries again.
const remembered = time.Minute

// shared is an answer that all callers share. The first caller starts the question.
type shared[T any] struct {
	mu     sync.Mutex
	last   *attempt[T] // nil: nothing was asked yet, or all callers were cancelled
	failed time.Time   // when last failed; zero: it did not
}

// attempt is a question in progress, or its answer.
type attempt[T any] struct {
	done    chan struct{}
	value   T
	err     error
	waiting int
	stop    context.CancelFunc
}

// get waits for the answer. A cancelled caller leaves the question running for the others; when all are cancelled, it is cancelled too.
func (s *shared[T]) get(ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	if !s.failed.IsZero() && time.Since(s.failed) > remembered {
		s.last, s.failed = nil, time.Time{}
	}
	if s.last == nil {
		s.start(ctx, ask)
	}
	a := s.last
	a.waiting++
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.value, a.err
	case <-ctx.Done():
		s.leave(a)
		var none T
		return none, ctx.Err()
	}
}

// start asks the question, detached from the caller's cancellation. The caller holds the lock.
func (s *shared[T]) start(ctx context.Context, ask func(context.Context) (T, error)) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	a := &attempt[T]{done: make(chan struct{}), stop: stop}
	s.last = a
	go func() {
		defer stop()
		a.value, a.err = ask(ctx)
		s.mu.Lock()
		if s.last == a && a.err != nil {
			s.failed = time.Now()
		}
		s.mu.Unlock()
		close(a.done)
	}()
}

// leave removes a cancelled caller, and cancels an attempt that has no callers left.
func (s *shared[T]) leave(a *attempt[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-a.done: // the answer came at the same moment
		return
	default:
	}
	if a.waiting--; a.waiting == 0 {
		a.stop()
		if s.last == a {
			s.last = nil
		}
	}
}
