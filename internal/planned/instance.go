// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"context"
	"sync"
)

// Instances holds the planned names of instances.
type Instances struct {
	Names
	first sample
}

// sampleSize is the number of new names that a plan looks up one by one. vSphere has no call for many names, and listing the folder grows
// with other people's VMs. If none of the sample is taken, the creations check the rest; if one is, the plan looks up all names, so that
// the user learns at once about everything that an interrupted apply left behind.
const sampleSize = 4

// sample is the result of looking up the first names.
type sample struct {
	mu              sync.Mutex
	asked, answered int
	taken           bool          // by an object that this configuration is not known to manage
	done            chan struct{} // closed with the last answer
}

func newInstances() *Instances { return &Instances{first: sample{done: make(chan struct{})}} }

// Look reports whether a plan must look up its name. If so, the caller calls answer once, with the id of the object that has the name, or
// "".
func (i *Instances) Look(ctx context.Context) (look bool, answer func(id string)) {
	s := &i.first
	s.mu.Lock()
	s.asked++
	rest := s.asked > sampleSize
	s.mu.Unlock()
	if rest {
		return s.foundTaken(ctx), func(string) {}
	}
	return true, func(id string) { s.answer(id != "" && !i.Owns(id)) }
}

func (s *sample) answer(taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = s.taken || taken
	if s.answered++; s.answered == sampleSize {
		close(s.done)
	}
}

// foundTaken waits until all names of the sample are looked up, and reports whether one of them is taken.
func (s *sample) foundTaken(ctx context.Context) bool {
	select {
	case <-s.done:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.taken
	case <-ctx.Done():
		return false
	}
}
