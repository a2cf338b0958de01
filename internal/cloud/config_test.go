// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// files writes clouds.yaml and its companions to a directory, and hides all others from the client.
func files(t *testing.T, contents map[string]string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "OS_") {
			t.Setenv(name, "")
		}
	}
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	for name, content := range contents {
		if err := os.MkdirAll(filepath.Join(dir, "openstack"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "openstack", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const yaml = `
clouds:
  prod:
    profile: vendor
    auth: {username: u, project_name: p, project_domain_name: Elsewhere}
    interface: internal
    region_name: two
  credential:
    auth: {auth_url: "https://k/v3", application_credential_id: id, application_credential_secret: s3cret, project_name: ignored}
  bare:
    auth: {auth_url: "https://k/v3", username: u, password: s3cret, project_id: pid}
    verify: false
`

// TestResolve: the result of merging a configuration with clouds.yaml.
func TestResolve(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	files(t, map[string]string{"clouds.yaml": yaml, "secure.yaml": "clouds: {prod: {auth: {password: hidden}}}",
		"clouds-public.yaml": "public-clouds: {vendor: {auth: {auth_url: 'https://vendor/v3'}, region_name: one}}"})
	password := Config{AuthURL: "https://k/v3", UserName: "u", Password: "p", TenantName: "t"}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   func(entry) bool
	}{
		"the default domain": {func(*Config) {}, func(e entry) bool {
			return e.auth.DomainID == "default" && *e.auth.Scope == gophercloud.AuthScope{ProjectName: "t", DomainID: "default"} &&
				e.auth.AllowReauth && e.endpoints == "public"
		}},
		"another default domain": {func(c *Config) { c.DefaultDomain = "d" },
			func(e entry) bool { return e.auth.DomainID == "d" && e.auth.Scope.DomainID == "d" }},
		"domains of their own": {func(c *Config) { c.UserDomainName, c.ProjectDomainID = "ud", "pd" }, func(e entry) bool {
			return e.auth.DomainName == "ud" && e.auth.DomainID == "" && *e.auth.Scope == gophercloud.AuthScope{ProjectName: "t", DomainID: "pd"}
		}},
		"one domain for both": {func(c *Config) { c.DomainName = "d" },
			func(e entry) bool { return e.auth.DomainName == "d" && e.auth.Scope.DomainName == "d" }},
		"ids need no domain": {func(c *Config) { c.UserID, c.TenantID = "uid", "tid" }, func(e entry) bool {
			return e.auth.UserID == "uid" && e.auth.Username == "" && e.auth.DomainID == "" &&
				*e.auth.Scope == gophercloud.AuthScope{ProjectID: "tid"}
		}},
		"a token goes first": {func(c *Config) { c.Token = "t" }, func(e entry) bool {
			return e.auth.Password == "" && e.auth.TokenID == "t" &&
				!e.auth.AllowReauth
		}},
		"endpoint type": {func(c *Config) { c.EndpointType = "internalURL" }, func(e entry) bool { return e.endpoints == "internal" }},
		"an entry with its profile and secrets": {func(c *Config) { *c = Config{Cloud: "prod"} }, func(e entry) bool {
			return e.auth.IdentityEndpoint == "https://vendor/v3" && e.auth.Password == "hidden" && e.region == "two" && e.endpoints == "internal" &&
				e.auth.Scope.DomainName == "Elsewhere"
		}},
		"what is written goes before the entry": {func(c *Config) {
			*c = Config{Cloud: "prod", Region: "three", Password: "mine",
				TenantID: "tid"}
		}, func(e entry) bool {
			return e.auth.Password == "mine" && e.region == "three" && *e.auth.Scope == gophercloud.AuthScope{ProjectID: "tid"}
		}},
		"an application credential has its project": {func(c *Config) { *c = Config{Cloud: "credential"} },
			func(e entry) bool { return e.auth.Scope == nil && e.auth.ApplicationCredentialID == "id" }},
		"unverified by its entry": {func(c *Config) { *c = Config{Cloud: "bare"} },
			func(e entry) bool { return e.tls.InsecureSkipVerify }},
		"verified all the same": {func(c *Config) { no := false; *c = Config{Cloud: "bare", Insecure: &no} },
			func(e entry) bool { return !e.tls.InsecureSkipVerify }},
	} {
		cfg := password
		tc.change(&cfg)
		if e, err := cfg.resolve(); err != nil || !tc.want(e) {
			t.Errorf("%s: %+v (scope %+v), %v", name, e, e.auth.Scope, err)
		}
	}
}

// TestResolveRefuses: each mistake is reported at its argument, with advice, and never with a secret.
func TestResolveRefuses(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	files(t, map[string]string{"clouds.yaml": yaml})
	password := Config{AuthURL: "https://k/v3", UserName: "u", Password: "s3cret"}
	for name, tc := range map[string]struct {
		change func(*Config)
		field  string
		says   string
	}{
		"nothing":          {func(c *Config) { *c = Config{} }, "auth_url", "nothing says which cloud is meant"},
		"unknown cloud":    {func(c *Config) { *c = Config{Cloud: "nope"} }, "cloud", `cloud "nope" not found`},
		"no password":      {func(c *Config) { c.Password = "" }, "password", "OS_PASSWORD"},
		"none in an entry": {func(c *Config) { *c = Config{Cloud: "prod", AuthURL: "https://k"} }, "cloud", "clouds-public.yaml"},
		"no user":          {func(c *Config) { c.UserName = "" }, "user_name", "OS_USERNAME"},
		"no secret": {func(c *Config) { *c = Config{AuthURL: "https://k", CredentialID: "x"} }, "application_credential_secret",
			"OS_APPLICATION_CREDENTIAL_SECRET"},
		"no address":      {func(c *Config) { c.AuthURL = "keystone:5000" }, "auth_url", "write for example"},
		"user in address": {func(c *Config) { c.AuthURL = "https://u:s3cret@k/v3" }, "auth_url", "holds a user"},
		"bad address":     {func(c *Config) { c.AuthURL = "https://u:s3cret%zz@k" }, "auth_url", "is not the address"},
		"endpoint type":   {func(c *Config) { c.EndpointType = "secret" }, "endpoint_type", "write public, internal or admin"},
		"no authority":    {func(c *Config) { c.CACert = "/does/not/exist" }, "cacert_file", "cannot be read"},
		"empty authority": {func(c *Config) { c.CACert = "-----BEGIN nothing" }, "cacert_file", "no certificate"},
		"half a pair":     {func(c *Config) { c.Cert = "-----BEGIN nothing" }, "key", "neither a key"},
		"a key cut short": {func(c *Config) { c.Cert, c.Key = "-----BEGIN x", "s3cretwithoutitsfirstline" }, "key", "neither a key"},
		"no pair":         {func(c *Config) { c.Cert, c.Key = "-----BEGIN x", "-----BEGIN s3cret" }, "cert", "no pair"},
	} {
		cfg := password
		tc.change(&cfg)
		_, err := New(cfg)
		var wrong *openstack.FieldError
		if !errors.As(err, &wrong) || wrong.Field != "openstack."+tc.field || !strings.Contains(err.Error(), tc.says) ||
			strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	files(t, map[string]string{"clouds.yaml": "clouds: {x: {auth: {password: [s3cret}}"})
	if _, err := New(Config{Cloud: "x"}); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "not YAML") {
		t.Errorf("%v", err)
	}
	files(t, nil)
	t.Chdir(t.TempDir())
	if _, err := New(Config{Cloud: "x"}); err == nil || !strings.Contains(err.Error(), "clouds.yaml") {
		t.Errorf("%v", err)
	}
}
