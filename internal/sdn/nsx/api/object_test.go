// SPDX-License-Identifier: MPL-2.0

package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type segment struct {
	Name     string `json:"display_name"`
	Revision *int   `json:"_revision,omitempty"`
}

// TestLife: an object is made, read, changed and deleted.
func TestLife(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	c, ctx := m.client(t), t.Context()
	path := c.Path("segments", "web")
	var is segment
	if err := c.Create(ctx, path, segment{Name: "a"}, &is); err != nil || is.Name != "a" || *is.Revision != 0 {
		t.Fatalf("made: %+v, %v", is, err)
	}
	if err := c.Create(ctx, path, segment{Name: "b"}, nil); !errors.Is(err, ErrExists) {
		t.Errorf("made twice: %v", err)
	}
	is.Name = "c"
	if err := c.Put(ctx, path, is, &is); err != nil || *is.Revision != 1 {
		t.Fatalf("changed: %+v, %v", is, err)
	}
	if err := c.Put(ctx, path, segment{Name: "d"}, nil); err == nil {
		t.Error("changed without a revision")
	}
	if got := m.object(web)["display_name"]; got != "c" {
		t.Errorf("NSX has %v", got)
	}
	if err := errors.Join(c.Delete(ctx, path), c.Delete(ctx, path), c.WaitGone(ctx, path)); err != nil || m.object(web) != nil {
		t.Errorf("deleted: %v", err)
	}
	if err := c.Get(ctx, path, nil); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("read after that: %v", err)
	}
}

// TestUpdate: fields that the change does not know stay; without a change nothing is written; changes of one process do not collide.
func TestUpdate(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	c := m.client(t)
	m.put(web, map[string]any{"foreign": "kept", "n": 0.0})
	parallel(20, func(int) {
		count := func(o map[string]any) (bool, error) { o["n"] = o["n"].(float64) + 1; return true, nil }
		if _, err := c.Update(t.Context(), web, count); err != nil {
			t.Error(err)
		}
	})
	is, err := c.Update(t.Context(), web, func(map[string]any) (bool, error) { return false, nil })
	if err != nil || is["n"] != 20.0 || is["foreign"] != "kept" || m.count("PUT "+policy+web) != 20 {
		t.Errorf("%v, %v, %d calls", is, err, m.count("PUT "+policy+web))
	}
	failed := errors.New("no")
	if _, err := c.Update(t.Context(), web, func(map[string]any) (bool, error) { return true, failed }); err != failed {
		t.Errorf("the error of the change: %v", err)
	}
	if len(c.locks.held) != 0 {
		t.Errorf("locks are left: %v", c.locks.held)
	}
}

// TestStale: an object that others change is read again, three times at most.
func TestStale(t *testing.T) {
	t.Parallel()
	for _, refusal := range []struct{ status, code int }{{412, 500071}, {412, 604}, {409, 0}} {
		for meanwhile, want := range map[int]int{2: 3, 5: 3} {
			m := newManager(t)
			m.put(web, map[string]any{})
			left := meanwhile
			m.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPut || left == 0 {
					return false
				}
				left--
				refuse(w, refusal.status, refusal.code, "stale")
				return true
			}
			_, err := m.client(t).Update(t.Context(), web, func(o map[string]any) (bool, error) { o["x"] = "y"; return true, nil })
			if n := m.count("PUT " + policy + web); n != want || errors.Is(err, ErrStale) != (meanwhile > want) {
				t.Errorf("%v, %d changes meanwhile: %d tries, %v", refusal, meanwhile, n, err)
			}
		}
	}
}

// TestLostAnswers: a change whose answer is lost is made once, and one of somebody else is not taken for it.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		foreign string // display name of somebody else's object that comes in between
		call    func(*Client) error
		want    error
	}{
		"create":                  {"", func(c *Client) error { return create1(t, c, "a") }, nil},
		"create, somebody else's": {"b", func(c *Client) error { return create1(t, c, "a") }, ErrExists},
		"put": {"", func(c *Client) error {
			zero := 0
			return c.Put(t.Context(), web, segment{"a", &zero}, nil)
		}, nil},
		"update": {"", func(c *Client) error {
			_, err := c.Update(t.Context(), web, func(o map[string]any) (bool, error) { o["display_name"] = "a"; return true, nil })
			return err
		}, nil},
		"delete": {"", func(c *Client) error { return c.Delete(t.Context(), web) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newManager(t)
			if !strings.HasPrefix(name, "create") {
				m.put(web, map[string]any{})
			}
			var cut atomic.Bool
			m.before = func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, policy) || cut.Swap(true) {
					return false
				}
				if test.foreign != "" {
					m.put(web, map[string]any{"display_name": test.foreign})
				}
				m.mu.Lock()
				m.serve(nowhere{}, r, web)
				m.mu.Unlock()
				panic(http.ErrAbortHandler)
			}
			err := test.call(m.client(t))
			if !errors.Is(err, test.want) || !cut.Load() {
				t.Errorf("%v", err)
			}
			if is := m.object(web); test.want == nil && is["display_name"] != "a" && name != "delete" {
				t.Errorf("NSX has %v", is)
			}
		})
	}
}

func create1(t *testing.T, c *Client, name string) error {
	t.Helper()
	var is segment
	err := c.Create(t.Context(), web, segment{Name: name}, &is)
	if err == nil && (is.Name != name || is.Revision == nil) {
		t.Errorf("the object is not read: %+v", is)
	}
	return err
}

// nowhere swallows an answer.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

// TestCreateByRevision: where NSX refuses a PUT without a revision as stale, the object exists all the same.
func TestCreateByRevision(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.put(web, map[string]any{"display_name": "theirs"})
	m.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			refuse(w, 412, 604, "stale")
		}
		return r.Method == http.MethodPut
	}
	if err := create1(t, m.client(t), "ours"); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
}

// TestWaiting: what NSX still has to let go of is waited for, and at the end the error tells what is in the way.
func TestWaiting(t *testing.T) {
	t.Parallel()
	inUse := "The object path=[/infra/segments/web] cannot be deleted as either it has children or it is being referenced by other objects " +
		"path=[/infra/tier-1s/r1]."
	for name, test := range map[string]struct {
		method       string
		status, code int
		text         string
		call         func(*Client) error
		want         error
		says         string
	}{
		"a segment with ports": {"DELETE", 400, 503040, "has ports", func(c *Client) error { return c.Delete(t.Context(), web) }, ErrInUse,
			"network web cannot be deleted: instances or ports are still on it"},
		"a segment of a router": {"DELETE", 400, 500030, inUse, func(c *Client) error { return c.Delete(t.Context(), web) }, ErrInUse,
			`it is in use by router "edge"`},
		"an id that is being deleted": {"PUT", 400, 500045, "marked for delete", func(c *Client) error { return create1(t, c, "a") },
			ErrBeingDeleted, `network "a" cannot be created: NSX is still deleting`},
		"a parent in motion": {"PUT", 409, 1, "conflict", func(c *Client) error { return create1(t, c, "a") }, ErrStale, "others change"},
		"a late parent":      {"PUT", 404, 500090, "stale", func(c *Client) error { return create1(t, c, "a") }, ErrNotReady, "not ready"},
	} {
		for _, times := range []int{2, 1 << 30} {
			t.Run(fmt.Sprint(name, times), func(t *testing.T) {
				t.Parallel()
				m := newManager(t)
				left := times
				m.before = func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method != test.method || left == 0 {
						return false
					}
					left--
					refuse(w, test.status, test.code, test.text)
					return true
				}
				c := m.client(t)
				c.cfg.Settle = 20 * time.Millisecond
				if times == 2 {
					c.cfg.Settle = time.Minute
				}
				c.Name("/infra/tier-1s/r1", "edge")
				err := test.call(c)
				if times == 2 && err != nil || times > 2 && (!errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says)) {
					t.Error(err)
				}
			})
		}
	}
}

// TestWaitGone: an object that stays is told.
func TestWaitGone(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.put(web, map[string]any{})
	c := m.client(t)
	c.cfg.Settle = 20 * time.Millisecond
	if err := c.WaitGone(t.Context(), web); err == nil || !strings.Contains(err.Error(), "network web was deleted, but NSX still shows it") {
		t.Error(err)
	}
}

// TestProtected: what belongs to another principal identity is changed only where the configuration says so, and then with its header.
func TestProtected(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		protection string
		allow      bool
		says       string // empty: it is changed
	}{
		{"NOT_PROTECTED", false, ""}, {"REQUIRE_OVERRIDE", false, "allow_overwrite"}, {"REQUIRE_OVERRIDE", true, ""},
		{"PROTECTED", true, "change it there"},
	} {
		m := newManager(t)
		m.put(web, map[string]any{"_protection": test.protection})
		var header string
		m.before = func(_ http.ResponseWriter, r *http.Request) bool {
			header = r.Header.Get("X-Allow-Overwrite")
			return false
		}
		c := m.client(t, func(cfg *Config) { cfg.AllowOverwrite = test.allow })
		_, err := c.Update(t.Context(), web, func(o map[string]any) (bool, error) { o["x"] = "y"; return true, nil })
		if test.says == "" && (err != nil || (header == "true") != test.allow) ||
			test.says != "" && (!errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), test.says) || m.object(web)["x"] != nil) {
			t.Errorf("%+v: %v, header %q", test, err, header)
		}
	}
}

// TestProject: objects of a project stand in its tree, and where there is no such project they are not gone.
func TestProject(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	c := m.client(t, func(cfg *Config) { cfg.Project = "blue" })
	path := c.Path("segments", "web")
	var field *openstack.FieldError
	if err := c.Get(t.Context(), path, nil); !errors.As(err, &field) || field.Field != "nsx.project" || errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("without the project: %v", err)
	}
	m.put("/orgs/default/projects/blue", map[string]any{})
	for range 2 {
		if err := c.Get(t.Context(), path, nil); !errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("in it: %v", err)
		}
	}
	if err := c.Create(t.Context(), path, segment{Name: "web"}, nil); err != nil || m.object("/orgs/default/projects/blue"+web) == nil {
		t.Errorf("made in it: %v", err)
	}
	if n := m.count("GET " + policy + "/orgs/default/projects/blue"); n != 2 {
		t.Errorf("the project was asked for %d times", n)
	}
}
