// SPDX-License-Identifier: MPL-2.0

package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestConfig: what is wrong with a configuration is told at the argument, without secrets.
func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{Server: "nsx.example.com", User: "admin", Password: "geheim"}
	for name, test := range map[string]struct {
		change func(*Config)
		field  string // empty: nothing is wrong
	}{
		"good":               {func(*Config) {}, ""},
		"no server":          {func(cfg *Config) { cfg.Server = "" }, "nsx.server"},
		"a user in it":       {func(cfg *Config) { cfg.Server = "https://admin:geheim@nsx" }, "nsx.server"},
		"a path in it":       {func(cfg *Config) { cfg.Server = "https://nsx/policy" }, "nsx.server"},
		"another scheme":     {func(cfg *Config) { cfg.Server = "http://nsx" }, "nsx.server"},
		"nonsense":           {func(cfg *Config) { cfg.Server = "a b geheim" }, "nsx.server"},
		"a port":             {func(cfg *Config) { cfg.Server = "[::1]:8443" }, ""},
		"a URL":              {func(cfg *Config) { cfg.Server = "https://nsx.example.com/" }, ""},
		"no user":            {func(cfg *Config) { cfg.User = "" }, "nsx.user"},
		"no password":        {func(cfg *Config) { cfg.Password = "" }, "nsx.password"},
		"another login":      {func(cfg *Config) { cfg.Auth = "oauth" }, "nsx.auth"},
		"no authority":       {func(cfg *Config) { cfg.CA = filepath.Join(t.TempDir(), "none") }, "nsx.ca_file"},
		"an empty authority": {func(cfg *Config) { cfg.CA = "-----BEGIN nothing" }, "nsx.ca_file"},
		"no key":             {func(cfg *Config) { cfg.Certificate = "-----BEGIN" }, "nsx.client_auth_key_file"},
		"no certificate":     {func(cfg *Config) { cfg.Key = "-----BEGIN" }, "nsx.client_auth_cert_file"},
		"a bare key":         {func(cfg *Config) { cfg.Certificate, cfg.Key = "-----BEGIN", "geheim" }, "nsx.client_auth_key_file"},
		"no pair":            {func(cfg *Config) { cfg.Certificate, cfg.Key = "-----BEGIN", "-----BEGIN geheim" }, "nsx.client_auth_cert_file"},
	} {
		cfg := good
		test.change(&cfg)
		_, err := New(cfg)
		var field *openstack.FieldError
		switch {
		case test.field == "" && err != nil, test.field != "" && (!errors.As(err, &field) || field.Field != test.field):
			t.Errorf("%s: %v", name, err)
		case err != nil && strings.Contains(err.Error(), "geheim"):
			t.Errorf("%s: the error holds a secret: %v", name, err)
		}
	}
}

// TestCertificate: a principal identity shows its certificate, and needs neither user nor session.
func TestCertificate(t *testing.T) {
	t.Parallel()
	cert, key := principal(t)
	m := &manager{version: "4.2.1.0", objects: map[string]map[string]any{}}
	m.put(web, map[string]any{})
	m.Server = httptest.NewUnstartedServer(m)
	m.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	m.StartTLS()
	t.Cleanup(m.Close)
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, key, 0o600); err != nil {
		t.Fatal(err)
	}
	c := m.client(t, func(cfg *Config) { cfg.User, cfg.Password, cfg.Certificate, cfg.Key = "", "", string(cert), file })
	if err := c.Get(t.Context(), web, nil); err != nil || m.logins > 0 {
		t.Errorf("%v, %d logins", err, m.logins)
	}
	m.before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(401); return true }
	c = m.client(t, func(cfg *Config) { cfg.User, cfg.Password, cfg.Certificate, cfg.Key = "", "", string(cert), file })
	if err := c.Get(t.Context(), web, nil); err == nil || !strings.Contains(err.Error(), "does not accept the certificate") {
		t.Errorf("a certificate that is not registered: %v", err)
	}
}

// principal makes a certificate and its key.
func principal(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// TestPaths: paths of the default space and of a project, and ids that lead nowhere else.
func TestPaths(t *testing.T) {
	t.Parallel()
	c := &Client{root: Config{}.root(), manager: "https://nsx"}
	p := &Client{root: Config{Project: "blue"}.root(), cfg: Config{EnforcementPoint: "vmc"}}
	for got, want := range map[string]string{
		c.Path("segments", "web"):                                   "/infra/segments/web",
		p.Path("segments", "web"):                                   "/orgs/default/projects/blue/infra/segments/web",
		p.SharedPath("tier-0s", "t0"):                               "/infra/tier-0s/t0",
		c.EnforcementPath("transport-zones"):                        "/infra/sites/default/enforcement-points/default/transport-zones",
		p.EnforcementPath():                                         "/infra/sites/default/enforcement-points/vmc",
		c.Path("segments", "../tier-0s/t0"):                         "/infra/segments/..%2Ftier-0s%2Ft0",
		c.Path("segments", "..") + c.Path("ports", ""):              "/infra/segments/%../infra/ports/%",
		c.address(request{path: "/infra/a b/c?d=e/f%2F/default:1"}): "https://nsx/infra/a%20b/c%3Fd=e/f%252F/default:1",
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// TestNouns: paths are told in OpenStack's nouns, by name where it is known.
func TestNouns(t *testing.T) {
	t.Parallel()
	c := &Client{root: infra}
	c.Name("/orgs/default/projects/blue/infra/segments/1", "web")
	c.Name("/infra/domains/default/groups/g", "ssh")
	for path, want := range map[string]string{
		"/infra/segments/1": "network 1",
		"/orgs/default/projects/blue/infra/segments/1/ports/2":                 `port 2 of network "web"`,
		"/infra/segments/1/ports/2/port-security-profile-binding-maps/DEFAULT": "the port security of port 2 of network 1",
		"/infra/segments/1/ports/2/state":                                      "the state of port 2 of network 1",
		"/infra/segments":                                                      "the networks",
		"/infra/domains/default/groups/g":                                      `security group "ssh"`,
		"/infra/tier-1s/r/nat/USER/nat-rules/S-1":                              "NAT rule S-1 of router r",
		"/infra/tier-1s/r/locale-services/default/interfaces/1":                "interface 1 of the service router of router r",
		"/infra/sites/default/enforcement-points/default/transport-zones":      "the transport zones",
		"/infra/odd-things/1":                                                  "odd thing 1",
		"/orgs/default/projects/blue":                                          "project blue",
		"/search/query":                                                        "the search of NSX",
	} {
		if got := c.Noun(path); got != want {
			t.Errorf("%s is %s, not %s", path, got, want)
		}
	}
}
