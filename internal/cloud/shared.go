package cloud

import (
	"context"
	"sync"
	"time"
)

// remembered is how long a failure stands for the answer. A plan of a hundred objects asks a cloud that refuses its password once,
// and does not lock the account; an apply that goes on for an hour asks again.
const remembered = time.Minute

// shared is one answer for everybody who asks, asked for when somebody first does.
type shared[T any] struct {
	mu     sync.Mutex
	last   *attempt[T] // nil: nobody has asked, or whoever did went away
	failed time.Time   // when last ended without an answer; zero: it did not
}

// attempt is one question on its way, or its answer.
type attempt[T any] struct {
	done    chan struct{}
	value   T
	err     error
	waiting int
	stop    context.CancelFunc
}

// get waits for the answer. A caller who goes away does not spoil it for the rest; when all have gone, the question is given up.
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

// start asks, apart from the caller's own cancellation. s is locked.
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

// leave forgets an attempt that nobody waits for any more.
func (s *shared[T]) leave(a *attempt[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-a.done: // it came in the same moment
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
