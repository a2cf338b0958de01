// Package planned remembers what one process has planned and not made yet, so that what is planned after it knows: names that will be
// there, and names, addresses and ranges that are spoken for. Terraform tells a provider neither what else a configuration holds nor the
// address of a resource, so each plan leaves here what later plans need. A provider's instance owns it: nothing outlives a configuration.
package planned

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Set is what is planned of one kind of object, found by keys: whatever two of a kind may not share, or are looked up by. The same object may
// be kept under several keys. Its methods may be called concurrently, and the zero value is ready once its functions are set.
type Set[T any] struct {
	ID    func(T) string    // empty: it does not exist yet
	Bare  func(T) T         // without what is chosen when it is made: two that are equal then are the same wish
	Meets func(a, b T) bool // whether two that share a key cannot both be

	mu     sync.Mutex
	items  map[string][]T      // by key
	keys   map[string][]string // of what exists, by id
	places map[string]place
	left   chan struct{} // closed when something is no longer waited for
}

// place is what is known of an object that exists.
type place int

const (
	inState   place = iota + 1 // it was read: it may stay, be replaced or go
	stays                      // a plan keeps it, or changes it in place
	leaves                     // a plan replaces it
	elsewhere place = 0        // no state of this process holds it
)

// Read notes that this configuration's state holds an object.
func (s *Set[T]) Read(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places[id] == elsewhere {
		s.set(id, inState)
	}
}

func (s *Set[T]) set(id string, p place) {
	if s.places == nil {
		s.places, s.keys = map[string]place{}, map[string][]string{}
	}
	s.places[id] = p
}

// Expect notes what will be there: an object that is to be made, or what becomes of one that exists.
func (s *Set[T]) Expect(v T, keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := s.ID(v); id != "" {
		s.forget(id)
		s.set(id, stays)
		s.keys[id] = keys
	}
	if s.items == nil {
		s.items = map[string][]T{}
	}
	for _, key := range keys {
		s.items[key] = append(s.items[key], v)
	}
}

// Replace notes that an object goes for another one: Terraform then plans its successor as if nothing were there.
func (s *Set[T]) Replace(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(id)
}

func (s *Set[T]) leave(id string) {
	s.forget(id)
	s.set(id, leaves)
}

// Done notes that what was to be made is made, or has failed: from now on the vCenter tells.
func (s *Set[T]) Done(v T, keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(keys, func(other T) bool { return s.ID(other) == "" && s.same(v, other) })
	if s.left != nil {
		close(s.left)
		s.left = nil
	}
}

// succeed notes that those leave which v would meet.
func (s *Set[T]) succeed(v T, keys []string) {
	for _, key := range keys {
		for _, other := range slices.Clone(s.items[key]) {
			if id := s.ID(other); id != "" && s.Meets(v, other) {
				s.leave(id)
			}
		}
	}
}

// forget drops what was planned of an object that exists.
func (s *Set[T]) forget(id string) {
	s.drop(s.keys[id], func(other T) bool { return s.ID(other) == id })
	delete(s.keys, id)
}

func (s *Set[T]) drop(keys []string, fits func(T) bool) {
	for _, key := range keys {
		kept := make([]T, 0, len(s.items[key]))
		for _, v := range s.items[key] {
			if !fits(v) {
				kept = append(kept, v)
			}
		}
		if len(kept) == 0 {
			delete(s.items, key)
		} else {
			s.items[key] = kept
		}
	}
}

func (s *Set[T]) same(a, b T) bool { return reflect.DeepEqual(s.Bare(a), s.Bare(b)) }

// At is what is planned under a key.
func (s *Set[T]) At(key string) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]T(nil), s.items[key]...)
}

// New is what is to be made under a key, and a channel that closes when some of it is made or has failed.
func (s *Set[T]) New(key string) (coming []T, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.items[key] {
		if s.ID(v) == "" {
			coming = append(coming, v)
		}
	}
	if s.left == nil {
		s.left = make(chan struct{})
	}
	return coming, s.left
}

// Overlay is what there will be beside v: of what is there now, what is known to stay, as it is planned to become; and what is planned
// under any of the keys. What may be on its way out is left out: an object that is in the state and was not planned yet, for it may be
// tainted or removed; one that is replaced; and one that is planned to stay with v's own wish, for v may be its successor (-replace).
// Where v is known to take the place of an object, that is the one that it would meet: whatever else was in its way, the plan has refused when
// it still had that object's state. Create looks again, and is strict.
func (s *Set[T]) Overlay(ctx context.Context, v T, there []T, keys ...string) (out []T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own, seen := s.ID(v), map[string]bool{}
	if own == "" && openstack.Succeeds(ctx) {
		s.succeed(v, keys)
	}
	successor := func(other T) bool { return own == "" && s.ID(other) != "" && s.same(v, other) }
	for _, key := range keys {
		for _, other := range s.items[key] {
			if id := s.ID(other); id == "" || id != own && !seen[id] && !successor(other) {
				out = append(out, other)
				seen[id] = true
			}
		}
	}
	for _, other := range there {
		id := s.ID(other)
		_, changed := s.keys[id] // then what it is now counts no longer
		if p := s.places[id]; id != own && (p == elsewhere || p == stays && !changed) {
			out = append(out, other)
		}
	}
	return out
}
