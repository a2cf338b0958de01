// SPDX-License-Identifier: MPL-2.0

package cloud_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	loopback "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/cloud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestMain(m *testing.M) { os.Exit(loopback.Main(m)) }

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfBHPoLnuZB4dBGhPUvNgYbSGxGUnk7yoSHt5gBRyB somebody"

// config returns a client configuration that logs in as l.
func config(l loopback.Login) cloud.Config {
	return cloud.Config{AuthURL: l.AuthURL, UserName: l.User, Password: l.Password, TenantName: l.Project, Region: l.Region,
		UserAgent: "terraform-provider-novasphere/test"}
}

func open(t *testing.T, cfg cloud.Config) *cloud.Client {
	t.Helper()
	c, err := cloud.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// named returns the element for which name is true.
func named[T any](t *testing.T, all []T, err error, name func(T) bool) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, name)
	if i < 0 {
		t.Fatalf("it is not among %+v", all)
	}
	return all[i]
}

func flavor(t *testing.T, c *cloud.Client, name string) openstack.Flavor {
	t.Helper()
	all, err := c.Flavors(t.Context())
	return named(t, all, err, func(f openstack.Flavor) bool { return f.Name == name })
}

// TestOpenStackFlavors: flavors arrive complete, private ones too, in one call for any number of concurrent callers.
func TestOpenStackFlavors(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	stack := loopback.Start(t)
	extra := map[string]string{"hw:cpu_cores": "2", "quota:cpu_limit": "6000", "trait:CUSTOM_GPU": "required"}
	id := stack.Admin.Flavor(t, "c1.test", map[string]any{"vcpus": 4, "ram": 8192, "disk": 40, "OS-FLV-EXT-DATA:ephemeral": 10, "swap": 1024,
		"rxtx_factor": 2, "description": "limits"}, extra)
	stack.Admin.Flavor(t, "private.test", map[string]any{"vcpus": 1, "ram": 512, "disk": 1, "os-flavor-access:is_public": false}, nil)
	watch := stack.Watch(t)
	c := open(t, config(stack.Admin))
	if n := len(watch.Calls()); n != 0 {
		t.Errorf("%d calls before anybody asked", n)
	}
	var every sync.WaitGroup
	for range 50 {
		every.Go(func() {
			if _, err := c.Flavors(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	every.Wait()
	got := flavor(t, c, "c1.test")
	want := openstack.Flavor{ID: id, Name: "c1.test", Description: "limits", VCPUs: 4, RAM: 8192, Disk: 40, Ephemeral: 10, Swap: 1024,
		RxTxFactor: 2, IsPublic: true}
	if !maps.Equal(got.ExtraSpecs, extra) || fmt.Sprint(plain(got)) != fmt.Sprint(want) {
		t.Errorf("got %+v", got)
	}
	if f := flavor(t, c, "private.test"); f.IsPublic || len(f.ExtraSpecs) != 0 {
		t.Errorf("got %+v", f)
	}
	once(t, watch, "POST keystone /v3/auth/tokens", "GET nova /v2.1/flavors/detail")
	for _, call := range watch.Calls() {
		if !strings.HasPrefix(call.Agent, "terraform-provider-novasphere/test") {
			t.Errorf("%s introduces itself as %q", call.Path, call.Agent)
		}
	}
}

// plain is a flavor without its extra specs.
func plain(f openstack.Flavor) openstack.Flavor {
	f.ExtraSpecs = nil
	return f
}

// once checks that exactly these calls were made, each once.
func once(t *testing.T, watch *loopback.Watch, want ...string) {
	t.Helper()
	var got []string
	for _, call := range watch.Calls() {
		got = append(got, call.Method+" "+call.Service+" "+call.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the calls were\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOpenStackManyFlavors: two hundred flavors take one call.
func TestOpenStackManyFlavors(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	stack := loopback.Start(t)
	for i := range 200 {
		stack.Admin.Flavor(t, fmt.Sprintf("many.%03d", i), map[string]any{"vcpus": 1 + i%8, "ram": 256 * (1 + i), "disk": 1},
			map[string]string{"quota:cpu_limit": fmt.Sprint(i)})
	}
	watch := stack.Watch(t)
	c := open(t, config(stack.Admin))
	began := time.Now()
	all, err := c.Flavors(t.Context())
	t.Logf("%d flavors in %s", len(all), time.Since(began))
	f := named(t, all, err, func(f openstack.Flavor) bool { return f.Name == "many.199" })
	if f.ExtraSpecs["quota:cpu_limit"] != "199" || !slices.IsSortedFunc(all, func(a, b openstack.Flavor) int { return int(a.RAM - b.RAM) }) {
		t.Errorf("got %+v", f)
	}
	once(t, watch, "POST keystone /v3/auth/tokens", "GET nova /v2.1/flavors/detail")
}

// TestOpenStackPages: a list that does not fit on one page is read page by page.
func TestOpenStackPages(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	stack := loopback.Start(t)
	for i := range 5 {
		stack.Admin.Flavor(t, fmt.Sprintf("page.%d", i), map[string]any{"vcpus": 1, "ram": 512, "disk": 1}, nil)
		stack.Admin.Image(t, fmt.Sprintf("page.%d", i), nil)
		stack.Admin.Network(t, fmt.Sprintf("page.%d", i), "10.9.8.0/24", nil)
	}
	for _, service := range []string{"nova", "glance", "neutron"} {
		stack.Meddle(t, service, func(_ http.ResponseWriter, r *http.Request) bool {
			q := r.URL.Query()
			q.Set("limit", "2")
			r.URL.RawQuery = q.Encode()
			return false
		})
	}
	c := open(t, config(stack.Admin))
	flavors, err := c.Flavors(t.Context())
	named(t, flavors, err, func(f openstack.Flavor) bool { return f.Name == "page.4" })
	images, err := c.Images(t.Context())
	named(t, images, err, func(i openstack.Image) bool { return i.Name == "page.0" })
	networks, err := c.Networks(t.Context())
	for i := range 5 {
		named(t, networks, err, func(n openstack.Network) bool { return n.Name == fmt.Sprintf("page.%d", i) })
	}
}

// TestOpenStackOldCompute: a cloud older than microversion 2.61 is asked for each flavor's extra specs.
//
//nolint:paralleltest // the services of OpenStack are the same for all of these tests
func TestOpenStackOldCompute(t *testing.T) {
	stack := loopback.Start(t)
	for i := range 12 {
		stack.Admin.Flavor(t, fmt.Sprintf("old.%d", i), map[string]any{"vcpus": 1, "ram": 512, "disk": 1},
			map[string]string{"hw:cpu_policy": "shared", "quota:cpu_limit": fmt.Sprint(i)})
	}
	for name, header := range map[string]string{"without versions": "", "older": "compute 2.60"} {
		t.Run(name, func(t *testing.T) {
			stack.Meddle(t, "nova", func(_ http.ResponseWriter, r *http.Request) bool {
				r.Header.Del("X-OpenStack-Nova-API-Version")
				if r.Header.Del("OpenStack-API-Version"); header != "" {
					r.Header.Set("OpenStack-API-Version", header)
				}
				return false
			})
			watch := stack.Watch(t)
			c := open(t, config(stack.Admin))
			for i := range 12 {
				if f := flavor(t, c, fmt.Sprintf("old.%d", i)); f.ExtraSpecs["quota:cpu_limit"] != fmt.Sprint(i) {
					t.Errorf("got %+v", f)
				}
			}
			if list, each := watch.Count("nova", "/flavors/detail"), watch.Count("nova", "/os-extra_specs"); list != 1 || each < 12 {
				t.Errorf("%d lists, %d calls for extra specs", list, each)
			}
		})
	}
	t.Run("refuses the version", func(t *testing.T) {
		stack.Meddle(t, "nova", func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.Header.Get("OpenStack-API-Version"), "2.61") {
				r.Header.Del("X-OpenStack-Nova-API-Version")
				r.Header.Set("OpenStack-API-Version", "compute 2.999") // unknown to every compute service: it answers as an old one does to 2.61
			}
			return false
		})
		watch := stack.Watch(t)
		if f := flavor(t, open(t, config(stack.Admin)), "old.7"); f.ExtraSpecs["quota:cpu_limit"] != "7" {
			t.Errorf("got %+v", f)
		}
		once(t, watch, "POST keystone /v3/auth/tokens", "GET nova /v2.1/flavors/detail", "GET nova /v2.1/", "GET nova /v2.1/flavors/detail")
	})
}

// TestOpenStackKinds: every kind, as a project of its own sees it, and its servers as an administrator does.
//
//nolint:paralleltest // the services of OpenStack are the same for all of these tests
func TestOpenStackKinds(t *testing.T) {
	stack := loopback.Start(t)
	user := stack.Member(t)
	imageID := stack.Admin.Image(t, "debian-test", map[string]any{"visibility": "public", "disk_format": "vmdk", "min_disk": 3,
		"vmware_ostype": "debian12_64Guest", "hw_disk_bus": "scsi", "description": "for tests"})
	flavorID := stack.Admin.Flavor(t, "kinds", map[string]any{"vcpus": 2, "ram": 1024, "disk": 5}, map[string]string{"hw:cpu_cores": "2"})
	vlan := stack.Admin.Network(t, "vlan-test", "198.51.100.0/24",
		map[string]any{"router:external": true, "shared": true, "provider:network_type": "vlan", "provider:physical_network": "physnet1",
			"provider:segmentation_id": 107, "description": "a way out"})
	private := user.Network(t, "private-test", "10.10.0.0/24", map[string]any{"mtu": 1400})
	user.KeyPair(t, "key-test", key)
	serverID := user.Server(t, "web-test", map[string]any{"flavorRef": flavorID, "imageRef": imageID, "key_name": "key-test",
		"metadata": map[string]any{"tier": "web"}, "tags": []string{"blue"},
		"description": "a server", "networks": []any{map[string]any{"uuid": private}}, "user_data": "I2Nsb3VkLWNvbmZpZwo="})

	watch := stack.Watch(t)
	c := open(t, config(user))
	t.Run("images", func(t *testing.T) {
		all, err := c.Images(t.Context())
		i := named(t, all, err, func(i openstack.Image) bool { return i.ID == imageID })
		if i.Name != "debian-test" || i.MinDisk != 3 || i.SizeBytes != 1100 || i.DiskFormat != "vmdk" || i.Container != "bare" ||
			i.Description != "for tests" || i.Created.IsZero() || i.Updated.IsZero() ||
			i.Properties["vmware_ostype"] != "debian12_64Guest" || i.Properties["hw_disk_bus"] != "scsi" || len(i.Properties) != 3 {
			t.Errorf("got %+v", i)
		}
	})
	t.Run("key pairs", func(t *testing.T) {
		all, err := c.KeyPairs(t.Context())
		if err != nil || len(all) != 1 || all[0] != (openstack.KeyPair{Name: "key-test", PublicKey: key,
			Fingerprint: "b3:cb:a2:f9:8e:09:74:aa:a7:52:6b:45:9e:0b:99:d5"}) {
			t.Errorf("got %+v, %v", all, err)
		}
	})
	t.Run("networks", func(t *testing.T) {
		all, err := c.Networks(t.Context())
		n := named(t, all, err, func(n openstack.Network) bool { return n.ID == vlan })
		if n.Name != "vlan-test" || !n.External || !n.AdminUp || n.VLAN != 0 || n.Description != "a way out" {
			t.Errorf("a user sees %+v", n)
		}
		if n := named(t, all, err, func(n openstack.Network) bool { return n.ID == private }); n.MTU != 1400 || n.External {
			t.Errorf("got %+v", n)
		}
		all, err = open(t, config(stack.Admin)).Networks(t.Context())
		if n := named(t, all, err, func(n openstack.Network) bool { return n.ID == vlan }); n.VLAN != 107 {
			t.Errorf("an administrator sees %+v", n)
		}
	})
	t.Run("servers", func(t *testing.T) { serversSeen(t, c, stack, serverID, imageID) })
	t.Run("calls", func(t *testing.T) { askedOnce(t, stack, watch) })
}

// serversSeen looks at a server as its project sees it, and as an administrator does.
func serversSeen(t *testing.T, c *cloud.Client, stack *loopback.Cloud, serverID, imageID string) {
	t.Helper()
	all, err := c.Servers(t.Context())
	s := named(t, all, err, func(s openstack.Server) bool { return s.ID == serverID })
	if len(all) != 1 || s.Name != "web-test" || s.Description != "a server" || s.Flavor.Name != "kinds" || s.Flavor.VCPUs != 2 ||
		s.Flavor.ExtraSpecs["hw:cpu_cores"] != "2" || s.ImageID != imageID ||
		s.KeyPair != "key-test" || s.Metadata["tier"] != "web" || !slices.Equal(s.Tags, []string{"blue"}) || s.PowerState != openstack.Active ||
		s.Zone != "nova" || s.Project == "" || s.Created.IsZero() {
		t.Errorf("got %+v", s)
	}
	if len(s.NICs) != 1 || s.NICs[0].NetworkName != "private-test" || s.NICs[0].MAC == "" || len(s.NICs[0].IPv4) != 1 ||
		!strings.HasPrefix(s.NICs[0].IPv4[0], "10.10.0.") || s.UserData != "" || s.Host != "" {
		t.Errorf("got %+v", s)
	}
	const nobodys = "5f0a6a3e-7c1b-4a52-9f57-0a1e0c7d9b11"
	if unknown, err := c.Unknown(t.Context(), []string{serverID, nobodys}); err == nil {
		t.Errorf("a user knows that nobody in another project has %v", unknown)
	}
	admin := open(t, config(stack.Admin))
	if unknown, err := admin.Unknown(t.Context(), []string{serverID, nobodys}); err != nil || !slices.Equal(unknown, []string{nobodys}) {
		t.Errorf("unknown is %v, %v", unknown, err)
	}
	all, err = admin.Servers(t.Context())
	if s := named(t, all, err, func(s openstack.Server) bool { return s.ID == serverID }); s.UserData != "#cloud-config\n" || s.Host == "" ||
		s.Hypervisor == "" {
		t.Errorf("an administrator sees %+v", s)
	}
}

// askedOnce reads everything three times, and looks that each service was asked once.
func askedOnce(t *testing.T, stack *loopback.Cloud, watch *loopback.Watch) {
	t.Helper()
	watch.Reset()
	c := open(t, config(stack.Admin))
	for range 3 {
		_, _ = c.Flavors(t.Context())
		_, _ = c.Images(t.Context())
		_, _ = c.KeyPairs(t.Context())
		_, _ = c.Networks(t.Context())
		_, _ = c.Servers(t.Context())
	}
	once(t, watch, "POST keystone /v3/auth/tokens", "GET nova /v2.1/flavors/detail", "GET glance /v2/images", "GET nova /v2.1/os-keypairs",
		"GET neutron /v2.0/networks", "GET nova /v2.1/servers/detail")
}
