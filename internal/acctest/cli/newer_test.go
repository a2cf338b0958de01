// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"os"
	"strings"
	"testing"
)

func TestIsTerraform(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"Terraform v1.11.4": false, "Terraform v1.13.9": false, "Terraform v1.14.0": true, "Terraform v1.14.0-rc2": true,
		"Terraform v1.17.0-dev": true, "Terraform v2.0.1": true, "Terraform v0.15.0": false, "Terraform": false, "": false,
		"OpenTofu v1.12.6": false, "OpenTofu v1.14.0": false,
	} {
		c := CLI{Version: version, Tofu: strings.HasPrefix(version, "OpenTofu")}
		if got := c.IsTerraform(Verbs); got != want {
			t.Errorf("%q counts as Terraform 1.14 or later: %v", version, got)
		}
	}
}

func TestFindTerraform(t *testing.T) {
	old, tofu, newer := t.TempDir(), t.TempDir(), t.TempDir()
	fake(t, old, "terraform", "Terraform v1.11.4")
	named := fake(t, tofu, "tofu", "OpenTofu v1.14.0")
	terraform := fake(t, newer, "terraform", "Terraform v1.15.2")
	path := func(dirs ...string) string { return strings.Join(dirs, string(os.PathListSeparator)) }

	for _, tc := range []struct{ name, tf, path, want string }{
		{name: "an older one comes first", path: path(old, tofu, newer), want: terraform},
		{name: "TF names the older one", tf: old + "/terraform", path: path(newer), want: terraform},
		{name: "TF names it", tf: terraform, path: path(old), want: terraform},
		{name: "TF names OpenTofu", tf: named, path: path(old)},
		{name: "there is none", path: path(old, tofu)},
		{name: "nothing is there", path: t.TempDir()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("TF", tc.tf)
			t.Setenv("PATH", tc.path)
			if got, ok := FindTerraform(t.Context(), Verbs); got.Path != tc.want || ok != (tc.want != "") {
				t.Fatalf("got %+v, %v, want %q", got, ok, tc.want)
			}
		})
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"Terraform v1.11.4": false, "Terraform v1.12.0": true, "OpenTofu v1.11.5": false, "OpenTofu v1.12.6-dev": true,
		"OpenTofu v2.0.0": true, "": false,
	} {
		c := CLI{Version: version, Tofu: strings.HasPrefix(version, "OpenTofu")}
		if got := c.Identities(); got != want {
			t.Errorf("%q imports by identity: %v", version, got)
		}
	}
}
