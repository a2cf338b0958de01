package image

import (
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// imageCache keeps the images that were found by id.
type imageCache struct {
	mu   sync.Mutex
	byID map[string]*wire.Lookup[Template]
}

func (s *imageCache) keep(t Template) {
	slot := s.slot(t.ID)
	_, _ = slot.Get(func() (Template, error) { return t, nil })
}

func (s *imageCache) slot(id string) *wire.Lookup[Template] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*wire.Lookup[Template]{}
	}
	if s.byID[id] == nil {
		s.byID[id] = &wire.Lookup[Template]{}
	}
	return s.byID[id]
}
