package wire

import "sync"

// Lookup finds something once; a failure is not kept.
type Lookup[T any] struct {
	mu    sync.Mutex
	found bool
	value T
}

// Get gives the value, and calls find where it is not known yet. Callers meanwhile wait for it.
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

// Known is what was found, without looking for it.
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

// Forget has it found anew.
func (l *Lookup[T]) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	var none T
	l.value, l.found = none, false
}
