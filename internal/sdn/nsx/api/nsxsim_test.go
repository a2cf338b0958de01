// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
)

type object = map[string]any

// start returns an embedded NSX and a client of it.
func start(t *testing.T, o nsxsim.Options, change ...func(*api.Config)) (*nsxsim.Manager, *api.Client) {
	t.Helper()
	m := nsxsim.Start(t, o)
	cfg := api.Config{Server: m.Address(), User: m.User, Password: m.Password, CA: string(m.CertificatePEM()), Rate: 1e9}
	for _, f := range change {
		f(&cfg)
	}
	c, err := api.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return m, c
}

// TestEmbeddedNSX: the life of a network with ports on each version of NSX, in the default space and in a project.
func TestEmbeddedNSX(t *testing.T) {
	t.Parallel()
	for _, place := range []struct{ version, project string }{{"3.2.3", ""}, {"4.1.2", ""}, {"4.2.1", "blue"}, {"9.0.0", "blue"}} {
		t.Run(place.version+place.project, func(t *testing.T) {
			t.Parallel()
			m, c := start(t, nsxsim.Options{Version: place.version, Project: place.project, Page: 5, Rate: -1},
				func(cfg *api.Config) { cfg.Project = place.project })
			if v, err := c.Version(t.Context()); err != nil || v.String() != place.version {
				t.Errorf("version %s, %v", v, err)
			}
			live(t, m, c)
			if left, misuses := m.Left(), m.Misuses(); len(left) > 0 || len(misuses) > 0 {
				t.Errorf("NSX is left with %v, after %v", left, misuses)
			}
			if err := c.Close(t.Context()); err != nil || m.Sessions() != 0 {
				t.Errorf("%v, and %d sessions are left", err, m.Sessions())
			}
		})
	}
}

func live(t *testing.T, m *nsxsim.Manager, c *api.Client) {
	t.Helper()
	ctx, network := t.Context(), c.Path("segments", "web")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.Create(ctx, network, object{"display_name": "web", "transport_zone_path": nsxsim.OverlayZone}, nil))
	if err := c.Create(ctx, network, object{"display_name": "theirs"}, nil); !errors.Is(err, api.ErrExists) {
		t.Errorf("made twice: %v", err)
	}
	var all sync.WaitGroup
	for i := range 12 { // three pages
		all.Go(func() {
			id := fmt.Sprintf("p%02d", i)
			if err := c.Create(ctx, network+"/ports/"+id, object{"display_name": id, "attachment": object{"id": id}}, nil); err != nil {
				t.Error(err)
			}
			if _, err := c.Update(ctx, network, func(o object) (bool, error) { o["description"] = id; return true, nil }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	type port struct{ ID string }
	ports, err := api.List[port](ctx, c, network+"/ports", nil)
	must(err)
	ids := map[string]bool{}
	for _, p := range ports {
		ids[p.ID] = true
	}
	if is, _ := m.Object(network); len(ids) != 12 || fmt.Sprint(is["_revision"]) != "12" || is["display_name"] != "web" {
		t.Errorf("%d ports are listed, and NSX has %v", len(ids), is)
	}
	must(errors.Join(c.Delete(ctx, network+"/ports/p00"), c.Create(ctx, network+"/ports/p00", object{"display_name": "again"}, nil)))
	all.Go(func() { // the network waits for its ports
		for id := range ids {
			if err := c.Delete(ctx, network+"/ports/"+id); err != nil {
				t.Error(err)
			}
		}
	})
	must(errors.Join(c.Delete(ctx, network), c.WaitGone(ctx, network)))
	all.Wait()
}

// TestEmbeddedSessions: a session that NSX has lost is made again once, and another principal's object is not changed.
func TestEmbeddedSessions(t *testing.T) {
	t.Parallel()
	m, c := start(t, nsxsim.Options{})
	network := c.Path("segments", "web")
	m.Put(network, object{"display_name": "web", "transport_zone_path": nsxsim.OverlayZone})
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		if err := c.Get(t.Context(), network, nil); err != nil {
			t.Fatal(err)
		}
		m.ExpireSessions(status)
	}
	found, err := api.Search[object](t.Context(), c, "resource_type:Segment AND display_name:"+api.Escape("web"))
	if err != nil || len(found) > 1 || m.Count(http.MethodPost, "/api/session/create") != 3 {
		t.Errorf("%v, %v, %d logins", found, err, m.Count(http.MethodPost, "/api/session/create"))
	}
	m.Own(network, "nsx-operator")
	change := func(o object) (bool, error) { o["description"] = "ours"; return true, nil }
	_, err = c.Update(t.Context(), network, change)
	if !errors.Is(err, api.ErrForbidden) || !strings.Contains(err.Error(), "allow_overwrite") {
		t.Errorf("another principal's: %v", err)
	}
	if err := c.Delete(t.Context(), network); err == nil {
		t.Error("another principal's was deleted")
	}
	if is, there := m.Object(network); !there || is["description"] != nil {
		t.Errorf("NSX has %v", is)
	}
}

// TestEmbeddedLogin: a wrong password does not lock the account.
func TestEmbeddedLogin(t *testing.T) {
	t.Parallel()
	for _, auth := range []string{api.AuthSession, api.AuthBasic, api.AuthRemote} {
		m, c := start(t, nsxsim.Options{}, func(cfg *api.Config) { cfg.Auth, cfg.Password = auth, "wrong" })
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				var field *openstack.FieldError
				if err := c.Get(t.Context(), "/infra/segments/web", nil); !errors.As(err, &field) || field.Field != "nsx.user" {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if m.WrongPasswords() != 1 {
			t.Errorf("%s: %d wrong passwords", auth, m.WrongPasswords())
		}
	}
	for _, version := range []string{"3.1.3", "4.0.1"} {
		_, c := start(t, nsxsim.Options{Version: version}, func(cfg *api.Config) { cfg.Project = "blue" })
		if _, err := c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), version) {
			t.Errorf("%s: %v", version, err)
		}
	}
}
