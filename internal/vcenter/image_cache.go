package vcenter

import (
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// imageCache finds images. What was found by id is kept.
type imageCache struct {
	mu   sync.Mutex
	byID map[string]*wire.Lookup[template]
}

func (s *imageCache) keep(t template) {
	slot := s.slot(t.ID)
	_, _ = slot.Get(func() (template, error) { return t, nil })
}

func (s *imageCache) slot(id string) *wire.Lookup[template] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*wire.Lookup[template]{}
	}
	if s.byID[id] == nil {
		s.byID[id] = &wire.Lookup[template]{}
	}
	return s.byID[id]
}
