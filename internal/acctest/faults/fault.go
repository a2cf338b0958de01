// Package faults breaks calls between a provider and an embedded vCenter, one at a time, and judges the result: whether the next applies
// converge with nothing but the import blocks that errors print, and whether the vCenter then has the same inventory as without a fault.
package faults

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Fault is a way in which a call goes wrong. Break answers instead of the vCenter, and executes the call with next if the fault comes
// after.
type Fault struct {
	Name  string
	Break func(vc *acctest.VCenter, next http.Handler, w http.ResponseWriter, r *http.Request)
}

// Kinds are all faults of single calls.
var Kinds = []Fault{
	{"dropped before", func(_ *acctest.VCenter, _ http.Handler, w http.ResponseWriter, _ *http.Request) { HangUp(w) }},
	{"answer lost", func(_ *acctest.VCenter, next http.Handler, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		HangUp(w)
	}},
	// the answer of the proxy of a vCenter that restarts
	{"503 in HTML", func(_ *acctest.VCenter, _ http.Handler, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("<html><body><h1>503 Service Unavailable</h1>no healthy upstream</body></html>"))
	}},
	{"body cut", cut},
	{"NotAuthenticated", refuse("NotAuthenticated", http.StatusUnauthorized, "unauthenticated")},
	{"InvalidState", refuse("InvalidState", http.StatusBadRequest, "not_allowed_in_current_state")},
	{"TaskInProgress", refuse("TaskInProgress", http.StatusServiceUnavailable, "resource_busy")},
	// objects stay, and sessions are gone
	{"restart", func(vc *acctest.VCenter, next http.Handler, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		vc.ExpireSessions() // not Restart: another test's vCenter could take its port meanwhile
		HangUp(w)
	}},
}

// HangUp closes the connection without an answer.
func HangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// cut executes the call and sends the first half of its answer.
func cut(_ *acctest.VCenter, next http.Handler, w http.ResponseWriter, r *http.Request) {
	out := httptest.NewRecorder()
	next.ServeHTTP(out, r)
	body := out.Body.Bytes()
	if len(body) == 0 {
		HangUp(w)
		return
	}
	for key, values := range out.Header() {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(out.Code)
	_, _ = w.Write(body[:len(body)/2])
	panic(http.ErrAbortHandler)
}

// refuse does not execute the call: it answers with a SOAP fault, and in REST with a status and an error of this name.
func refuse(fault string, status int, rest string) func(*acctest.VCenter, http.Handler, http.ResponseWriter, *http.Request) {
	return func(_ *acctest.VCenter, _ http.Handler, w http.ResponseWriter, r *http.Request) {
		if isSOAP(r) {
			out := acctest.Refusal(fault)
			w.Header()["Content-Type"] = out.Header()["Content-Type"]
			w.WriteHeader(out.Code)
			_, _ = w.Write(out.Body.Bytes())
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"type":"com.vmware.vapi.std.errors.` + rest + `","value":{"messages":[]}}`))
	}
}

func isSOAP(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/sdk")
}

// Counter counts the calls to a vCenter, and tampers with one of them.
type Counter struct {
	mu     sync.Mutex
	names  []string
	at     int // counted from one; 0 for none
	do     vcsim.Tampering
	struck string
}

// Count starts to count. do handles call number at, counted from one.
func Count(vc *acctest.VCenter, at int, do vcsim.Tampering) *Counter {
	c := &Counter{at: at, do: do}
	vc.Tamper(func(name string, next http.Handler, w http.ResponseWriter, r *http.Request) {
		if c.note(name) {
			c.do(name, next, w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
	return c
}

func (c *Counter) note(name string) (strike bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = append(c.names, name)
	if strike = len(c.names) == c.at; strike {
		c.struck = name
	}
	return strike
}

// Names returns the calls so far.
func (c *Counter) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.names...)
}

// Struck returns the call that was tampered with, or "" where it was not reached.
func (c *Counter) Struck() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.struck
}
