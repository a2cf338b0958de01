// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answer is what the manager said: "200", or a status and a code as "400/255".
type answer struct {
	verdict string
	body    map[string]any
	header  http.Header
}

// client trusts the manager.
func client(m *Manager) *http.Client { return m.server.Client() }

// send has a request answered.
func send(t *testing.T, c *http.Client, r *http.Request) answer {
	t.Helper()
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{verdict: fmt.Sprint(response.StatusCode), header: response.Header}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			t.Fatalf("%s %s: %q: %v", r.Method, r.URL, text, err)
		}
	}
	if code := a.body["error_code"]; code != nil {
		a.verdict += fmt.Sprintf("/%v", code)
	}
	return a
}

// request makes one of a user with a password. Pairs of headers follow the body.
func request(t *testing.T, m *Manager, method, path, body string, headers ...string) *http.Request {
	t.Helper()
	if strings.HasPrefix(path, "/infra") || strings.HasPrefix(path, "/orgs") || strings.HasPrefix(path, "/search") {
		path = "/policy/api/v1" + path
	}
	r, err := http.NewRequestWithContext(t.Context(), method, m.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(m.User, m.Password)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// ask has a request of the user answered.
func ask(t *testing.T, m *Manager, method, path, body string, headers ...string) answer {
	t.Helper()
	return send(t, client(m), request(t, m, method, path, body, headers...))
}

// step is a request, and what is to be answered.
type step struct{ method, path, body, verdict string }

func run(t *testing.T, m *Manager, steps ...step) {
	t.Helper()
	c := client(m)
	for _, s := range steps {
		if a := send(t, c, request(t, m, s.method, s.path, s.body)); a.verdict != s.verdict {
			t.Errorf("%s %s %s: %s, not %s: %v", s.method, s.path, s.body, a.verdict, s.verdict, a.body)
		}
	}
}

// slow are delays that pass only where a test has them pass.
var slow = Delays{Publish: time.Hour, Realize: time.Hour, Delete: time.Hour, Search: time.Hour, Detach: time.Hour, Vanish: 3 * time.Hour}

// atOnce are no delays.
var atOnce = Delays{Publish: -1, Realize: -1, Delete: -1, Search: -1, Detach: -1, Vanish: -1}
