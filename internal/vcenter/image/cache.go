// SPDX-License-Identifier: MPL-2.0

package image

import (
	"maps"
	"slices"
	"strings"
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

// forget has an image found anew, by its id, by its names and as its copies.
func (s *imageCache) forget(id string, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.byID, func(key string, _ *wire.Lookup[Template]) bool {
		return key == id || strings.HasPrefix(key, id+"@") || slices.Contains(names, strings.TrimPrefix(key, "name "))
	})
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
