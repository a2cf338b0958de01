// SPDX-License-Identifier: MPL-2.0

package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	loopback "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/cloud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// refused asks for flavors and looks at why there are none.
func refused(t *testing.T, c *cloud.Client, words ...string) {
	t.Helper()
	began := time.Now()
	_, err := c.Flavors(t.Context())
	if err == nil {
		t.Fatal("there is an answer")
	}
	t.Log(err)
	if errors.Is(err, openstack.ErrNotFound) {
		t.Error("no answer is not the same as not found")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	for _, word := range append(words, fmt.Sprintf("the OpenStack cloud %q was asked for its flavors: ", c.Name())) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in: %s", word, err)
		}
	}
	for _, secret := range []string{"s3cret", "gAAAA"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("a secret is in: %s", err)
		}
	}
}

// changed is a client of an administrator whose configuration was changed.
func changed(t *testing.T, stack *loopback.Cloud, change func(*cloud.Config)) *cloud.Client {
	t.Helper()
	cfg := config(stack.Admin)
	change(&cfg)
	return open(t, cfg)
}

// nobody is an address at which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	return "http://" + closed.Addr().String()
}

// TestOpenStackRefusals: each reason in its own words, with what to do.
//
//nolint:paralleltest // the services of OpenStack are the same for all of these tests
func TestOpenStackRefusals(t *testing.T) {
	stack := loopback.Start(t)
	with := func(change func(*cloud.Config)) *cloud.Client { return changed(t, stack, change) }
	t.Run("wrong password, once", func(t *testing.T) {
		watch := stack.Watch(t)
		c := with(func(c *cloud.Config) { c.Password = "s3cret" })
		for range 5 {
			refused(t, c, `refuses the user "admin": check user_name, password`)
		}
		if n := watch.Count("keystone", "/auth/tokens"); n != 1 {
			t.Errorf("the password was tried %d times, which may lock the account", n)
		}
	})
	t.Run("no such project", func(t *testing.T) {
		refused(t, with(func(c *cloud.Config) { c.TenantName = "nowhere" }), "the project (tenant_name)")
	})
	t.Run("nobody at auth_url", func(t *testing.T) {
		refused(t, with(func(c *cloud.Config) { c.AuthURL = nobody(t) + "/v3" }),
			"its identity service cannot be reached (connection refused): check auth_url")
	})
	t.Run("unknown host", func(t *testing.T) {
		refused(t, with(func(c *cloud.Config) { c.AuthURL = "http://keystone.invalid/v3" }), "host name cannot be resolved: check auth_url")
	})
	t.Run("not an identity service", func(t *testing.T) {
		refused(t, with(func(c *cloud.Config) { c.AuthURL = stack.Address("glance") + "/v3" }), "is none: nothing there speaks version 3",
			"check auth_url")
	})
	t.Run("a certificate that nobody trusts", func(t *testing.T) {
		target, _ := url.Parse(strings.TrimSuffix(stack.Admin.AuthURL, "/v3"))
		server := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(target))
		t.Cleanup(server.Close)
		refused(t, with(func(c *cloud.Config) { c.AuthURL = server.URL + "/v3" }),
			"certificate that is not trusted (its authority is unknown): set cacert_file", "or insecure = true")
		on := true
		if _, err := with(func(c *cloud.Config) { c.AuthURL, c.Insecure = server.URL+"/v3", &on }).Flavors(t.Context()); err != nil {
			t.Error(err)
		}
		refused(t, with(func(c *cloud.Config) { c.AuthURL = strings.Replace(stack.Admin.AuthURL, "http:", "https:", 1) }), "does not speak TLS")
	})
}

// TestOpenStackServicesRefuse: so does each reason of a service behind the identity service.
//
//nolint:paralleltest // the services of OpenStack are the same for all of these tests
func TestOpenStackServicesRefuse(t *testing.T) {
	stack := loopback.Start(t)
	with := func(change func(*cloud.Config)) *cloud.Client { return changed(t, stack, change) }
	t.Run("unknown region", func(t *testing.T) {
		refused(t, with(func(c *cloud.Config) { c.Region = "Mars" }), `no compute service in the region "Mars", but in RegionOne: set region`)
	})
	t.Run("a region whose compute service is not there", func(t *testing.T) {
		nobody := nobody(t)
		stack.Endpoint(t, "compute", "Closed", nobody+"/v2.1")
		refused(t, with(func(c *cloud.Config) { c.Region = "Closed" }), "compute service at "+nobody,
			"cannot be reached (connection refused): the address is the catalogue's")
	})
	t.Run("extra specs that are not shown", func(t *testing.T) {
		stack.Admin.Flavor(t, "secretive", map[string]any{"vcpus": 1, "ram": 512, "disk": 1}, map[string]string{"hw:cpu_policy": "shared"})
		stack.Policy(t, map[string]string{"os_compute_api:os-flavor-extra-specs:index": "!"})
		refused(t, with(func(*cloud.Config) {}), "does not show this user the extra specs of flavors",
			"os_compute_api:os-flavor-extra-specs:index")
		stack.Meddle(t, "nova", func(_ http.ResponseWriter, r *http.Request) bool {
			r.Header.Del("OpenStack-API-Version")
			r.Header.Del("X-OpenStack-Nova-API-Version")
			return false
		})
		refused(t, with(func(*cloud.Config) {}), "does not allow it to this user (Policy doesn't allow "+
			"os_compute_api:os-flavor-extra-specs:index to be performed)")
	})
	t.Run("a busy service", func(t *testing.T) {
		var calls atomic.Int32
		stack.Meddle(t, "nova", func(w http.ResponseWriter, _ *http.Request) bool {
			calls.Add(1)
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		})
		refused(t, with(func(*cloud.Config) {}), "is busy or down (503 Service Unavailable): try again later")
		if calls.Load() != 3 {
			t.Errorf("it was asked %d times", calls.Load())
		}
	})
	t.Run("a service that is busy once", func(t *testing.T) {
		var calls atomic.Int32
		stack.Meddle(t, "nova", func(w http.ResponseWriter, _ *http.Request) bool {
			if calls.Add(1) > 1 {
				return false
			}
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		})
		if _, err := with(func(*cloud.Config) {}).Flavors(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestOpenStackTokens: one that has expired is renewed where there is a password, and said to be so where there is none.
//
//nolint:paralleltest // the services of OpenStack are the same for all of these tests
func TestOpenStackTokens(t *testing.T) {
	stack := loopback.Start(t)
	var mu sync.Mutex
	var last string
	for _, service := range []string{"nova", "glance"} {
		stack.Meddle(t, service, func(_ http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			last = r.Header.Get("X-Auth-Token")
			return false
		})
	}
	user := stack.Member(t)
	t.Run("renewed", func(t *testing.T) {
		c := open(t, config(user))
		if _, err := c.Images(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := last
		stack.Revoke(t, before)
		watch := stack.Watch(t)
		if _, err := c.Flavors(t.Context()); err != nil {
			t.Fatal(err)
		}
		if last == before || watch.Count("keystone", "/auth/tokens") != 1 {
			t.Errorf("%+v", watch.Calls())
		}
	})
	t.Run("not renewed", func(t *testing.T) {
		token := stack.Member(t).Token(t)
		cfg := cloud.Config{AuthURL: user.AuthURL, Token: token, Region: user.Region}
		c := open(t, cfg)
		if _, err := c.Images(t.Context()); err != nil {
			t.Fatal(err)
		}
		stack.Revoke(t, token)
		refused(t, c, "does not accept the token, which has expired or was revoked: set a new one")
		refused(t, open(t, cfg), "its identity service does not accept the token, which has expired or was revoked: set a new one")
	})
	t.Run("application credential", func(t *testing.T) {
		id, secret := user.Credential(t)
		cfg := cloud.Config{AuthURL: user.AuthURL, CredentialID: id, CredentialSecret: secret, TenantName: user.Project}
		if _, err := open(t, cfg).Flavors(t.Context()); err != nil {
			t.Fatal(err)
		}
		cfg.CredentialSecret = "s3cret"
		refused(t, open(t, cfg), "refuses the application credential")
	})
	t.Run("password that was changed", func(t *testing.T) {
		other := stack.Member(t)
		c := open(t, config(other))
		if _, err := c.Images(t.Context()); err != nil {
			t.Fatal(err)
		}
		stack.Lock(t, other)
		refused(t, c, "the token has expired or was revoked, and there is no new one: its identity service refuses the user")
	})
}

// TestOpenStackCloudsYAML: a cloud by its name, with its password in secure.yaml.
func TestOpenStackCloudsYAML(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	stack := loopback.Start(t)
	dir := t.TempDir()
	text := stack.Admin.CloudsYAML("loop")
	secret := "clouds:\n  loop:\n    auth:\n      password: " + stack.Admin.Password + "\n"
	text = strings.ReplaceAll(text, "      password: "+stack.Admin.Password+"\n", "")
	for name, content := range map[string]string{"clouds.yaml": text, "secure.yaml": secret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("OS_CLIENT_CONFIG_FILE", filepath.Join(dir, "clouds.yaml"))
	c := open(t, cloud.Config{Cloud: "loop"})
	if _, err := c.Flavors(t.Context()); err != nil || c.Name() != "loop" {
		t.Error(c.Name(), err)
	}
	refused(t, open(t, cloud.Config{Cloud: "loop", Password: "s3cret"}), `refuses the user "admin"`)
}

// TestOpenStackPatience: who goes away takes nobody along, and is told at once.
func TestOpenStackPatience(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	stack := loopback.Start(t)
	release := make(chan struct{})
	stack.Meddle(t, "nova", func(http.ResponseWriter, *http.Request) bool {
		<-release
		return false
	})
	watch := stack.Watch(t)
	c := open(t, config(stack.Admin))
	stays := make(chan error, 1)
	go func() {
		_, err := c.Flavors(context.Background())
		stays <- err
	}()
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if _, err := c.Flavors(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "was given up") {
		t.Errorf("whoever went away was told: %v", err)
	}
	close(release)
	if err := <-stays; err != nil {
		t.Errorf("whoever stayed was told: %v", err)
	}
	if n := watch.Count("nova", "/flavors/detail"); n != 1 {
		t.Errorf("%d calls", n)
	}
}
