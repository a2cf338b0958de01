// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const web = "/infra/segments/web"

// parallel calls a function often at once.
func parallel(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// TestSession: parallel callers share one login, which is ended at the end. The password arrives as it was written.
func TestSession(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.put(web, map[string]any{"display_name": "web"})
	c := m.client(t)
	parallel(20, func(int) {
		if err := c.Get(t.Context(), web, nil); err != nil {
			t.Error(err)
		}
	})
	if m.logins != 1 || m.count("GET /api/v1/node/version") != 1 {
		t.Errorf("%d logins, %v", m.logins, m.calls)
	}
	if m.top > most {
		t.Errorf("%d calls at once, over %d", m.top, most)
	}
	if err := c.Close(t.Context()); err != nil || m.session != 0 {
		t.Errorf("after Close: %v, session %d", err, m.session)
	}
	if err := c.Close(t.Context()); err != nil || m.count("POST /api/session/destroy") != 1 {
		t.Errorf("after a second Close: %v, %v", err, m.calls)
	}
}

// TestNothingIsAskedOfNothing: a client that is not used makes no call, at its end neither.
func TestNothingIsAskedOfNothing(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	if err := m.client(t).Close(t.Context()); err != nil || len(m.calls) != 0 {
		t.Errorf("%v, %v", err, m.calls)
	}
}

// TestLoginAgain: of parallel callers whose session is lost, one logs in again, whichever way NSX says it.
func TestLoginAgain(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(http.ResponseWriter){
		"401":     func(w http.ResponseWriter) { w.WriteHeader(401) },
		"403/98":  func(w http.ResponseWriter) { refuse(w, 403, 98, "The request was rejected") },
		"403/403": func(w http.ResponseWriter) { refuse(w, 403, 403, "The credentials were incorrect") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newManager(t)
			m.put(web, map[string]any{})
			m.before = func(w http.ResponseWriter, r *http.Request) bool {
				if cookie, err := r.Cookie("JSESSIONID"); err != nil || cookie.Value != "s1" || !strings.HasPrefix(r.URL.Path, policy) {
					return false
				}
				lose(w)
				return true
			}
			c := m.client(t)
			parallel(20, func(int) {
				if err := c.Get(t.Context(), web, nil); err != nil {
					t.Error(err)
				}
			})
			if m.logins != 2 {
				t.Errorf("%d logins", m.logins)
			}
		})
	}
}

// TestLoginAgainOnce: a call that is refused with a new session too is an error, and not the reason for a third one.
func TestLoginAgainOnce(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, policy) {
			return false
		}
		refuse(w, 403, 403, "The credentials were incorrect")
		return true
	}
	err := m.client(t).Get(t.Context(), web, nil)
	if !errors.Is(err, ErrForbidden) || m.logins != 2 {
		t.Errorf("%v, %d logins", err, m.logins)
	}
}

// TestWrongPassword: NSX is told a wrong password once, however many ask, and whichever way it is told.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	for _, auth := range []string{AuthSession, AuthBasic, AuthRemote} {
		t.Run(auth, func(t *testing.T) {
			t.Parallel()
			m := newManager(t)
			c := m.client(t, func(cfg *Config) { cfg.Auth, cfg.Password = auth, "geheim" })
			parallel(10, func(int) {
				err := c.Get(t.Context(), web, nil)
				var field *openstack.FieldError
				if !errors.As(err, &field) || field.Field != "nsx.user" || !field.Setting || strings.Contains(err.Error(), "geheim") {
					t.Errorf("the error is %v", err)
				}
			})
			if m.wrong != 1 || len(m.calls) != 1 {
				t.Errorf("%d wrong passwords in %v", m.wrong, m.calls)
			}
		})
	}
}

// TestPasswordChanged: a password that becomes wrong while the process runs is told once more, and then no more.
func TestPasswordChanged(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.put(web, map[string]any{})
	c := m.client(t)
	if err := c.Get(t.Context(), web, nil); err != nil {
		t.Fatal(err)
	}
	m.session, c.cfg.Password = 0, "old"
	parallel(10, func(int) {
		if err := c.Get(t.Context(), web, nil); err == nil {
			t.Error("no error")
		}
	})
	if m.wrong != 1 {
		t.Errorf("%d wrong passwords", m.wrong)
	}
}

// TestWithoutSession: user and password, or those of the Identity Manager, go with each call.
func TestWithoutSession(t *testing.T) {
	t.Parallel()
	for auth, scheme := range map[string]string{AuthBasic: "Basic ", AuthRemote: "Remote "} {
		m := newManager(t)
		m.put(web, map[string]any{})
		var others atomic.Int32
		m.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.Header.Get("Authorization"), scheme) {
				others.Add(1)
			}
			return false
		}
		c := m.client(t, func(cfg *Config) { cfg.Auth = auth })
		err := c.Get(t.Context(), web, nil)
		if err := errors.Join(err, c.Close(t.Context())); err != nil || others.Load() > 0 || m.logins > 0 {
			t.Errorf("%s: %v, %d calls without, %d logins", auth, err, others.Load(), m.logins)
		}
	}
}

// TestCancelledLogin: a caller who goes while NSX is asked for a login leaves the others one.
func TestCancelledLogin(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.put(web, map[string]any{})
	c := m.client(t)
	gone, stop := context.WithCancel(t.Context())
	stop()
	if err := c.Get(gone, web, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the one who went: %v", err)
	}
	if err := c.Get(t.Context(), web, nil); err != nil {
		t.Errorf("the other: %v", err)
	}
}

// TestVersion: NSX before 3.2 is one sentence, and a user who may not read the version has a current one.
func TestVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]Version{"3.2.3.1.0.22104592": {3, 2, 3}, "9.0.0.0.24733065": {9, 0, 0}} {
		m := newManager(t)
		m.version = version
		got, err := m.client(t).Version(t.Context())
		if err != nil || got != want || !got.AtLeast(3, 2) || got.AtLeast(got.Major, got.Minor+1) {
			t.Errorf("%s is %v, %v", version, got, err)
		}
	}
	m := newManager(t)
	m.version = "3.1.3.0.0.18329005"
	c := m.client(t)
	parallel(3, func(int) {
		err := c.Get(t.Context(), web, nil)
		if err == nil || !strings.Contains(err.Error(), "too old: it is 3.1.3") {
			t.Errorf("an old one: %v", err)
		}
	})
	if m.logins != 1 {
		t.Errorf("an old one: %d logins", m.logins)
	}
	m = newManager(t)
	m.before = func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, 403, 289, "no permission"); return true }
	if v, err := m.client(t).Version(t.Context()); err != nil || v != (Version{}) || !v.AtLeast(9, 0) {
		t.Errorf("a secret one: %v, %v", v, err)
	}
}
