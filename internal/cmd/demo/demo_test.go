// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseEnv(t *testing.T) {
	t.Parallel()
	want := map[string]string{"VSPHERE_SERVER": "127.0.0.1:8989", "VSPHERE_USER": "u", "VSPHERE_PASSWORD": "a=b"}
	for _, content := range []string{
		"VSPHERE_SERVER=127.0.0.1:8989\nVSPHERE_USER=u\nVSPHERE_PASSWORD=a=b\n",
		"# where\nexport VSPHERE_SERVER='127.0.0.1:8989'\nexport VSPHERE_USER=\"u\"\nexport VSPHERE_PASSWORD='a=b'",
	} {
		if got := parseEnv(content); !maps.Equal(got, want) {
			t.Errorf("%q gives %v", content, got)
		}
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"Apply complete! Resources: 5 added, 0 changed, 0 destroyed.", "Destroy complete! Resources: 5 destroyed."} {
		if got := summary("web: Creating...\n\n" + line + "\n\nOutputs:\n"); got != line {
			t.Errorf("got %q", got)
		}
	}
}

func TestParseOutputs(t *testing.T) {
	t.Parallel()
	values, err := parseOutputs([]byte(`{"addresses": {"sensitive": false, "value": {"web-0": "192.0.2.10"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := newOutputs(values); err != nil || got.Addresses["web-0"] != "192.0.2.10" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := newOutputs(nil); err == nil {
		t.Error("no instance is no demo")
	}
	if _, err := parseOutputs([]byte(`[]`)); err == nil {
		t.Error("no outputs are no demo")
	}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	o := outputs{Addresses: map[string]string{"web-0": "192.0.2.10"}}
	for want, vms := range map[string][]vm{
		"":                 {{name: "web-0", power: "poweredOn", address: "192.0.2.10"}},
		"knows no web-0":   {{name: "web-1", power: "poweredOn", address: "192.0.2.10"}},
		"is poweredOff":    {{name: "web-0", power: "poweredOff", address: "192.0.2.10"}},
		"has address \"\"": {{name: "web-0", power: "poweredOn"}},
	} {
		err := agree(o, vms)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestDevOverridesNameBothHosts(t *testing.T) {
	t.Parallel()
	got := devOverrides("/somewhere/bin")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		if !strings.Contains(got, `"`+host+`/terraform-provider-novasphere/novasphere" = "/somewhere/bin"`) {
			t.Errorf("%s is missing:\n%s", host, got)
		}
	}
}

// TestRunLeavesNothing: an interrupted or failing demo reports an error, and leaves nothing in the temporary directory.
func TestRunLeavesNothing(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance test: run make test")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, nsx := range []bool{false, true} {
		if err := run(ctx, &bytes.Buffer{}, nsx); err == nil {
			t.Errorf("an interrupted demo succeeded (NSX: %t)", nsx)
		}
	}
	left, err := filepath.Glob(filepath.Join(temp, "*"))
	if err != nil || len(left) != 0 {
		t.Error(left, err)
	}
}

func TestFailedCommandShowsItsOutput(t *testing.T) {
	t.Parallel()
	c := command{env: os.Environ(), argv: []string{"sh", "-c", "echo why; exit 2"}}
	_, err := c.run(t.Context())
	if exitCode(err) != 2 || !strings.Contains(err.Error(), "why") {
		t.Error(err)
	}
	if exitCode(errors.New("something else")) != -1 {
		t.Error("an error that is no exit has no code")
	}
}
