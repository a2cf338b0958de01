package vcsim

import (
	"maps"
	"net/http"
	"reflect"
	"sync"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25/types"
)

// restSide is the simulator of tags and content libraries, seen through what it exports: its type is private, but its
// lock, its fields and its tag methods are not.
type restSide struct {
	lock     sync.Locker
	tags     tagMethods
	sessions map[string]*rest.Session
}

type tagMethods interface {
	AttachedTags(types.ManagedObjectReference) ([]string, types.BaseMethodFault)
	DetachTag(types.ManagedObjectReference, string) types.BaseMethodFault
}

func newRestSide(h http.Handler) *restSide {
	sessions := reflect.ValueOf(h).Elem().FieldByName("Session")
	return &restSide{
		lock:     h.(sync.Locker),
		tags:     h.(tagMethods),
		sessions: sessions.Interface().(map[string]*rest.Session),
	}
}

// expire ends every REST session.
func (s *restSide) expire() {
	s.lock.Lock()
	defer s.lock.Unlock()
	maps.DeleteFunc(s.sessions, func(string, *rest.Session) bool { return true })
}

// forget detaches every tag from an object that is gone.
func (s *restSide) forget(gone []types.ManagedObjectReference) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, ref := range gone {
		ids, _ := s.tags.AttachedTags(ref)
		for _, id := range ids {
			s.tags.DetachTag(ref, id)
		}
	}
}
