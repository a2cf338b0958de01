// SPDX-License-Identifier: MPL-2.0

// Package faults breaks calls between a provider and an embedded vCenter, and an embedded NSX beside it, one at a time, and judges the
// result: whether the next applies converge with nothing but the import blocks that errors print, and whether the vCenter and NSX then have
// the same inventory as without a fault, and what is somebody else's as it was.
package faults

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// Server is what a call is sent to: a vCenter, or an NSX.
type Server interface{ ExpireSessions() }

// Breaking answers instead of a server, and executes the call with next if the fault comes after.
type Breaking func(at Server, next http.Handler, w http.ResponseWriter, r *http.Request)

// Fault is a way in which a call goes wrong: how a vCenter breaks it, and how NSX does.
type Fault struct {
	Name       string
	Break, NSX Breaking
}

// Kinds are all faults of single calls.
var Kinds = []Fault{
	{"dropped before", dropped, dropped},
	{"answer lost", lost, lost},
	{"503 in HTML", unavailable, unavailable},
	{"body cut", cut, cut},
	{"NotAuthenticated", refuse("NotAuthenticated", http.StatusUnauthorized, "unauthenticated"), sessionGone},
	{"InvalidState", refuse("InvalidState", http.StatusBadRequest, "not_allowed_in_current_state"), refused},
	{"TaskInProgress", refuse("TaskInProgress", http.StatusServiceUnavailable, "resource_busy"), busy},
	{"restart", restart, restart},
}

func dropped(_ Server, _ http.Handler, w http.ResponseWriter, _ *http.Request) { HangUp(w) }

func lost(_ Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	HangUp(w)
}

// unavailable is the answer of the proxy before a server that restarts.
func unavailable(_ Server, _ http.Handler, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("<html><body><h1>503 Service Unavailable</h1>no healthy upstream</body></html>"))
}

// restart leaves the objects, and sessions are gone. The server stays: another test's could take its port meanwhile.
func restart(at Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	at.ExpireSessions()
	HangUp(w)
}

// at breaks a call to a vCenter or an NSX.
func (f Fault) at(to Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
	if _, is := to.(nsx); is {
		f.NSX(to, next, w, r)
		return
	}
	f.Break(to, next, w, r)
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
func cut(_ Server, next http.Handler, w http.ResponseWriter, r *http.Request) {
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
func refuse(fault string, status int, rest string) Breaking {
	return func(_ Server, _ http.Handler, w http.ResponseWriter, r *http.Request) {
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
