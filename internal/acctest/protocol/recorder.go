// SPDX-License-Identifier: MPL-2.0

// Package protocol calls a provider as Terraform does, without a CLI: in the test's own process, with the protocol's own requests. A plan
// takes milliseconds, where a step of a test with a CLI takes a second.
package protocol

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The steps of the protocol that may give diagnostics.
const (
	Configuring = "configure"
	Validating  = "validate"
	Planning    = "plan"
	Applying    = "apply"
	Reading     = "read"
	Importing   = "import"
	Moving      = "move"
	Upgrading   = "upgrade"
	Querying    = "data"   // reading a data source
	Invoking    = "invoke" // of an action
	Listing     = "list"
	Generating  = "generate" // a configuration
)

// Diagnostic is an error or warning of a provider.
type Diagnostic struct {
	During    string // the step of the protocol
	Severity  tfprotov6.DiagnosticSeverity
	Attribute string // its path, such as network[0].name; empty where it concerns the whole block
	Text      string // summary and detail
	Call      int    // the same for diagnostics of one call
}

// Failed reports whether it is an error, not a warning.
func (d Diagnostic) Failed() bool { return d.Severity == tfprotov6.DiagnosticSeverityError }

// String formats the diagnostic for a test's log.
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s during %s at %q: %s", d.Severity, d.During, d.Attribute, d.Text)
}

// Errors returns the errors among diagnostics.
func Errors(all []Diagnostic) (errors []Diagnostic) {
	for _, d := range all {
		if d.Failed() {
			errors = append(errors, d)
		}
	}
	return errors
}

func diagnostics(during string, call int, all []*tfprotov6.Diagnostic) (out []Diagnostic) {
	for _, d := range all {
		out = append(out, Diagnostic{during, d.Severity, pathOf(d.Attribute), d.Summary + ": " + d.Detail, call})
	}
	return out
}

// pathOf formats a path as in a configuration.
func pathOf(at *tftypes.AttributePath) string {
	var out strings.Builder
	for _, step := range at.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			out.WriteString("." + string(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&out, "[%q]", string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&out, "[%d]", int64(step))
		default: // the key of an element in a set is the element itself
			out.WriteString("[...]")
		}
	}
	return strings.TrimPrefix(out.String(), ".")
}

// Recorder records the diagnostics of a provider that a CLI runs, warnings above all: the test framework passes none of them to a test.
type Recorder struct {
	mu    sync.Mutex
	all   []Diagnostic
	calls int
}

// Factories wraps factories so that their providers are recorded.
func (r *Recorder) Factories(factories map[string]func() (tfprotov6.ProviderServer, error)) map[string]func() (tfprotov6.ProviderServer,
	error) {
	out := map[string]func() (tfprotov6.ProviderServer, error){}
	for name, factory := range factories {
		out[name] = func() (tfprotov6.ProviderServer, error) {
			server, err := factory()
			return recorded{server, r}, err
		}
	}
	return out
}

func (r *Recorder) record(during string, all []*tfprotov6.Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if during != Reading { // what is read was planned, too
		r.calls++
	}
	r.all = append(r.all, diagnostics(during, r.calls, all)...)
}

// Reset forgets everything.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = nil
}

// Calls returns how many calls were recorded.
func (r *Recorder) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// Warnings returns the warnings of a step that contain a text.
func (r *Recorder) Warnings(during, text string) (out []Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.all {
		if d.During == during && !d.Failed() && strings.Contains(d.Text, text) {
			out = append(out, d)
		}
	}
	return out
}

// ExpectWarning returns an error if no warning of a step contains the text.
func (r *Recorder) ExpectWarning(during, text string) error {
	if len(r.Warnings(during, text)) == 0 {
		return fmt.Errorf("no warning %q during %s, but %v", text, during, r.Warnings(during, ""))
	}
	return nil
}

type recorded struct {
	tfprotov6.ProviderServer
	recorder *Recorder
}

// PlanResourceChange records and forwards.
func (r recorded) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse,
	error) {
	resp, err := r.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		r.recorder.record(Planning, resp.Diagnostics)
	}
	return resp, err
}

// ReadDataSource records and forwards.
func (r recorded) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := r.ProviderServer.ReadDataSource(ctx, req)
	if resp != nil {
		r.recorder.record(Querying, resp.Diagnostics)
	}
	return resp, err
}

// ApplyResourceChange records and forwards.
func (r recorded) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (
	*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := r.ProviderServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		r.recorder.record(Applying, resp.Diagnostics)
	}
	return resp, err
}

// ReadResource records and forwards.
func (r recorded) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := r.ProviderServer.ReadResource(ctx, req)
	if resp != nil {
		r.recorder.record(Reading, resp.Diagnostics)
	}
	return resp, err
}
