// SPDX-License-Identifier: MPL-2.0

package api

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

// TestLog: each call and each repetition has a line, and no line holds a secret of a login, a body or a query.
func TestLog(t *testing.T) { //nolint:paralleltest // it sets the level of the log
	t.Setenv("TF_LOG_PROVIDER_NOVASPHERE_NSX", "debug")
	m := newManager(t)
	left := 1
	m.before = func(w http.ResponseWriter, r *http.Request) bool {
		if left == 0 || r.URL.Path != policy+"/search/query" {
			return false
		}
		left--
		w.WriteHeader(503)
		return true
	}
	for _, auth := range []string{AuthSession, AuthBasic} {
		var lines bytes.Buffer
		c := m.client(t, func(cfg *Config) { cfg.Auth = auth })
		ctx := logging.Begin(tflogtest.RootLogger(t.Context(), &lines), c.Secrets)
		_, _ = Search[port](ctx, c, "display_name:private")
		_ = c.Create(ctx, web, map[string]any{"description": "private"}, nil)
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
		text := lines.String()
		for _, line := range []string{"GET /api/v1/node/version", "GET /policy/api/v1/search/query", "PUT /policy/api/v1/infra/segments/web"} {
			if !strings.Contains(text, line) {
				t.Errorf("%s: no line of %s", auth, line)
			}
		}
		if auth == AuthSession && !strings.Contains(text, "a call is repeated") {
			t.Error("no line of the repetition")
		}
		for _, secret := range []string{password, "pa%26ss", "private", "JSESSIONID", "Basic ", "x1"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the log holds %q: %s", auth, secret, text)
			}
		}
	}
}
