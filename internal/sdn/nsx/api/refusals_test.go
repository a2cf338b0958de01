// SPDX-License-Identifier: MPL-2.0

package api

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestRefusals: what NSX answers is told in OpenStack's nouns, with what to do, and means what the table says.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		kind   error
		says   []string
	}{
		"a path": {400, `{"httpStatus":"BAD_REQUEST","error_code":500012,"module_name":"policy","error_message":"The path is invalid."}`,
			ErrBadPath, []string{`port "p1" of network "web" cannot be created: it refers to an object that NSX does not have`,
				"The path is invalid, error code 500012"}},
		"a code as text": {400, `{"error_code":"500105","error_message":"overlap"}`, ErrOverlap, []string{"choose others"}},
		"a cause": {400, `{"error_code":1,"error_message":"failed","related_errors":[{"error_code":"8327","error_message":"VLAN 5"}]}`,
			ErrOverlap, []string{"failed; VLAN 5"}},
		"a license":     {403, `{"error_code":505,"error_message":"no license"}`, ErrNoLicense, []string{"vDefend"}},
		"a role":        {403, `{"error_code":289,"error_message":"no permission"}`, ErrForbidden, []string{"Network Engineer"}},
		"nothing known": {400, `{"error_code":4711,"error_message":"odd"}`, nil, []string{"answered 400 Bad Request", "odd, error code 4711"}},
		"a page":        {404, `<html>no such page</html>`, nil, []string{"answered 404 Not Found, but not as NSX does"}},
		"a redirection": {302, ``, nil, []string{"answered 302 Found, but not as NSX does"}},
		"a secret":      {400, `{"error_code":255,"error_message":"user pa&ss=word +1"}`, nil, []string{"user ***"}},
		"a long text":   {400, `{"error_message":"` + strings.Repeat("ä", 5000) + `"}`, nil, []string{"…"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newManager(t)
			m.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPut {
					w.Header().Set("Location", "/elsewhere")
					w.WriteHeader(test.status)
					_, _ = w.Write([]byte(test.body))
				}
				return r.Method == http.MethodPut
			}
			c := m.client(t)
			c.Name(web, "web")
			err := c.Create(t.Context(), ports+"/p1", map[string]any{"display_name": "p1"}, nil)
			var refused *Error
			if !errors.As(err, &refused) || !errors.Is(err, test.kind) && test.kind != nil || test.kind == nil && errors.Unwrap(refused) != nil {
				t.Fatalf("%v", err)
			}
			if len(err.Error()) > 700 || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "html") {
				t.Errorf("it says %s", err)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

// TestNotFoundIsNSX: only NSX says that an object is gone; a page of what stands before it does not.
func TestNotFoundIsNSX(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{"<html></html>": false, "": false, "{}": false,
		`{"error_code":600}`: true, `{"error_code":"202"}`: true, `{"httpStatus":"NOT_FOUND","error_message":"gone","module_name":"x"}`: true,
		`{"error_code":500090,"error_message":"stale"}`: false} {
		m := newManager(t)
		m.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == policy+web {
				w.WriteHeader(404)
				_, _ = w.Write([]byte(body))
			}
			return r.URL.Path == policy+web
		}
		if err := m.client(t).Get(t.Context(), web, nil); errors.Is(err, openstack.ErrNotFound) != want {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestNamed: the objects that a refusal names can be asked for.
func TestNamed(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete {
			refuse(w, 400, 500030, "The object path=[/infra/segments/web] has children path=[/infra/segments/web/ports/default:1], "+
				"[/infra/tier-1s/r].")
		}
		return r.Method == http.MethodDelete
	}
	c := m.client(t)
	c.cfg.Settle = 0
	var refused *Error
	err := c.Delete(t.Context(), web)
	if !errors.As(err, &refused) || !slices.Equal(refused.Named(), []string{ports + "/default:1", "/infra/tier-1s/r"}) ||
		!strings.Contains(err.Error(), "it is in use by port default:1 of network web and router r") {
		t.Errorf("%v", err)
	}
}

// TestPutOff: a call that NSX puts off is sent again, ten times at most.
func TestPutOff(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]struct {
		status int
		text   string
	}{
		"too often":  {429, `{"module_name":"common-services","error_message":"exceeded request rate","error_code":"102"}`},
		"busy":       {503, `<html>Service Unavailable</html>`},
		"a gateway":  {502, ``},
		"the store":  {500, `{"error_code":610,"error_message":"reconfiguration"}`},
		"its atomic": {400, `{"error_code":1,"error_message":"The object AtomicRequest/7 is already present"}`},
	} {
		for times, want := range map[int]int{3: 4, 1 << 30: maxTries} {
			m := newManager(t)
			m.put(web, map[string]any{})
			left := times
			m.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != policy+web || left == 0 {
					return false
				}
				left--
				w.WriteHeader(body.status)
				_, _ = w.Write([]byte(body.text))
				return true
			}
			c := m.client(t)
			err := c.Get(t.Context(), web, nil)
			if n := m.count("GET " + policy + web); n != want || (err == nil) != (times == 3) {
				t.Errorf("%s: %d tries, %v", name, n, err)
			}
		}
	}
}

// TestNoRepetition: what NSX refuses is not asked again.
func TestNoRepetition(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			refuse(w, 400, 255, "bad field")
		}
		return r.Method == http.MethodPut
	}
	if err := m.client(t).Create(t.Context(), web, segment{}, nil); err == nil || m.count("PUT "+policy+web) != 1 {
		t.Errorf("%v, %v", err, m.calls)
	}
}

// TestUnreachable: why NSX cannot be asked is told at the argument, and asked once.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, test := range map[string]struct {
		change func(*Config)
		field  string // empty: none
		says   string
	}{
		"an unknown authority": {func(cfg *Config) { cfg.CA = "" }, "nsx.ca_file", "allow_unverified_ssl"},
		"no TLS":               {func(cfg *Config) { cfg.Server = plain.Listener.Addr().String() }, "nsx.server", "does not speak TLS"},
		"nobody":               {func(cfg *Config) { cfg.Server = closed.Addr().String() }, "", "cannot be reached (connection refused)"},
	} {
		c := m.client(t, test.change)
		for range 2 {
			err := c.Get(t.Context(), web, nil)
			var field *openstack.FieldError
			if errors.As(err, &field) && field.Field != test.field || field == nil && (test.field != "" || !errors.Is(err, ErrNoAnswer)) ||
				!strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if c := m.client(t, func(cfg *Config) { cfg.CA, cfg.Insecure = "", true }); c.Get(t.Context(), web, nil) == nil || m.logins != 1 {
		t.Errorf("insecure: %d logins", m.logins)
	}
}

// TestNoManager: what is no NSX Manager is told.
func TestNoManager(t *testing.T) {
	t.Parallel()
	other := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	for _, auth := range []string{AuthSession, AuthBasic} {
		c, err := New(Config{Server: other.URL, User: user, Password: password, Auth: auth, Insecure: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Get(t.Context(), web, nil); err == nil || !strings.Contains(err.Error(), "not as an NSX Manager does (404 Not Found)") {
			t.Errorf("%s: %v", auth, err)
		}
		c.http.CloseIdleConnections()
	}
}

// TestSilence: a call that is not answered ends in time, and says so.
func TestSilence(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == policy+web {
			<-r.Context().Done()
		}
		return r.URL.Path == policy+web
	}
	c := m.client(t)
	if _, err := c.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.cfg.Timeout = 30 * time.Millisecond
	err := c.Get(t.Context(), web, nil)
	if !errors.Is(err, ErrNoAnswer) || !strings.Contains(err.Error(), "network web cannot be read: NSX at 127.0.0.1:") ||
		!strings.Contains(err.Error(), "did not answer in time") {
		t.Error(err)
	}
}
