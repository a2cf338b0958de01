// SPDX-License-Identifier: MPL-2.0

package automation

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/rest"
)

// changeFiles answers what is about a session's files.
func (s *Service) changeFiles(w http.ResponseWriter, req *http.Request, id, action string) (done bool) {
	if !s.knows(req.Header.Get("vmware-api-session-id")) {
		return false
	}
	active := false
	s.withUpdate(id, func(u *update) {
		if active = u.State == "ACTIVE"; active && action == "validate" {
			answer(w, s.validate(u))
			done = true
		}
	})
	switch {
	case done:
	case !active && action != "get":
		refuse(w)
		done = true
	case action == "remove":
		s.removeFile(req, id)
		done = true
	case action == "add":
		s.addFile(w, req, id)
		done = true
	}
	return done
}

// addFile notes the size of a file, which the simulator drops. A file that the library is to fetch is fetched only from where it trusts.
func (s *Service) addFile(w http.ResponseWriter, req *http.Request, id string) {
	body, _ := io.ReadAll(req.Body)
	var spec struct {
		File library.UpdateFile `json:"file_spec"`
	}
	_ = json.Unmarshal(body, &spec)
	var refusal error
	if spec.File.SourceType == "PULL" && spec.File.SourceEndpoint != nil {
		if refusal = s.fetch(id, spec.File.Name, spec.File.SourceEndpoint); refusal != nil {
			body = bytes.Replace(body, []byte(`"PULL"`), []byte(`"NONE"`), 1) // a kind that the simulator does not fetch
		}
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	made := record(s.handler, req)
	s.withUpdate(id, func(u *update) {
		f := fileNamed(u, spec.File.Name)
		if f == nil {
			return
		}
		f.Size = spec.File.Size
		if refusal == nil {
			return
		}
		f.SourceType, f.SourceEndpoint, f.Status = "PULL", spec.File.SourceEndpoint, "TRANSFERRING"
		made.body.Reset()
		_ = json.NewEncoder(&made.body).Encode(map[string]any{"value": f})
		if s.updates.knobs.PullHangs {
			s.updates.hanging[id] = true
			return
		}
		f.Status, f.ErrorMessage = "ERROR", &rest.LocalizableMessage{DefaultMessage: refusal.Error()}
		s.failUpdate(u, refusal.Error())
	})
	made.send(w)
}

// removeFile takes a file from a session. The simulator takes the session.
func (s *Service) removeFile(req *http.Request, id string) {
	var spec struct {
		Name string `json:"file_name"`
	}
	_ = json.NewDecoder(req.Body).Decode(&spec)
	s.withUpdate(id, func(u *update) {
		maps.DeleteFunc(u.files, func(_ string, f *library.UpdateFile) bool { return f.Name == spec.Name })
		*s.filesOf(u) = slices.DeleteFunc(*s.filesOf(u), func(f library.File) bool { return f.Name == spec.Name })
	})
}

func fileNamed(u *update, name string) *library.UpdateFile {
	for _, f := range u.files {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// receive takes a file. It is read before the simulator sees it, which lets nobody else do anything meanwhile.
func (s *Service) receive(w http.ResponseWriter, req *http.Request, name string) (done bool) {
	session := s.sessionOfFile(path.Dir(name))
	spool, err := os.CreateTemp("", "novasphere-library-")
	if err != nil || session == "" {
		return false
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	sums := map[string]hash.Hash{"MD5": md5.New(), "SHA1": sha1.New(), "SHA256": sha256.New(), "SHA512": sha512.New()}
	all := io.MultiWriter(spool, sums["MD5"], sums["SHA1"], sums["SHA256"], sums["SHA512"])
	n, err := io.Copy(all, req.Body)
	if err != nil { // the client can send it anew
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return true
	}
	s.expireUpdates()
	s.withUpdate(session, func(u *update) {
		f := u.files[path.Dir(name)]
		message := ""
		switch {
		case u.State != "ACTIVE":
			message = "The update session is no longer active."
		case f.Size > 0 && f.Size != n:
			message = fmt.Sprintf("The file %s has %d bytes, not %d.", f.Name, n, f.Size)
		case f.Checksum != nil && !matches(sums, f.Checksum):
			message = "The file " + f.Name + " has another checksum."
		}
		if f.BytesTransferred = n; message == "" {
			f.Status = "READY"
			*s.filesOf(u) = slices.DeleteFunc(*s.filesOf(u), func(old library.File) bool { return old.Name == f.Name })
			return
		}
		f.Status, f.ErrorMessage = "ERROR", &rest.LocalizableMessage{DefaultMessage: message}
		s.failUpdate(u, message)
		refuse(w)
		done = true
	})
	if done {
		return true
	}
	if strings.HasSuffix(name, ".ovf") {
		s.noteSource(session, spool)
	}
	_, _ = spool.Seek(0, io.SeekStart)
	req.Body = io.NopCloser(struct{ io.Reader }{spool})
	s.handler.ServeHTTP(w, req)
	s.keepStreams(session, path.Base(name), spool)
	return true
}

// matches reports whether a file has a checksum; of a kind that nobody knows none has.
func matches(sums map[string]hash.Hash, want *library.Checksum) bool {
	sum := sums[strings.ToUpper(want.Algorithm)]
	return want.Checksum == "" || sum != nil && strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), want.Checksum)
}

// sessionOfFile is the session of a file's id; empty where none has it.
func (s *Service) sessionOfFile(id string) (session string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for all := s.uploads.MapRange(); all.Next(); {
		if u := updateOf(all.Value()); u.files[id] != nil {
			session = u.ID
		}
	}
	return session
}

// noteSource keeps an OVF descriptor, to look at when the session is complete.
func (s *Service) noteSource(session string, spool *os.File) {
	b, _ := io.ReadAll(io.NewSectionReader(spool, 0, 1<<20))
	s.lock.Lock()
	defer s.lock.Unlock()
	s.updates.sources[session] = b
}

// validate finds what a session lacks, and what its OVF descriptor tells otherwise. Its caller holds the lock.
func (s *Service) validate(u *update) (v library.UpdateFileValidation) {
	for _, f := range u.files {
		switch {
		case f.Status == "WAITING_FOR_TRANSFER":
			v.MissingFiles = append(v.MissingFiles, f.Name)
		case f.ErrorMessage != nil:
			v.InvalidFiles = append(v.InvalidFiles, library.FileValidationError{Name: f.Name, ErrorMessage: *f.ErrorMessage})
		}
	}
	var ovf struct {
		File []struct {
			Name string `xml:"href,attr"`
			Size int64  `xml:"size,attr"`
		} `xml:"References>File"`
	}
	if source := s.updates.sources[u.ID]; source != nil && xml.Unmarshal(source, &ovf) != nil {
		v.InvalidFiles = append(v.InvalidFiles, library.FileValidationError{Name: "OVF",
			ErrorMessage: rest.LocalizableMessage{DefaultMessage: "The OVF descriptor cannot be read."}})
	}
	for _, f := range ovf.File {
		have := fileNamed(u, f.Name)
		switch {
		case have == nil:
			v.MissingFiles = append(v.MissingFiles, f.Name)
		case have.Status == "READY" && f.Size != 0 && have.BytesTransferred != 0 && have.BytesTransferred != f.Size:
			v.InvalidFiles = append(v.InvalidFiles, library.FileValidationError{Name: f.Name, ErrorMessage: rest.LocalizableMessage{
				DefaultMessage: fmt.Sprintf("The file %s has %d bytes, and the OVF descriptor says %d.", f.Name, have.BytesTransferred, f.Size)}})
		}
	}
	slices.Sort(v.MissingFiles)
	v.HasErrors = len(v.MissingFiles)+len(v.InvalidFiles) > 0
	return v
}
