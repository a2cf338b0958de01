// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Kind tells a Set how to handle objects of one noun.
type Kind[T any] struct {
	ID    func(T) string    // returns the object's id; empty if it does not exist yet
	Keys  func(T) []string  // return what objects of the noun may have to share; Meets decides whether two may
	Finds func(T) []string  // return further keys to find the object by; nil: none
	Bare  func(T) T         // strips what is only chosen at creation: two objects with equal results are the same wish
	Meets func(a, b T) bool // reports whether two objects with a common key exclude each other
}

// Set holds the planned objects of one noun, by each of their keys. Its methods may be called concurrently.
type Set[T any] struct {
	Kind[T]

	mu     sync.Mutex
	items  map[string][]T      // by key
	keys   map[string][]string // of existing objects, by id
	places map[string]place
	owned  map[string][]T // by owner
	left   chan struct{}  // closed when a planned object is made or has failed
}

// NewSet returns a set in which nothing is planned.
func NewSet[T any](k Kind[T]) *Set[T] {
	return &Set[T]{Kind: k, items: map[string][]T{}, keys: map[string][]string{}, places: map[string]place{}, owned: map[string][]T{}}
}

// place is what is known about the future of an existing object.
type place int

const (
	inState   place = iota + 1 // it was read: it may stay, be replaced or be removed
	stays                      // a plan keeps it, or changes it in place
	leaves                     // a plan replaces it
	elsewhere place = 0        // no state of this process holds it
)

// Read records that this configuration's state holds an object.
func (s *Set[T]) Read(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places[id] == elsewhere {
		s.places[id] = inState
	}
}

// Expect records a planned object: one that does not exist yet, or what an existing one becomes.
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

// ExpectOf is Expect for an object that does not exist yet and whose owner is only known by name.
func (s *Set[T]) ExpectOf(owner string, v T) {
	s.Expect(v)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owned[owner] = append(s.owned[owner], v)
}

// Renew drops what was expected of an owner, because the owner is planned again.
func (s *Set[T]) Renew(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.owned[owner] {
		s.dropWish(v)
	}
	delete(s.owned, owner)
}

// Replace records that an object is replaced. Terraform then plans its successor as a creation.
func (s *Set[T]) Replace(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(id)
}

func (s *Set[T]) leave(id string) {
	s.forget(id)
	s.places[id] = leaves
}

// Done records that a planned object is made or has failed: from now on the vCenter's answer counts.
func (s *Set[T]) Done(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropWish(v)
	if s.left != nil {
		close(s.left)
		s.left = nil
	}
}

// succeed records that the existing objects which v would meet are leaving.
func (s *Set[T]) succeed(v T, keys []string) {
	for _, key := range keys {
		for _, other := range slices.Clone(s.items[key]) {
			if id := s.ID(other); id != "" && s.Meets(v, other) {
				s.leave(id)
			}
		}
	}
}

// dropWish drops the planned objects without an id that are the same wish as v.
func (s *Set[T]) dropWish(v T) {
	s.drop(s.found(v), func(other T) bool { return s.ID(other) == "" && s.same(v, other) })
}

// found returns all keys by which an object is found.
func (s *Set[T]) found(v T) []string {
	if s.Finds == nil {
		return s.Keys(v)
	}
	return append(s.Keys(v), s.Finds(v)...)
}

// forget drops what was planned for an existing object.
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

// At returns what is planned under a key.
func (s *Set[T]) At(key string) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]T(nil), s.items[key]...)
}

// Find returns what was planned last under a key.
func (s *Set[T]) Find(key string) (v T, planned bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all := s.items[key]; len(all) > 0 {
		return all[len(all)-1], true
	}
	return v, false
}

// All returns the planned objects that have an id, each once, in the order of their ids.
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

// New returns the objects under a key that do not exist yet, and a channel that is closed when any planned object is made or has failed.
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

// Overlay returns the objects that will exist beside v: the existing ones that are known to stay, as planned, and those planned under any
// key of v. It leaves out objects that may be on their way out: one in the state that is not planned yet, because it may be tainted or
// removed; one that is replaced; and one that is planned to stay and equals v's wish, because v may be its successor (-replace). If v is
// known to replace an object, that is the one that v would meet: the plan that still had the old object's state has refused any other
// conflict. The creation checks again, and is strict.
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
		_, changed := s.keys[id] // its present form no longer counts
		if p := s.places[id]; id != own && (p == elsewhere || p == stays && !changed) {
			out = append(out, other)
		}
	}
	return out
}
