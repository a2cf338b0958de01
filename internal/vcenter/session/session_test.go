// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

const (
	loginREST   = "POST /rest/com/vmware/cis/session"
	goodbyeREST = "DELETE /rest/com/vmware/cis/session"
)

// embedded runs an embedded vCenter until the test ends.
func embedded(t *testing.T, o vcsim.Options) *vcsim.VCenter {
	t.Helper()
	vc, err := vcsim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vc.Close)
	return vc
}

// configFor returns the Config of an embedded vCenter.
func configFor(vc *vcsim.VCenter) Config {
	return Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, UserAgent: "novasphere-test/1",
		APITimeout: 20 * time.Second}
}

// clientOf returns a Session that is closed when the test ends.
func clientOf(t *testing.T, cfg Config) *Session {
	t.Helper()
	c := New(cfg)
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		_ = c.Close(ctx)
	})
	return c
}

// together calls act n times at once and returns the first failure.
func together(n int, act func(i int) error) error {
	failed := make(chan error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { failed <- act(i) })
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// serial numbers the objects that tests make.
var serial atomic.Int64

// callers are the four ways in which a lost session shows.
var callers = map[string]struct {
	login string
	call  func(ctx context.Context, c *Session) error
}{
	"property read": {"Login", readFolderName},
	"SOAP fault":    {"Login", makeFolder},
	"REST read":     {loginREST, listCategories},
	"REST creation": {loginREST, makeCategory},
}

// readFolderName reads past the batch, so that every caller's read is a call of its own.
func readFolderName(ctx context.Context, c *Session) error {
	vim, err := c.Vim(ctx)
	if err != nil {
		return err
	}
	root := vim.ServiceContent.RootFolder
	res, err := methods.RetrievePropertiesEx(ctx, vim, &types.RetrievePropertiesEx{This: vim.ServiceContent.PropertyCollector,
		SpecSet: property.Filters([]property.Query{{Object: root, Paths: []string{"name"}}}, nil)})
	if err != nil {
		return err
	}
	var folder mo.Folder
	if err := mo.LoadObjectContent(res.Returnval.Objects, &folder); err != nil {
		return err
	}
	if folder.Name != "Datacenters" {
		return fmt.Errorf("the root folder is called %q", folder.Name)
	}
	return nil
}

func makeFolder(ctx context.Context, c *Session) error {
	vim, err := c.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = methods.CreateFolder(ctx, vim, &types.CreateFolder{This: vim.ServiceContent.RootFolder, Name: fmt.Sprintf("f-%d", serial.Add(1))})
	return err
}

func listCategories(ctx context.Context, c *Session) error {
	api, err := c.API(ctx)
	if err != nil {
		return err
	}
	_, err = tags.NewManager(api).GetCategories(ctx)
	return err
}

func makeCategory(ctx context.Context, c *Session) error {
	api, err := c.API(ctx)
	if err != nil {
		return err
	}
	_, err = tags.NewManager(api).CreateCategory(ctx, &tags.Category{Name: fmt.Sprintf("c-%d", serial.Add(1)), Cardinality: "SINGLE",
		AssociableTypes: []string{"VirtualMachine"}})
	return err
}

// TestLostSession: twenty concurrent callers find that their session is over; none fails, and one login serves all.
func TestLostSession(t *testing.T) {
	t.Parallel()
	lose := map[string]func(*vcsim.VCenter){
		"expiry":  func(vc *vcsim.VCenter) { vc.ExpireSessions() },
		"restart": func(vc *vcsim.VCenter) { _ = vc.Restart(context.Background()) },
	}
	for _, unmodified := range []bool{false, true} {
		for how, expire := range lose {
			for what, caller := range callers {
				t.Run(fmt.Sprintf("%s/%s/unmodified=%t", how, what, unmodified), func(t *testing.T) {
					t.Parallel()
					vc := embedded(t, vcsim.Options{Unmodified: unmodified})
					c := clientOf(t, configFor(vc))
					ctx := t.Context()
					if err := together(20, func(int) error { return caller.call(ctx, c) }); err != nil {
						t.Fatal("before:", err)
					}
					vc.ResetCalls()
					expire(vc)
					if err := together(20, func(int) error { return caller.call(ctx, c) }); err != nil {
						t.Error("after:", err)
					}
					if n := vc.Calls()[caller.login]; n != 1 {
						t.Errorf("%d logins, not 1", n)
					}
				})
			}
		}
	}
}

// TestSessionLostUnderWay: the session, and then the whole vCenter, is lost while twenty callers are at work.
func TestSessionLostUnderWay(t *testing.T) {
	t.Parallel()
	for what, caller := range callers {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			vc := embedded(t, vcsim.Options{})
			c := clientOf(t, configFor(vc))
			ctx := t.Context()
			if err := caller.call(ctx, c); err != nil {
				t.Fatal(err)
			}
			vc.ResetCalls()
			var done atomic.Int64
			var restarted atomic.Bool
			run := func() error {
				return together(20, func(int) error {
					for after := 0; after < 3; { // until both losses are met, however slow this machine is
						if restarted.Load() {
							after++
						}
						if err := caller.call(ctx, c); err != nil && !strings.Contains(err.Error(), "already_exists") &&
							!faults.Is[*types.DuplicateName](err) {
							return err // a repeated creation is refused as existing where the first arrived and its answer was lost
						}
						done.Add(1)
					}
					return nil
				})
			}
			finished := make(chan error)
			go func() { finished <- run() }()
			for done.Load() < 50 {
				time.Sleep(time.Millisecond)
			}
			vc.ExpireSessions()
			for done.Load() < 120 {
				time.Sleep(time.Millisecond)
			}
			if err := vc.Restart(ctx); err != nil {
				t.Fatal(err)
			}
			restarted.Store(true)
			if err := <-finished; err != nil {
				t.Error(err)
			}
			if n := vc.Calls()[caller.login]; n > 2 || n < 1 {
				t.Errorf("%d logins for two losses", n)
			}
		})
	}
}

// TestCloseIsSilent: a client that asked nothing does not log out, and one that did logs out once per protocol.
func TestCloseIsSilent(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	ctx := t.Context()
	c := New(configFor(vc))
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
	if calls := vc.Calls(); len(calls) != 0 {
		t.Errorf("a client that did nothing called %v", calls)
	}
	if err := together(10, func(int) error { return listCategories(ctx, c) }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	calls := vc.Calls()
	for _, name := range []string{"Login", "Logout", loginREST, goodbyeREST} {
		if calls[name] != 1 {
			t.Errorf("%d x %s, not 1", calls[name], name)
		}
	}
}

// TestCloseAfterExpiry: a session that has expired is no error at the end, and is not renewed to be closed.
func TestCloseAfterExpiry(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	c := New(configFor(vc))
	if err := listCategories(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	vc.ExpireSessions()
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if calls := vc.Calls(); calls["Login"] != 1 || calls[loginREST] != 1 {
		t.Errorf("logins: %v", calls)
	}
}

// TestCloseDuringLogin: the end of the process does not wait for a server that answers nothing.
func TestCloseDuringLogin(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	slow := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	c := New(Config{Server: slow, User: "u", Password: "p", Insecure: true, APITimeout: 10 * time.Second})
	go func() { _ = readFolderName(context.Background(), c) }()
	for c.mu.TryLock() {
		c.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	start := time.Now()
	if err := c.Close(ctx); err == nil {
		t.Error("it closed a session that was being opened")
	}
	if took := time.Since(start); took > 5*time.Second { // the login itself is given up after ten
		t.Errorf("it took %s", took)
	}
}

// TestRefusedOnce: a wrong password is tried once, however many resources there are, because vCenter locks accounts.
func TestRefusedOnce(t *testing.T) {
	t.Parallel()
	vc := embedded(t, vcsim.Options{})
	cfg := configFor(vc)
	cfg.Password = "wrong-secret"
	c := clientOf(t, cfg)
	err := together(20, func(int) error {
		err := readFolderName(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), "check user and password") {
			return fmt.Errorf("the error is: %w", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n := vc.Calls()["Login"]; n != 1 {
		t.Errorf("%d logins with a wrong password", n)
	}
}

// TestFirstContactCancelled: an interrupt is not remembered as a refusal.
func TestFirstContactCancelled(t *testing.T) {
	t.Parallel()
	c := clientOf(t, configFor(embedded(t, vcsim.Options{})))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := readFolderName(ctx, c); err == nil {
		t.Error("a cancelled call succeeded")
	}
	if err := readFolderName(t.Context(), c); err != nil {
		t.Error(err)
	}
}
