// SPDX-License-Identifier: MPL-2.0

package firewall_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

const (
	get   = http.MethodGet
	put   = http.MethodPut
	patch = http.MethodPatch
	del   = http.MethodDelete
)

// segment is the path of the segment that all ports are on.
const segment = "/infra/segments/s"

// atOnce are no delays.
var atOnce = nsxsim.Delays{Publish: -1, Realize: -1, Delete: -1, Search: -1, Detach: -1, Vanish: -1}

// manager is one that refuses no number of requests and does all at once, and a client that trusts it.
type manager struct {
	*nsxsim.Manager
	client *http.Client
}

func start(t *testing.T, o nsxsim.Options) manager {
	t.Helper()
	o.Rate, o.Delays = -1, atOnce
	m, trusted := nsxsim.Start(t, o), x509.NewCertPool()
	trusted.AppendCertsFromPEM(m.CertificatePEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return manager{m, &http.Client{Transport: transport}}
}

// answer is what the manager said: "200", or a status and a code as "400/255".
type answer struct {
	verdict string
	body    map[string]any
}

// ask has a request of the user answered.
func ask(t *testing.T, m manager, method, path, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, m.URL()+"/policy/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(m.User, m.Password)
	response, err := m.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{verdict: fmt.Sprint(response.StatusCode)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			t.Fatalf("%s %s: %q: %v", method, path, text, err)
		}
	}
	if code := a.body["error_code"]; code != nil {
		a.verdict += fmt.Sprintf("/%v", code)
	}
	return a
}

// step is a request, and what is to be answered.
type step struct{ method, path, body, verdict string }

func run(t *testing.T, m manager, steps ...step) {
	t.Helper()
	for _, s := range steps {
		if a := ask(t, m, s.method, s.path, s.body); a.verdict != s.verdict {
			t.Errorf("%s %s %s: %s, not %s: %v", s.method, s.path, s.body, a.verdict, s.verdict, a.body)
		}
	}
}
