// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// seen holds security policies, or groups, as they were last seen or written, by their ids.
type seen struct {
	mu     sync.Mutex
	listed bool
	known  map[string]policy.Object
}

// get returns an object that shares nothing with what is kept.
func (s *seen) get(id string) (o policy.Object, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is, known := s.known[id]
	return is.Copy(), known
}

// keep replaces what is known of an object; nil: it is gone.
func (s *seen) keep(id string, now policy.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]policy.Object{}
	}
	if now == nil {
		delete(s.known, id)
		return
	}
	s.known[id] = now
}

// forget drops all that is known, and does not list again.
func (s *seen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed, s.known = true, nil
}

// learn lists the objects once. What this process has seen of them before is newer. whole is a field without which an object is not shown
// in full: a list of policies need not show the rules.
func (s *seen) learn(ctx context.Context, whole string, list func(context.Context) ([]policy.Object, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listed {
		return nil
	}
	all, err := list(ctx)
	if err != nil {
		return err
	}
	if s.known == nil {
		s.known = map[string]policy.Object{}
	}
	for _, o := range all {
		if _, known := s.known[o.ID()]; !known && o[whole] != nil {
			s.known[o.ID()] = o
		}
	}
	s.listed = true
	return nil
}
