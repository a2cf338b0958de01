package planned

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Kind describes objects of one noun to a Set.
type Kind[T any] struct {
	ID    func(T) string    // names an object that exists; empty while it does not
	Keys  func(T) []string  // are what two of the noun may not share, in some way that Meets tells
	Finds func(T) []string  // are what else it is found by; nil: nothing
	Bare  func(T) T         // leaves out what is chosen when it is made: two that are equal then are the same wish
	Meets func(a, b T) bool // tells whether two that share a key cannot both be
}

// Set holds what is planned of one noun. An object is found by each of its keys. The methods may be called concurrently.
type Set[T any] struct {
	Kind[T]

	mu     sync.Mutex
	items  map[string][]T      // by key
	keys   map[string][]string // of what exists, by id
	places map[string]place
	owned  map[string][]T // by owner
	left   chan struct{}  // closed when something is no longer waited for
}

// NewSet makes a set in which nothing is planned.
func NewSet[T any](k Kind[T]) *Set[T] {
	return &Set[T]{Kind: k, items: map[string][]T{}, keys: map[string][]string{}, places: map[string]place{}, owned: map[string][]T{}}
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
		s.places[id] = inState
	}
}

// Expect notes what will be there: an object that is to be made, or what becomes of one that exists.
func (s *Set[T]) Expect(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := s.found(v)
	if id := s.ID(v); id != "" {
		s.forget(id)
		s.places[id], s.keys[id] = stays, keys
	}
	for _, key := range keys {
		s.items[key] = append(s.items[key], v)
	}
}

// ExpectOf is Expect for what is to be made with an owner that is known by a name only.
func (s *Set[T]) ExpectOf(owner string, v T) {
	s.Expect(v)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owned[owner] = append(s.owned[owner], v)
}

// Renew drops what was expected of an owner: it is planned anew.
func (s *Set[T]) Renew(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.owned[owner] {
		s.dropWish(v)
	}
	delete(s.owned, owner)
}

// Replace notes that an object goes for another one: Terraform then plans its successor as if nothing were there.
func (s *Set[T]) Replace(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(id)
}

func (s *Set[T]) leave(id string) {
	s.forget(id)
	s.places[id] = leaves
}

// Done notes that what was to be made is made, or has failed: from now on the vCenter tells.
func (s *Set[T]) Done(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropWish(v)
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

// dropWish drops what is to be made and is the same wish as v.
func (s *Set[T]) dropWish(v T) {
	s.drop(s.found(v), func(other T) bool { return s.ID(other) == "" && s.same(v, other) })
}

// found are all keys of an object.
func (s *Set[T]) found(v T) []string {
	if s.Finds == nil {
		return s.Keys(v)
	}
	return append(s.Keys(v), s.Finds(v)...)
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

// Find is what was planned last under a key.
func (s *Set[T]) Find(key string) (v T, planned bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all := s.items[key]; len(all) > 0 {
		return all[len(all)-1], true
	}
	return v, false
}

// All are those that have an id, each once, in the order of their ids.
func (s *Set[T]) All() (all []T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.keys)) {
		for _, key := range s.keys[id] {
			if i := slices.IndexFunc(s.items[key], func(v T) bool { return s.ID(v) == id }); i >= 0 {
				all = append(all, s.items[key][i])
				break
			}
		}
	}
	return all
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
// under any of its keys. What may be on its way out is left out: an object that is in the state and was not planned yet, for it may be
// tainted or removed; one that is replaced; and one that is planned to stay with v's own wish, for v may be its successor (-replace).
// Where v is known to take the place of an object, that is the one that it would meet: whatever else was in its way, the plan has refused
// when it still had that object's state. Create looks again, and is strict.
func (s *Set[T]) Overlay(ctx context.Context, v T, there []T) (out []T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, own, seen := s.Keys(v), s.ID(v), map[string]bool{}
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
