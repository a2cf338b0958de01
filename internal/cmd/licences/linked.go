// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// programs are what a release gives away, and systems what for (.goreleaser.yml); what a program contains differs with the system.
var (
	programs = []string{own, own + "/internal/cmd/novasim"}
	systems  = []string{"darwin", "freebsd", "linux", "windows"}
)

// own is this module, whose licence is in LICENSE.
const own = "github.com/terraform-provider-novasphere/terraform-provider-novasphere"

// A linkedPackage is a package of another module in a program, as go list tells it.
type linkedPackage struct {
	Dir    string
	Module *struct{ Path, Dir string }
}

// linked returns the packages of other modules that the programs contain, whichever system they are for.
func linked(ctx context.Context) ([]linkedPackage, error) {
	var out []linkedPackage
	seen := map[string]bool{}
	for _, system := range systems {
		packages, err := linkedFor(ctx, system)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if p.Module != nil && p.Module.Path != own && !seen[p.Dir] {
				seen[p.Dir] = true
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// linkedFor asks go list; packages of the standard library have no module.
func linkedFor(ctx context.Context, system string) ([]linkedPackage, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-deps", "-json=Dir,Module"}, programs...)...)
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s for %s: %w\n%s", cmd, system, err, stderr.Bytes())
	}
	var out []linkedPackage
	for decoder := json.NewDecoder(&stdout); ; {
		var p linkedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", cmd, err)
		}
		out = append(out, p)
	}
}
