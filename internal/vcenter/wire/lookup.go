// SPDX-License-Identifier: MPL-2.0

package wire

import "sync"

// Lookup finds a value once. A failure is not kept.
type Lookup[T any] struct {
	mu    sync.Mutex
	found bool
	value T
}

// Get returns the value, and calls find where it is not known yet. Concurrent callers wait for it.
func (l *Lookup[T]) Get(find func() (T, error)) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found {
		return l.value, nil
	}
	value, err := find()
	if err == nil {
		l.value, l.found = value, true
	}
	return value, err
}

// Known returns the value if it was found already.
func (l *Lookup[T]) Known() (value T, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value, l.found
}

// Locked calls do while no Get runs, to change the value or what is kept beside it.
func (l *Lookup[T]) Locked(do func(value *T, found bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do(&l.value, l.found)
}

// Forget has the next Get find the value again.
func (l *Lookup[T]) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	var none T
	l.value, l.found = none, false
}
