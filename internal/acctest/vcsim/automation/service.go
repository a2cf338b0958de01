// SPDX-License-Identifier: MPL-2.0

// Package automation is what the simulated vCenter adds to the vSphere Automation API (REST) that govmomi simulates: sessions that end,
// files of content libraries that are checked, and tags that leave an object with it.
package automation

import (
	"maps"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25/types"
)

// Service is govmomi's simulator of tags and content libraries, seen through what it exports: its type is private, but its lock, its fields
// and its tag methods are not.
type Service struct {
	lock      sync.Locker
	tags      tagMethods
	sessions  map[string]*rest.Session
	uploads   reflect.Value // sessions of uploads by their ids, in a struct of the simulator's own
	handler   http.Handler
	libraries reflect.Value // by their ids, in a struct of the simulator's own
	registry  *simulator.Registry
	updates   *updates // nil where nothing is checked

	mu      sync.Mutex
	removed []types.ManagedObjectReference // objects that are gone since tags were last detached
}

type tagMethods interface {
	AttachedTags(types.ManagedObjectReference) ([]string, types.BaseMethodFault)
	DetachTag(types.ManagedObjectReference, string) types.BaseMethodFault
}

// New looks at the handler that govmomi's simulator gives.
func New(h http.Handler) *Service {
	fields := reflect.ValueOf(h).Elem()
	sessions := fields.FieldByName("Session")
	registry, _ := fields.FieldByName("Map").Interface().(*simulator.Registry)
	return &Service{
		uploads:   fields.FieldByName("Update"),
		libraries: fields.FieldByName("Library"),
		registry:  registry,
		handler:   h,
		lock:      h.(sync.Locker),
		tags:      h.(tagMethods),
		sessions:  sessions.Interface().(map[string]*rest.Session),
	}
}

// ExpireSessions ends every REST session.
func (s *Service) ExpireSessions() {
	s.lock.Lock()
	defer s.lock.Unlock()
	maps.DeleteFunc(s.sessions, func(string, *rest.Session) bool { return true })
}

// ExpireUploads has uploads forgotten as soon as they are complete. The simulator keeps each for an hour, and all of itself with it: in a
// process that starts thousands of them that is its memory.
func (s *Service) ExpireUploads() {
	s.lock.Lock()
	defer s.lock.Unlock()
	for all := s.uploads.MapRange(); all.Next(); {
		if session, ok := all.Value().FieldByName("Session").Interface().(*library.Session); ok {
			session.ExpirationTime = types.NewTime(time.Now())
		}
	}
}

// NoteRemoved notes that an object is no more.
func (s *Service) NoteRemoved(ref types.ManagedObjectReference) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removed = append(s.removed, ref)
}

// DetachRemoved detaches every tag from the objects that are gone.
func (s *Service) DetachRemoved() {
	s.mu.Lock()
	gone := s.removed
	s.removed = nil
	s.mu.Unlock()
	if len(gone) == 0 {
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, ref := range gone {
		ids, _ := s.tags.AttachedTags(ref)
		for _, id := range ids {
			s.tags.DetachTag(ref, id)
		}
	}
}

// knows reports whether there is such a session.
func (s *Service) knows(session string) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.sessions[session] != nil
}

// UserOf is the user of a session.
func (s *Service) UserOf(session string) (name string, ok bool) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if known := s.sessions[session]; known != nil {
		return known.User, true
	}
	return "", false
}
