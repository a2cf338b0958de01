// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// Call is a request that came over the wire.
type Call struct{ Method, Path string }

// Tampering carries out a request in the manager's place; next is the manager itself.
type Tampering func(w http.ResponseWriter, r *http.Request, next http.Handler)

// front receives every request: it takes it down, refuses what is too much, and asks who it is.
type front struct {
	manager *Manager

	mu      sync.Mutex
	calls   []Call
	how     Tampering // nil where nobody tampers
	flying  int
	arrived []time.Time // in the last second
}

// Calls are the requests since the start or the last reset, in their order.
func (m *Manager) Calls() []Call {
	m.front.mu.Lock()
	defer m.front.mu.Unlock()
	return slices.Clone(m.front.calls)
}

// Count is the number of requests with a method, any if it is empty, and a path that matches a pattern of package path.
func (m *Manager) Count(method, pattern string) int {
	n := 0
	for _, c := range m.Calls() {
		if fits, err := path.Match(pattern, c.Path); err == nil && fits && (method == "" || method == c.Method) {
			n++
		}
	}
	return n
}

// ResetCalls forgets the requests.
func (m *Manager) ResetCalls() {
	m.front.mu.Lock()
	defer m.front.mu.Unlock()
	m.front.calls = nil
}

// Tamper has every request carried out by somebody else, who may have the manager do it; nil ends that.
func (m *Manager) Tamper(how Tampering) {
	m.front.mu.Lock()
	defer m.front.mu.Unlock()
	m.front.how = how
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	how, tooMuch := f.arrive(r)
	defer f.leave()
	switch {
	case tooMuch:
		refuseTooMuch(w)
	case how != nil:
		how(w, r, http.HandlerFunc(f.route))
	default:
		f.route(w, r)
	}
}

func (f *front) arrive(r *http.Request) (how Tampering, tooMuch bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.calls = append(f.calls, Call{r.Method, r.URL.Path})
	f.arrived = slices.DeleteFunc(f.arrived, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	o := f.manager.options
	tooMuch = o.Rate >= 0 && len(f.arrived) >= o.Rate || o.Concurrent >= 0 && f.flying >= o.Concurrent
	if !tooMuch {
		f.arrived = append(f.arrived, now)
	}
	f.flying++
	return f.how, tooMuch
}

func (f *front) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flying--
}

// refuseTooMuch answers as the part of a manager does that limits its clients: unlike every other, with a code that is a string.
func refuseTooMuch(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(`{"module_name": "common-services", "error_message": "the client exceeds its rate", "error_code": "102"}`))
}

func (f *front) route(w http.ResponseWriter, r *http.Request) {
	m := f.manager
	switch {
	case r.URL.Path == "/api/session/create" && r.Method == http.MethodPost:
		m.accounts.login(w, r)
		return
	case r.URL.Path == "/api/session/destroy" && r.Method == http.MethodPost:
		m.accounts.logout(w, r)
		return
	}
	caller, refusal := m.accounts.identify(r)
	switch {
	case refusal != nil:
		refusal.ServeHTTP(w, r)
	case r.URL.Path == "/api/v1/node/version" && r.Method == http.MethodGet:
		policy.Send(w, map[string]any{"node_version": m.options.Version + ".0.0.1", "product_version": m.options.Version + ".0.0.1"})
	case r.URL.Path == m.projectPath() && r.Method == http.MethodGet:
		policy.Send(w, map[string]any{"id": m.options.Project, "display_name": m.options.Project, "resource_type": "Project",
			"path": strings.TrimPrefix(r.URL.Path, "/policy/api/v1")})
	case m.options.unlicensed(r):
		policy.Unlicensed("%s %s: there is no licence for the distributed firewall", r.Method, r.URL.Path).ServeHTTP(w, r)
	case strings.Contains(r.URL.Path, "/ip-pools"):
		m.misuse("%s %s: nothing may lie in NSX's address pools", r.Method, r.URL.Path)
		policy.NotThere("no such path: %s", r.URL.Path).ServeHTTP(w, r)
	default:
		m.tree.Serve(w, r, caller)
	}
}

// projectPath is where the project itself can be read, and nowhere without one.
func (m *Manager) projectPath() string {
	if m.options.Project == "" || !m.options.projects() {
		return ""
	}
	return "/policy/api/v1" + strings.TrimSuffix(projectRoot(m.options.Project), "/infra")
}
