// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestLoginIsChecked(t *testing.T) {
	t.Parallel()
	both(t, func(l *lab) {
		u := l.v.URL()
		for _, who := range []*url.Userinfo{url.UserPassword(DefaultUser, "wrong"), url.UserPassword("somebody", DefaultPassword)} {
			u.User = who
			_, err := govmomi.NewClient(l.ctx, u, true)
			faults(l, err, &types.InvalidLogin{})
			if err := rest.NewClient(l.c.Client).Login(l.ctx, who); err == nil {
				l.Error("REST let them in")
			}
		}
		u.User = l.v.URL().User
		if _, err := govmomi.NewClient(l.ctx, u, false); err == nil {
			l.Error("a client that does not know the authority connected")
		}
	})
}

func TestOwnCredentials(t *testing.T) {
	t.Parallel()
	newLab(t, Options{User: "terraform@vsphere.local", Password: "p@ss:/?#word"}) // logs in
}

// tagged makes a category and a tag, to see them again later.
func (l *lab) tagged() (*tags.Manager, string) {
	l.Helper()
	r, err := l.v.REST(l.ctx)
	l.ok(err)
	m := tags.NewManager(r)
	category, err := m.CreateCategory(l.ctx, &tags.Category{Name: "c"})
	l.ok(err)
	id, err := m.CreateTag(l.ctx, &tags.Tag{Name: "t", CategoryID: category})
	l.ok(err)
	return m, id
}

func (l *lab) lost(m *tags.Manager) {
	l.Helper()
	var folder mo.Folder
	var broken *url.Error // a connection from before the restart breaks at its next use
	err := l.c.RetrieveOne(l.ctx, l.folder.Reference(), []string{"name"}, &folder)
	for range 5 {
		if errors.As(err, &broken) {
			err = l.c.RetrieveOne(l.ctx, l.folder.Reference(), []string{"name"}, &folder)
		}
	}
	faults(l, err, &types.NotAuthenticated{})
	if _, err := l.folder.CreateFolder(l.ctx, "x"); err == nil {
		l.Error("a lost session made a folder")
	}
	if _, err := m.GetCategories(l.ctx); err == nil {
		l.Error("a lost REST session reads")
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	both(t, func(l *lab) {
		vm := l.mustClone("a", nil)
		m, id := l.tagged()
		where := l.v.Server()
		for range 3 {
			l.ok(l.v.Restart(l.ctx))
			l.lost(m)
			l.ok(l.c.Login(l.ctx, l.v.URL().User))
			l.ok(m.Login(l.ctx, l.v.URL().User))
		}
		if l.v.Server() != where || l.see(vm, "name").Name != "a" {
			l.Errorf("%s became %s", where, l.v.Server())
		}
		if tag, err := m.GetTag(l.ctx, id); err != nil || tag.Name != "t" {
			l.Errorf("the tag: %v", err)
		}
	})
}

func TestExpireSessions(t *testing.T) {
	t.Parallel()
	both(t, func(l *lab) {
		m, _ := l.tagged()
		l.v.ExpireSessions()
		l.lost(m)
		l.ok(l.c.Login(l.ctx, l.v.URL().User))
		if got := l.see(l.template("debian-12"), "name").Name; got != "debian-12" {
			l.Errorf("%s after a new login", got)
		}
	})
}

func TestCalls(t *testing.T) {
	t.Parallel()
	both(t, func(l *lab) {
		l.v.ResetCalls()
		c, err := l.v.Client(l.ctx)
		l.ok(err)
		l.mustClone("a", nil)
		m, id := l.tagged()
		_, err = m.GetTag(l.ctx, id)
		l.ok(err)
		l.ok(c.Logout(l.ctx))
		calls := l.v.Calls()
		for name, n := range map[string]int{
			"Login": 2, "Logout": 1, "CloneVM_Task": 1, "CreateVM_Task": 0, "RetrieveServiceContent": 2, "POST /rest/com/vmware/cis/session": 1,
			"POST /rest/com/vmware/cis/tagging/tag": 1, "GET /rest/com/vmware/cis/tagging/tag/{id}": 1,
			"POST /rest/com/vmware/cis/tagging/category": 1,
		} {
			if calls[name] != n {
				l.Errorf("%s: %d, want %d, in %v", name, calls[name], n, calls)
			}
		}
		l.v.ResetCalls()
		if len(l.v.Calls()) != 0 {
			l.Error("not reset")
		}
	})
}

func TestSeveralAtOnceAreApart(t *testing.T) {
	t.Parallel()
	a, b := strict(t), strict(t)
	a.mustClone("only-in-a", nil)
	b.absent("only-in-a")
	if a.v.Server() == b.v.Server() {
		t.Error("one port")
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	v, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Client(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	v.Close()
	if err := c.Login(context.Background(), v.URL().User); err == nil {
		t.Error("it still serves")
	}
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestListenOnATakenPort(t *testing.T) {
	t.Parallel()
	l := strict(t)
	if v, err := Start(Options{Listen: l.v.Server()}); err == nil {
		v.Close()
		t.Error("two on one port")
	}
}
