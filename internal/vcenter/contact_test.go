// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"bytes"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// TestFirstContact: each way in which the first contact fails gives one sentence that names the server and what to check, comes soon,
// and never holds the password.
func TestFirstContact(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	old := acctest.Start(t, vcsim.Options{APIVersion: "6.7.3"})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	good := vcenter.Config{Server: vc.Server(), User: vc.User, Password: "s3cret-" + vc.Password, CAFile: vc.CAFile,
		APITimeout: 5 * time.Second}
	web := httptest.NewTLSServer(nil)
	t.Cleanup(web.Close)
	for name, test := range map[string]struct {
		change func(*vcenter.Config)
		says   []string
	}{
		"wrong password": {func(*vcenter.Config) {}, []string{"refuses the user name or password", vc.User, "VSPHERE_PASSWORD"}},
		"closed port": {func(c *vcenter.Config) { c.Server = closed.Addr().String() },
			[]string{"cannot be reached", "connection refused", "vsphere_server"}},
		"unknown host": {func(c *vcenter.Config) { c.Server = "vcenter.invalid" },
			[]string{"vcenter.invalid", "cannot be resolved", "vsphere_server"}},
		"no address": {func(c *vcenter.Config) { c.Server = "https://" }, []string{"not the address of a vCenter"}},
		"untrusted":  {func(c *vcenter.Config) { c.CAFile = "" }, []string{"not trusted", "ca_file", "allow_unverified_ssl"}},
		"other name": {func(c *vcenter.Config) {
			c.Server = strings.Replace(web.URL, "https://127.0.0.1", "localhost", 1)
			c.CAFile = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}))
		}, []string{"not trusted", "localhost", "ca_file"}},
		"too old": {func(c *vcenter.Config) { c.Server, c.CAFile = old.Server(), old.CAFile }, []string{"too old", "6.7.3", "7.0 or later"}},
		"an ESX host": {func(c *vcenter.Config) { w := asESX(t, vc); c.Server, c.CAFile = w.Server, w.CAFile },
			[]string{"not a vCenter", "name the vCenter that manages it"}},
		"some web server": {func(c *vcenter.Config) { c.Server, c.Insecure = strings.TrimPrefix(web.URL, "https://"), true },
			[]string{"answers 404 Not Found where a vCenter answers", "vsphere_server"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			test.change(&cfg)
			start := time.Now()
			err := vcenter.New(cfg).Inventory.CheckPlacement(t.Context(), "")
			if took := time.Since(start); took > 3*good.APITimeout { // allows for a busy machine, but notices a call that is repeated for minutes
				t.Errorf("it took %s", took)
			}
			if err == nil {
				t.Fatal("there is no error")
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %s", part, err)
				}
			}
			if text := err.Error(); strings.Contains(text, "s3cret") || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "goroutine") {
				t.Errorf("not one harmless sentence: %s", text)
			}
		})
	}
}

// asESX makes a vCenter answer as an ESX host.
func asESX(t *testing.T, vc *acctest.VCenter) *acctest.Wire {
	t.Helper()
	return vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name != "RetrieveServiceContent" {
			return nil
		}
		out := ask()
		out.Body = bytes.NewBuffer(bytes.ReplaceAll(out.Body.Bytes(), []byte("VirtualCenter"), []byte("HostAgent")))
		return out
	})
}

// TestUserAgent: every call of both protocols has the provider's name as its user agent.
func TestUserAgent(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var soap, rest, wrong atomic.Int64
	wire := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if strings.Contains(call.Name, " /rest/") {
			rest.Add(1)
		} else {
			soap.Add(1)
		}
		if call.Head.Get("User-Agent") != "terraform-provider-novasphere/test" {
			wrong.Add(1)
			t.Logf("%s says %q", call.Name, call.Head.Get("User-Agent"))
		}
		return nil
	})
	c := clientOver(t, vc, wire)
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	server := made(t, c, "web")
	if err := c.Labels.Attach(t.Context(), server.MoRef, small, small); err != nil {
		t.Fatal(err)
	}
	if soap.Load() < 10 || rest.Load() < 3 || wrong.Load() != 0 {
		t.Errorf("%d SOAP and %d REST calls, %d of them without the name", soap.Load(), rest.Load(), wrong.Load())
	}
}
