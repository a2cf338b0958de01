// SPDX-License-Identifier: MPL-2.0

// Package cli chooses the Terraform or OpenTofu that tests, benchmarks and the demo run, and prepares its environment.
package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The registry hosts that the two programs assume for a provider whose source names no host.
const (
	TerraformHost = "registry.terraform.io"
	TofuHost      = "registry.opentofu.org"
)

// Namespace and Type are the provider's address on either host.
const (
	Namespace = "terraform-provider-novasphere"
	Type      = "novasphere"
)

// tofuModule is the go.mod that builds OpenTofu, relative to the root of the repository.
const tofuModule = "internal/tools/tofu/go.mod"

// A CLI is one terraform or tofu on this machine.
type CLI struct {
	Path    string
	Version string // as printed: "OpenTofu v1.12.6"
	Tofu    bool

	starts string // the file that gets one character for each start; empty if starts are not counted
}

// Host returns the registry host that this CLI assumes.
func (c CLI) Host() string {
	if c.Tofu {
		return TofuHost
	}
	return TerraformHost
}

// Find returns $TF if it is set, else terraform or tofu from PATH, else the OpenTofu that Go builds from internal/tools/tofu. That build
// takes minutes the first time, and lands in Go's cache, not in the tree.
func Find(ctx context.Context) (CLI, error) {
	if named := os.Getenv("TF"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return CLI{}, fmt.Errorf("TF=%s: %w", named, err)
		}
		return inspect(ctx, path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return inspect(ctx, path)
		}
	}
	path, err := buildTofu(ctx)
	if err != nil {
		return CLI{}, fmt.Errorf("neither terraform nor tofu on PATH, and OpenTofu did not build: %w", err)
	}
	return inspect(ctx, path)
}

// inspect runs the program to learn its name and version.
func inspect(ctx context.Context, path string) (CLI, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return CLI{}, err
	}
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
	out, err := cmd.Output()
	if err != nil {
		return CLI{}, fmt.Errorf("%s version: %w", path, err)
	}
	version, tofu, err := parseVersion(string(out))
	if err != nil {
		return CLI{}, fmt.Errorf("%s: %w", path, err)
	}
	return CLI{Path: path, Version: version, Tofu: tofu}, nil
}

// parseVersion finds the line in which the program prints its name. It need not be the first: warnings about the CLI configuration
// precede it.
func parseVersion(out string) (version string, tofu bool, err error) {
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "OpenTofu v"):
			return line, true, nil
		case strings.HasPrefix(line, "Terraform v"):
			return line, false, nil
		}
	}
	return "", false, errors.New("is neither Terraform nor OpenTofu, by the output of its version command")
}

// buildTofu builds OpenTofu and returns the path of the binary in Go's cache.
func buildTofu(ctx context.Context) (string, error) {
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(os.Stderr, "no terraform or tofu on PATH: taking OpenTofu from internal/tools/tofu (built once, in some minutes)")
	return output(ctx, root, "go", "tool", "-modfile="+filepath.FromSlash(tofuModule), "-n", "tofu")
}

// Root returns the directory of the provider's go.mod.
func Root(ctx context.Context) (string, error) {
	gomod, err := output(ctx, "", "go", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	if filepath.Base(gomod) != "go.mod" {
		return "", errors.New("run this inside the provider's source tree")
	}
	return filepath.Dir(gomod), nil
}

// output runs a command and returns the single line that it prints.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stderr = dir, &stderr
	// Whoever asks for OpenTofu, one build of it does: what the provider is built with (GNUmakefile) is not its concern.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "CGO_ENABLED=") })
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
}
