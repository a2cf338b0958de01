// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"slices"
	"sync"
	"time"
)

// agenda is what the manager does by itself later on: what a vCenter is told, and ports that vanish.
type agenda struct {
	manager *Manager

	running sync.Mutex // held while something is done, so that everything happens in its order
	mu      sync.Mutex
	events  []event
	closed  bool
}

type event struct {
	at time.Time // by the manager's clock
	do func()
}

// add has something done at a time, which is some real time from now.
func (a *agenda) add(at time.Time, in time.Duration, do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.events = append(a.events, event{at, do})
	slices.SortStableFunc(a.events, func(x, y event) int { return x.at.Compare(y.at) })
	time.AfterFunc(max(in, 0), a.settle)
}

// settle does all whose time has come.
func (a *agenda) settle() {
	a.running.Lock()
	defer a.running.Unlock()
	for do := a.next(a.manager.tree.Now()); do != nil; do = a.next(a.manager.tree.Now()) {
		do()
	}
}

func (a *agenda) next(now time.Time) func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || len(a.events) == 0 || a.events[0].at.After(now) {
		return nil
	}
	do := a.events[0].do
	a.events = a.events[1:]
	return do
}

func (a *agenda) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
}
