// SPDX-License-Identifier: MPL-2.0

package vcenter

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vapi/tags"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestRefusedLabel: a refusal while a label is kept is reported as one, and not as a silent server.
func TestRefusedLabel(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		code int
		says string
	}{
		"privilege": {http.StatusForbidden, "lacks the privilege"},
		"password":  {http.StatusUnauthorized, "check user and password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := embedded(t, vcsim.Options{})
			pass := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: vc.Server()})
			text, err := os.ReadFile(vc.CAFile)
			if err != nil {
				t.Fatal(err)
			}
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(text)
			pass.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
			var refuse atomic.Bool
			server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
				if refuse.Load() && strings.Contains(req.URL.Path, "/cis/") {
					http.Error(rw, "no", test.code)
					return
				}
				pass.ServeHTTP(rw, req)
			}))
			t.Cleanup(server.Close)
			cfg := configFor(vc)
			cfg.Server, cfg.CAFile, cfg.Insecure = strings.TrimPrefix(server.URL, "https://"), "", true
			c := clientOf(t, cfg)
			if err := openTagging(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			refuse.Store(true)
			err = c.Labels.Keep(t.Context(), "vm-1", openstack.Flavor{ID: "f", Name: "m1.tiny", TagID: "urn:1"})
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "vsphere_server") ||
				strings.Contains(err.Error(), "https://") {
				t.Errorf("keeping the label: %v", err)
			}
		})
	}
}

// openTagging opens the session of the tagging service.
func openTagging(ctx context.Context, c *Client) error {
	api, err := c.wire.API(ctx)
	if err != nil {
		return err
	}
	_, err = tags.NewManager(api).GetCategories(ctx)
	return err
}
