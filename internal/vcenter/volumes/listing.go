// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"sync"
	"time"
)

// listing keeps what one query has told about all volumes. A plan reads each volume once, ten at a time, so that the query for the first
// ten answers for the others too. What is asked about a second time is read anew, and so is everything once this process has changed
// something or some time has passed.
type listing[T any] struct {
	mu     sync.Mutex
	at     time.Time
	found  map[string]T    // by the volumes' ids; nil: nothing is kept
	served map[string]bool // ids that were asked about
	drops  int
}

// listingLife is how long a listing answers: a plan of many volumes takes seconds.
const listingLife = 10 * time.Second

// kept gives what is known about volumes that nobody has asked about yet; false where it must be read.
func (l *listing[T]) kept(ids []string) (map[string]T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found == nil || time.Since(l.at) > listingLife {
		return nil, false
	}
	for _, id := range ids {
		if l.served[id] {
			return nil, false
		}
	}
	l.serve(ids)
	return l.found, true
}

// recent is what was told about a volume a moment ago, whoever has asked.
func (l *listing[T]) recent(id string) (one T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) > listingLife {
		return one, false
	}
	one, ok = l.found[id]
	return one, ok
}

// known is what was told last, whoever has asked.
func (l *listing[T]) known() map[string]T {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.found
}

// serve notes that some volumes were asked about.
func (l *listing[T]) serve(ids []string) {
	for _, id := range ids {
		l.served[id] = true
	}
}

// read has a query tell about all volumes, and keeps the answer unless something was changed meanwhile.
func (l *listing[T]) read(ids []string, query func() (map[string]T, error)) (map[string]T, error) {
	l.mu.Lock()
	drops := l.drops
	l.mu.Unlock()
	began := time.Now()
	found, err := query()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drops == drops {
		l.at, l.found, l.served = began, found, map[string]bool{}
		l.serve(ids)
	}
	return found, nil
}

// drop forgets what was told.
func (l *listing[T]) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found = nil
	l.drops++
}
