// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// output is a buffer that can be read while the program writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// started runs the program until stop, and gives what it says. An error fails the test.
func started(t *testing.T, args ...string) (said string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out output
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, args, &out) }()
	for !strings.Contains(out.String(), "Interrupt") {
		select {
		case err := <-ended:
			t.Fatalf("it ended at once: %v: %s", err, out.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return out.String(), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

func TestRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	env := filepath.Join(t.TempDir(), "env")
	out, stop := started(t, "-env", env, "-foreign", "4")
	if n := strings.Count(out, "export "); n != 4 || strings.Contains(out, "NSX") {
		t.Errorf("%d export lines in %s", n, out)
	}
	vms, err := find.NewFinder(logIn(t, environment(t, env)).Client, false).VirtualMachineList(t.Context(), "/dc1/vm/images/*")
	if err != nil || len(vms) != 3 {
		t.Errorf("images %v: %v", vms, err)
	}
	stop()
	if _, err := os.Stat(env); err == nil {
		t.Error("the environment file is left")
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// environment reads the environment as a shell does: the server, its user, the password and the file of its authority.
func environment(t *testing.T, file string) []string {
	t.Helper()
	shell := exec.Command("sh", "-c",
		`. "$1" && printf '%s\n' "$VSPHERE_SERVER" "$VSPHERE_USER" "$VSPHERE_PASSWORD" "$NOVASPHERE_CA_FILE" `+
			`"unverified: $VSPHERE_ALLOW_UNVERIFIED_SSL"`, "sh", file)
	shell.Env = append(os.Environ(), "VSPHERE_ALLOW_UNVERIFIED_SSL=")
	said, err := shell.Output()
	if err != nil {
		t.Fatal(err)
	}
	v := strings.Split(strings.TrimSpace(string(said)), "\n")
	if len(v) != 5 || v[4] != "unverified:" {
		t.Fatalf("environment %q", v)
	}
	return v[:4]
}

// logIn logs in with an environment, and verifies the certificate, as the provider does.
func logIn(t *testing.T, v []string) *govmomi.Client {
	t.Helper()
	u := &url.URL{Scheme: "https", Host: v[0], Path: "/sdk", User: url.UserPassword(v[1], v[2])}
	wire := soap.NewClient(u, false)
	if err := wire.SetRootCAs(v[3]); err != nil {
		t.Fatal(err)
	}
	vim, err := vim25.NewClient(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	c := &govmomi.Client{Client: vim, SessionManager: session.NewManager(vim)}
	if err := c.Login(t.Context(), u.User); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVersion(t *testing.T) {
	t.Parallel()
	var out output
	if err := run(t.Context(), []string{"-version"}, &out); err != nil || !strings.HasPrefix(out.String(), "novasim dev (") {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), []string{"-listen", "nowhere"}, new(output)); err == nil {
		t.Error("it listens nowhere")
	}
	if err := run(t.Context(), []string{"-nova", "-unmodified"}, new(output)); err == nil || !strings.Contains(err.Error(), "leave") {
		t.Errorf("Nova's machines in govmomi's own simulator: %v", err)
	}
	if err := run(t.Context(), []string{"-unknown"}, new(output)); err == nil {
		t.Error("it took an unknown flag")
	}
	if err := run(t.Context(), []string{"-help"}, new(output)); err != nil {
		t.Error(err)
	}
}
