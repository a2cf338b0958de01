// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"bytes"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/automation"
)

// front receives every request and counts it. Only what comes over the wire is counted: the simulator's calls to
// itself are not, except those its content library makes as a client of its own.
type front struct {
	next   http.Handler
	before func(http.ResponseWriter, *http.Request) (done bool)

	mu    sync.Mutex
	count map[string]int
	how   Tampering // nil where nobody tampers
}

// Tampering carries out a request in the vCenter's place: the name is as in Calls, and next is the vCenter itself.
type Tampering func(name string, next http.Handler, w http.ResponseWriter, r *http.Request)

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	soap := strings.HasPrefix(r.URL.Path, vim25.Path) && r.Method == http.MethodPost
	if !soap {
		f.pass(automation.CallName(r), http.HandlerFunc(f.rest), w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.pass(soapName(body), f.next, w, r)
}

func (f *front) rest(w http.ResponseWriter, r *http.Request) {
	if f.before == nil || !f.before(w, r) {
		f.next.ServeHTTP(w, r)
	}
}

// counting counts what a handler is asked that the vCenter is not: an ESX host.
func (f *front) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.pass(automation.CallName(r), next, w, r) })
}

// pass has a request carried out, by whoever tampers where somebody does.
func (f *front) pass(name string, next http.Handler, w http.ResponseWriter, r *http.Request) {
	if how := f.add(name); how != nil {
		how(name, next, w, r)
		return
	}
	next.ServeHTTP(w, r)
}

func (f *front) add(name string) Tampering {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		f.count = map[string]int{}
	}
	f.count[name]++
	return f.how
}

func (f *front) tamper(how Tampering) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.how = how
}

func (f *front) calls() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		return map[string]int{}
	}
	return maps.Clone(f.count)
}

func (f *front) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count = nil
}

// soapName is the name of the first element inside the envelope's body.
func soapName(envelope []byte) string {
	d := xml.NewDecoder(bytes.NewReader(envelope))
	inside := false
	for {
		token, err := d.Token()
		if err != nil {
			return "unreadable SOAP request"
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case inside:
			return start.Name.Local
		case start.Name.Local == "Body":
			inside = true
		}
	}
}
