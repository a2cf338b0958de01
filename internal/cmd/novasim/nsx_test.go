// SPDX-License-Identifier: MPL-2.0

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRunWithNSX: the environment leads to an NSX Manager whose certificate can be verified, and nothing of it is left.
func TestRunWithNSX(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	env := filepath.Join(t.TempDir(), "env")
	out, stop := started(t, "-env", env, "-nsx", "-nsx-version", "4.1.2")
	if !strings.Contains(out, "tier-0") {
		t.Errorf("it says nothing of what NSX has: %s", out)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-c", `. "$1" && printf '%s\n' "$NSXT_MANAGER_HOST" "$NSXT_USERNAME" "$NSXT_PASSWORD" `+
		`"$NSXT_CA_FILE" "$VSPHERE_SERVER"`, "sh", env)
	said, err := shell.Output()
	if err != nil {
		t.Fatal(err)
	}
	v := strings.Split(strings.TrimSpace(string(said)), "\n")
	if len(v) != 5 {
		t.Fatalf("environment %q", v)
	}
	if version := nsxVersion(t, v[0], v[1], v[2], v[3]); !strings.HasPrefix(version, "4.1.2.") {
		t.Errorf("the version is %q", version)
	}
	stop()
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// nsxVersion asks an NSX Manager for its version, and verifies its certificate.
func nsxVersion(t *testing.T, server, user, password, authority string) string {
	t.Helper()
	pem, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+server+"/api/v1/node/version", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, password)
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var node struct {
		Version string `json:"product_version"`
	}
	if err := json.NewDecoder(response.Body).Decode(&node); err != nil {
		t.Fatal(err)
	}
	return node.Version
}
