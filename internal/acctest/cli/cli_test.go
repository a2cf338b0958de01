// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fake writes a program that answers "version" like the real one.
func fake(t *testing.T, dir, name, says string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+says+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	both, one := t.TempDir(), t.TempDir()
	terraform := fake(t, both, "terraform", "Terraform v1.11.4")
	fake(t, both, "tofu", "OpenTofu v1.12.6")
	tofu := fake(t, one, "tofu", "OpenTofu v1.12.6")
	other := fake(t, one, "other", "Something v1.0.0")

	for _, tc := range []struct {
		name, tf, path string
		want           CLI
		fails          string
	}{
		{name: "terraform comes first", path: both, want: CLI{Path: terraform, Version: "Terraform v1.11.4"}},
		{name: "then tofu", path: one, want: CLI{Path: tofu, Version: "OpenTofu v1.12.6", Tofu: true}},
		{name: "TF beats PATH", tf: tofu, path: both, want: CLI{Path: tofu, Version: "OpenTofu v1.12.6", Tofu: true}},
		{name: "TF may be a name", tf: "tofu", path: one, want: CLI{Path: tofu, Version: "OpenTofu v1.12.6", Tofu: true}},
		{name: "TF that is not there", tf: "missing", path: both, fails: "TF=missing"},
		{name: "TF that is something else", tf: other, path: both, fails: "neither Terraform nor OpenTofu"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("TF", tc.tf)
			t.Setenv("PATH", tc.path)
			got, err := Find(t.Context())
			if tc.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tc.fails) {
					t.Fatalf("want an error with %q, got %v", tc.fails, err)
				}
				return
			}
			if err != nil || got != tc.want {
				t.Fatalf("got %+v, %v, want %+v", got, err, tc.want)
			}
		})
	}
}

func TestParseVersionBehindWarnings(t *testing.T) {
	t.Parallel()
	out := "There are some problems with the CLI configuration:\n\nWarning: Unable to open it\n\nOpenTofu v1.12.6-dev\non linux_amd64\n"
	version, tofu, err := parseVersion(out)
	if err != nil || !tofu || version != "OpenTofu v1.12.6-dev" {
		t.Fatalf("got %q, %v, %v", version, tofu, err)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	env := []string{"HOME=/h", "TF_LOG=trace", "TF=tofu", "VSPHERE_SERVER=production", "NSXT_CLIENT_AUTH_CERT=production",
		"GOVC_URL=production", "OS_REGION_NAME=r"}
	if got := Clean(env); !slices.Equal(got, []string{"HOME=/h", "TF=tofu"}) {
		t.Fatal(got)
	}
}

func TestAcceptanceEnvNamesTheHostOfTheCLI(t *testing.T) {
	t.Parallel()
	for host, c := range map[string]CLI{TerraformHost: {}, TofuHost: {Tofu: true}} {
		env, err := c.AcceptanceEnv(t.TempDir())
		if err != nil || !slices.Contains(env, "TF_ACC_PROVIDER_HOST="+host) {
			t.Errorf("%v lacks %s (%v)", env, host, err)
		}
	}
}

//nolint:paralleltest // a program cannot be started while a process that is being forked holds its file open
func TestCounted(t *testing.T) {
	dir := t.TempDir()
	counted, err := CLI{Path: fake(t, t.TempDir(), "terraform", "Terraform v1.11.4")}.Counted(dir)
	if err != nil || counted.Starts() != 0 {
		t.Fatal(counted.Starts(), err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if found, err := inspect(t.Context(), counted.Path); err != nil || found.Version != "Terraform v1.11.4" {
				t.Error(found, err)
			}
		})
	}
	if all.Wait(); counted.Starts() != 20 {
		t.Errorf("%d starts of 20 are counted", counted.Starts())
	}
}
