package planned

import (
	"context"
	"sync"
)

// Instances holds the names that are planned for instances.
type Instances struct {
	Names
	first sample
}

// sampleSize is how many names of new instances a plan looks for, one by one: there is no one question for many, and a list of the folder
// grows with other people's machines. Where none of them is taken, the rest is left to the creation; where one is, all are looked for, so
// that what an interrupted apply left behind is told all at once.
const sampleSize = 4

// sample is what was found of the first names.
type sample struct {
	mu              sync.Mutex
	asked, answered int
	taken           bool          // by something that the configuration is not known to have
	done            chan struct{} // closed with the last answer
}

func newInstances() *Instances { return &Instances{first: sample{done: make(chan struct{})}} }

// Look tells whether a name is to be looked for. Then answer is called once, with the id of what has the name, or with none.
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

// foundTaken waits until all of the first names have been looked for, and tells whether one of them is taken.
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
