// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"sync"
)

// locks let one caller at a time change an object. Without them parallel changes of one process would find each other's revisions stale.
type locks struct {
	mu   sync.Mutex
	held map[string]*turn
}

// turn is the lock of one object.
type turn struct {
	taken   chan struct{} // holds the one who changes the object
	waiting int           // who changes it and who wants to; guarded by locks.mu
}

// lock waits for an object's lock. The caller calls unlock at the end.
func (l *locks) lock(ctx context.Context, path string) (unlock func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*turn{}
	}
	t := l.held[path]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		l.held[path] = t
	}
	t.waiting++
	l.mu.Unlock()
	select {
	case t.taken <- struct{}{}:
		return func() { <-t.taken; l.leave(path, t) }, nil
	case <-ctx.Done():
		l.leave(path, t)
		return nil, ctx.Err()
	}
}

func (l *locks) leave(path string, t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.waiting--; t.waiting == 0 {
		delete(l.held, path)
	}
}
