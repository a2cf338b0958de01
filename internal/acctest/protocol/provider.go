// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Server is a provider's server.
type Server = tfprotov6.ProviderServer

// Factory makes a provider's server.
type Factory = func() (tfprotov6.ProviderServer, error)

// Provider calls a provider's server as Terraform does.
type Provider struct {
	t       testing.TB
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
	calls   atomic.Int64
}

// New starts a provider without configuring it, as Terraform does to validate.
func New(t testing.TB, factory Factory) *Provider {
	t.Helper()
	server, err := factory()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &Provider{t: t, server: server, schemas: schemas}
}

// Configured starts a provider with settings that it must accept; warnings are allowed.
func Configured(t testing.TB, factory Factory, settings map[string]any) *Provider {
	t.Helper()
	p := New(t, factory)
	if errors := Errors(p.Configure(settings)); len(errors) > 0 {
		t.Fatal(errors)
	}
	return p
}

// answer converts the diagnostics of a call.
func (p *Provider) answer(during string, all []*tfprotov6.Diagnostic) []Diagnostic {
	return diagnostics(during, int(p.calls.Add(1)), all)
}

// Configure validates the provider's settings and configures it with them, unless the validation failed.
func (p *Provider) Configure(settings any) []Diagnostic {
	p.t.Helper()
	config := p.dynamic(Value(p.schemas.Provider.ValueType(), settings))
	checked, err := p.server.ValidateProviderConfig(p.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Validating, checked.Diagnostics)
	if len(Errors(said)) > 0 {
		return said
	}
	done, err := p.server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config, TerraformVersion: "1.11.4"})
	if err != nil {
		p.t.Fatal(err)
	}
	return append(said, p.answer(Configuring, done.Diagnostics)...)
}

// schema returns a resource's schema.
func (p *Provider) schema(kind string) *tfprotov6.Schema {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("there is no resource %s", kind)
	}
	return schema
}

// None returns an object that does not exist yet.
func (p *Provider) None(kind string) Object {
	p.t.Helper()
	return Object{Type: kind, State: tftypes.NewValue(p.schema(kind).ValueType(), nil)}
}

// Validate returns the provider's diagnostics for a new configuration.
func (p *Provider) Validate(kind string, config any) []Diagnostic {
	p.t.Helper()
	resp, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: kind,
		Config:             p.dynamic(arguments(p.schema(kind), config)),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(Validating, resp.Diagnostics)
}

// Stop interrupts the provider, as Terraform does at the first Ctrl-C. It may be called during another call.
func (p *Provider) Stop() {
	if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
		p.t.Error(err)
	}
}
