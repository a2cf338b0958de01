// SPDX-License-Identifier: MPL-2.0

package automation

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/rest"
)

// UpdateKnobs choose how a content library takes files.
type UpdateKnobs struct {
	// SessionTime is how long an update session lasts without keep-alive, an hour by default.
	SessionTime time.Duration
	// PullHangs has a library that does not trust where it is to fetch a file wait for ever, as terraform-provider-vsphere #1977 tells,
	// where it fails with a message else.
	PullHangs bool
}

// updates are the update sessions of a library's items, beside what the simulator has of them.
type updates struct {
	knobs     UpdateKnobs
	deadlines map[string]time.Time      // by session
	before    map[string][]library.File // what the item had, by session
	sources   map[string][]byte         // of OVF descriptors, by session
	hanging   map[string]bool           // sessions that wait for a file they never get
}

// StrictUpdates has update sessions end, and what they are given be checked.
func (s *Service) StrictUpdates(knobs UpdateKnobs) {
	if knobs.SessionTime == 0 {
		knobs.SessionTime = time.Hour
	}
	s.updates = &updates{knobs: knobs, deadlines: map[string]time.Time{}, before: map[string][]library.File{},
		sources: map[string][]byte{}, hanging: map[string]bool{}}
}

const (
	sessionsPath = "/rest/com/vmware/content/library/item/update-session"
	filesPath    = "/rest/com/vmware/content/library/item/updatesession/file"
	dataPath     = "/rest/com/vmware/cis/data/"
)

// Update answers what is about update sessions; done is false for everything else.
func (s *Service) Update(w http.ResponseWriter, req *http.Request) (done bool) {
	if s.updates == nil {
		return false
	}
	s.expireUpdates()
	action := req.URL.Query().Get("~action")
	if name, ok := strings.CutPrefix(req.URL.Path, dataPath); ok && req.Method == http.MethodPut {
		return s.receive(w, req, name)
	}
	if id, ok := strings.CutPrefix(req.URL.Path, filesPath+"/id:"); ok && req.Method == http.MethodPost {
		return s.changeFiles(w, req, id, action)
	}
	id, ok := strings.CutPrefix(req.URL.Path, sessionsPath)
	id = strings.TrimPrefix(id, "/id:")
	switch {
	case !ok || !s.knows(req.Header.Get("vmware-api-session-id")):
		return false
	case id == "" && req.Method == http.MethodPost:
		s.beginUpdate(w, req)
		return true
	case req.Method == http.MethodPost && action != "cancel" && action != "fail":
		return s.continueUpdate(w, id, action)
	case req.Method != http.MethodGet:
		s.withUpdate(id, func(u *update) {
			if u.State != "DONE" {
				s.restore(u)
			}
		})
	}
	return false
}

// beginUpdate notes when the session that the simulator makes ends.
func (s *Service) beginUpdate(w http.ResponseWriter, req *http.Request) {
	answer := record(s.handler, req)
	var made struct{ Value string }
	if json.Unmarshal(answer.body.Bytes(), &made) == nil {
		s.withUpdate(made.Value, func(u *update) {
			s.prolong(u)
			s.updates.before[u.ID] = slices.Clone(*s.filesOf(u))
		})
	}
	answer.send(w)
}

// continueUpdate answers keep-alive and complete.
func (s *Service) continueUpdate(w http.ResponseWriter, id, action string) (done bool) {
	s.withUpdate(id, func(u *update) {
		switch {
		case u.State != "ACTIVE":
			refuse(w)
			done = true
		case action == "keep-alive":
			s.prolong(u)
			done = true
		case action == "complete" && s.updates.hanging[id]:
			delete(s.updates.deadlines, id)
			done = true
		case action == "complete":
			delete(s.updates.deadlines, id)
			if wrong := s.validate(u); wrong.HasErrors {
				s.failUpdate(u, firstMessage(wrong))
				done = true
			} else if u.ExpirationTime.After(time.Now()) { // after which the simulator forgets it
				u.ExpirationTime = new(time.Now().Add(time.Hour))
			}
		}
	})
	return done
}

// firstMessage is what an administrator reads first of what is wrong.
func firstMessage(v library.UpdateFileValidation) string {
	if len(v.MissingFiles) > 0 {
		return "The file " + v.MissingFiles[0] + " is missing."
	}
	return v.InvalidFiles[0].ErrorMessage.DefaultMessage
}

func (s *Service) prolong(u *update) {
	end := time.Now().Add(s.updates.knobs.SessionTime)
	s.updates.deadlines[u.ID], u.ExpirationTime = end, &end
}

// expireUpdates ends the sessions that nobody has kept alive.
func (s *Service) expireUpdates() {
	s.lock.Lock()
	var late []string
	for id, end := range s.updates.deadlines {
		if end.Before(time.Now()) {
			late = append(late, id)
			delete(s.updates.deadlines, id)
		}
	}
	s.lock.Unlock()
	for _, id := range late {
		s.withUpdate(id, func(u *update) {
			if u.State == "ACTIVE" {
				s.failUpdate(u, "The update session has expired.")
			}
		})
	}
}

// failUpdate has a session end with a message, and its item be as it was. Its caller holds the lock.
func (s *Service) failUpdate(u *update, message string) {
	u.State, u.ErrorMessage = "ERROR", &rest.LocalizableMessage{DefaultMessage: message}
	s.restore(u)
}

// restore takes from an item what a session has brought. Its caller holds the lock.
func (s *Service) restore(u *update) {
	delete(s.updates.deadlines, u.ID)
	if before, known := s.updates.before[u.ID]; known {
		*s.filesOf(u) = before
	}
}

// update is a session as the simulator keeps it.
type update struct {
	*library.Session
	library *library.Library
	files   map[string]*library.UpdateFile
}

// withUpdate looks at a session while nobody else does; at none where there is none.
func (s *Service) withUpdate(id string, do func(*update)) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if v := s.uploads.MapIndex(reflect.ValueOf(id)); v.IsValid() {
		do(updateOf(v))
	}
}

// updateOf reads the exported fields of what the simulator keeps under a private type.
func updateOf(v reflect.Value) *update {
	u := new(update)
	u.Session, _ = v.FieldByName("Session").Interface().(*library.Session)
	u.library, _ = v.FieldByName("Library").Interface().(*library.Library)
	u.files, _ = v.FieldByName("File").Interface().(map[string]*library.UpdateFile)
	return u
}

// filesOf are the files of a session's item; those of nothing where the item is gone.
func (s *Service) filesOf(u *update) *[]library.File {
	none := new([]library.File)
	content := s.libraries.MapIndex(reflect.ValueOf(u.library.ID))
	if !content.IsValid() {
		return none
	}
	item := content.Elem().FieldByName("Item").MapIndex(reflect.ValueOf(u.LibraryItemID))
	if !item.IsValid() {
		return none
	}
	files, _ := item.Elem().FieldByName("File").Addr().Interface().(*[]library.File)
	return files
}

// refuse says that a session is in no state for what it is asked.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, `{"type":"com.vmware.vapi.std.errors.not_allowed_in_current_state","value":{"messages":[]}}`)
}
