// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	user     = "admin"
	password = "pa&ss=word +1"
)

// manager is as much of an NSX Manager as this client can be wrong about: sessions, revisions, codes, pages.
type manager struct {
	*httptest.Server
	version string

	mu       sync.Mutex
	objects  map[string]map[string]any
	session  int // the number of the valid one; 0: none
	logins   int
	wrong    int // passwords
	calls    []string
	now, top int // calls under way, and the most that were

	// before is asked about each call that bears a valid login. It returns whether it has answered.
	before func(w http.ResponseWriter, r *http.Request) bool
}

func newManager(t *testing.T) *manager {
	t.Helper()
	m := &manager{version: "4.2.1.0.0.24304122", objects: map[string]map[string]any{}}
	m.Server = httptest.NewUnstartedServer(m)
	m.Config.ErrorLog = log.New(io.Discard, "", 0) // tests refuse certificates, and break connections off
	m.StartTLS()
	t.Cleanup(m.Close)
	return m
}

func (m *manager) config() Config {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.Certificate().Raw})
	return Config{Server: m.URL, User: user, Password: password, CA: string(ca), UserAgent: "test", Rate: 1e9, Settle: time.Second,
		Pause: 40 * time.Microsecond}
}

// client returns a client of the manager that is in a hurry.
func (m *manager) client(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	cfg := m.config()
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// ServeHTTP answers a call.
func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.calls = append(m.calls, r.Method+" "+r.URL.EscapedPath())
	m.now++
	m.top = max(m.top, m.now)
	m.mu.Unlock()
	defer func() { m.mu.Lock(); m.now--; m.mu.Unlock() }()
	if r.URL.Path == "/api/session/create" {
		m.login(w, r)
		return
	}
	if !m.admits(w, r) {
		return
	}
	if m.before != nil && m.before(w, r) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch path, isPolicy := strings.CutPrefix(r.URL.Path, policy); {
	case r.URL.Path == "/api/v1/node/version":
		write(w, 200, map[string]any{"product_version": m.version})
	case r.URL.Path == "/api/session/destroy":
		m.session = 0
	case !isPolicy:
		refuse(w, 404, 600, "no such call")
	default:
		m.serve(w, r, path)
	}
}

func (m *manager) login(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.logins++
	if r.Method != http.MethodPost || r.PostFormValue("j_username") != user || r.PostFormValue("j_password") != password {
		m.wrong++
		refuse(w, 403, 403, "The credentials were incorrect")
		return
	}
	m.session = m.logins
	http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: fmt.Sprint("s", m.session), Path: "/", Secure: true, HttpOnly: true})
	w.Header().Set("X-XSRF-TOKEN", fmt.Sprint("x", m.session))
}

// admits reports whether a call has a valid login, else it answers.
func (m *manager) admits(w http.ResponseWriter, r *http.Request) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return true
	}
	if cookie, err := r.Cookie("JSESSIONID"); err == nil {
		switch {
		case m.session == 0 || cookie.Value != fmt.Sprint("s", m.session):
			w.WriteHeader(401)
		case r.Header.Get("X-XSRF-TOKEN") != fmt.Sprint("x", m.session):
			refuse(w, 403, 98, "The request was rejected")
		default:
			return true
		}
		return false
	}
	for _, scheme := range []string{"Basic", "Remote"} {
		as := &http.Request{Header: http.Header{"Authorization": {strings.Replace(r.Header.Get("Authorization"), scheme, "Basic", 1)}}}
		if name, word, ok := as.BasicAuth(); ok && name == user && word == password {
			return true
		}
	}
	m.wrong++
	refuse(w, 403, 403, "The credentials were incorrect")
	return false
}

// serve answers a call of the Policy API. The caller holds the lock.
func (m *manager) serve(w http.ResponseWriter, r *http.Request, path string) {
	is, there := m.objects[path]
	switch r.Method {
	case http.MethodGet:
		if !there {
			refuse(w, 404, 600, "The path="+path+" is invalid")
			return
		}
		write(w, 200, is)
	case http.MethodPut:
		text, _ := io.ReadAll(r.Body)
		body := map[string]any{}
		if json.Unmarshal(text, &body) != nil || r.Header.Get("Content-Type") != "application/json" {
			refuse(w, 400, 220, "no JSON")
			return
		}
		given, has := body[revision]
		switch {
		case there && !has:
			refuse(w, 400, 500127, "Cannot create an object with path=["+path+"] as it already exists")
			return
		case has != there, there && given != is[revision]:
			refuse(w, 412, 500071, "fetch the latest copy of the object and retry")
			return
		case there:
			body[revision] = is[revision].(float64) + 1
		default:
			body[revision] = 0.0
		}
		m.objects[path] = body
		write(w, 200, body)
	case http.MethodDelete:
		if !there {
			refuse(w, 404, 600, "not there")
		}
		delete(m.objects, path)
	}
}

func (m *manager) count(call string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.calls {
		if c == call {
			n++
		}
	}
	return n
}

func (m *manager) object(path string) map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.objects[path]
}

func (m *manager) put(path string, object map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if object[revision] == nil {
		object[revision] = 0.0
	}
	m.objects[path] = object
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status, code int, text string) {
	write(w, status, map[string]any{"httpStatus": http.StatusText(status), "error_code": code, "module_name": "policy",
		"error_message": text})
}
