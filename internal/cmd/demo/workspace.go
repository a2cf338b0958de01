// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
)

// A workspace is a copy of the example in which terraform or tofu runs.
type workspace struct {
	cli cli.CLI
	dir string
	env []string
}

// newWorkspace copies the example to dir, so that state and locks stay out of the tree, and points the CLI at the new provider. A
// development override needs no download and no init.
func newWorkspace(c cli.CLI, from, dir, bin string, vars []string) (*workspace, error) {
	config := dir + ".tfrc"
	if err := os.WriteFile(config, []byte(devOverrides(bin)), 0o600); err != nil {
		return nil, err
	}
	w := &workspace{cli: c, dir: dir}
	w.env = append(cli.Clean(os.Environ()), vars...)
	w.env = append(w.env, "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TMPDIR="+filepath.Dir(dir))
	return w, os.CopyFS(w.dir, os.DirFS(from))
}

// devOverrides names the provider under both hosts, because each CLI assumes its own.
func devOverrides(bin string) string {
	var b strings.Builder
	b.WriteString("provider_installation {\n  dev_overrides {\n")
	for _, host := range []string{cli.TerraformHost, cli.TofuHost} {
		fmt.Fprintf(&b, "    \"%s/%s/%s\" = %q\n", host, cli.Namespace, cli.Type, bin)
	}
	b.WriteString("  }\n  direct {}\n}\n")
	return b.String()
}

func (w *workspace) run(ctx context.Context, args ...string) (string, error) {
	c := command{dir: w.dir, env: w.env, argv: append([]string{w.cli.Path}, args...)}
	return c.run(ctx)
}

func (w *workspace) apply(ctx context.Context) (string, error) {
	out, err := w.run(ctx, "apply", "-auto-approve", "-input=false", "-no-color")
	return summary(out), err
}

func (w *workspace) destroy(ctx context.Context) (string, error) {
	out, err := w.run(ctx, "destroy", "-auto-approve", "-input=false", "-no-color")
	return summary(out), err
}

// planIsEmpty returns an error with the plan if the plan has changes.
func (w *workspace) planIsEmpty(ctx context.Context) (string, error) {
	_, err := w.run(ctx, "plan", "-detailed-exitcode", "-input=false", "-no-color")
	if exitCode(err) == 2 {
		return "", fmt.Errorf("the second plan is not empty: %w", err)
	}
	return "empty: nothing to change", err
}

// outputs returns the outputs, each of which is a map.
func (w *workspace) outputs(ctx context.Context) (map[string]map[string]string, error) {
	out, err := w.run(ctx, "output", "-json")
	if err != nil {
		return nil, err
	}
	return parseOutputs([]byte(out))
}

func parseOutputs(content []byte) (map[string]map[string]string, error) {
	var raw map[string]struct{ Value map[string]string }
	if err := json.Unmarshal(content, &raw); err != nil {
		return nil, fmt.Errorf("outputs: %w", err)
	}
	values := map[string]map[string]string{}
	for name, output := range raw {
		values[name] = output.Value
	}
	return values, nil
}

// summary returns the line in which apply and destroy count their changes.
func summary(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "complete! Resources:") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// outputs are the quickstart's outputs, each by instance name.
type outputs struct {
	Addresses, Flavors, Images map[string]string
}

func newOutputs(values map[string]map[string]string) (outputs, error) {
	o := outputs{Addresses: values["addresses"], Flavors: values["flavors"], Images: values["images"]}
	if len(o.Addresses) == 0 {
		return outputs{}, errors.New("the outputs name no instance")
	}
	return o, nil
}

func (o outputs) print(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "\n  OUTPUT\tADDRESS\tFLAVOR\tIMAGE")
	for _, name := range slices.Sorted(maps.Keys(o.Addresses)) {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", name, o.Addresses[name], o.Flavors[name], o.Images[name])
	}
	_ = table.Flush()
}
