// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Found is an object that a list has found.
type Found struct {
	Name     string // for display
	Identity map[string]string
	Object   tftypes.Value // null unless it was asked for
}

// List validates the filters of a list, and returns what it finds: at most limit objects, 100 for 0 as in Terraform, and each whole with
// include, as terraform query does where it generates a configuration.
func (p *Provider) List(kind string, config any, limit int64, include bool) ([]Found, []Diagnostic) {
	p.t.Helper()
	return p.ListWithin(p.t.Context(), kind, config, limit, include)
}

// ListWithin is List with the context of the call.
func (p *Provider) ListWithin(ctx context.Context, kind string, config any, limit int64, include bool) (all []Found, said []Diagnostic) {
	p.t.Helper()
	schema := p.schemas.ListResourceSchemas[kind]
	server, lists := p.server.(tfprotov6.ListResourceServer)
	if schema == nil || !lists {
		p.t.Fatalf("there is no list %s", kind)
	}
	if limit == 0 {
		limit = 100
	}
	if config == nil { // as Terraform does for a block without config
		config = map[string]any{}
	}
	value := p.dynamic(arguments(schema, config))
	checked, err := server.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: kind, Config: value})
	if err != nil {
		p.t.Fatal(err)
	}
	if said = p.answer(Validating, checked.Diagnostics); len(Errors(said)) > 0 {
		return nil, said
	}
	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: kind, Config: value, Limit: limit,
		IncludeResource: include})
	if err != nil {
		p.t.Fatal(err)
	}
	identity, object := p.identityType(kind), p.schema(kind).ValueType()
	for result := range stream.Results {
		said = append(said, p.answer(Listing, result.Diagnostics)...)
		if result.Identity == nil || result.Identity.IdentityData == nil {
			continue
		}
		one := Found{Name: result.DisplayName, Identity: map[string]string{}, Object: p.value(object, result.Resource)}
		for name, v := range attributes(p.value(identity, result.Identity.IdentityData)) {
			one.Identity[name] = text(v)
		}
		if all = append(all, one); int64(len(all)) == limit {
			break
		}
	}
	return all, said
}

// GeneratedConfig returns the configuration that Terraform 1.14 and later generates for an object, as it reads it back from the file
// that it writes: secrets are left out, and blocks that are not written are empty.
func (p *Provider) GeneratedConfig(kind string, object tftypes.Value) tftypes.Value {
	p.t.Helper()
	resp, err := p.server.GenerateResourceConfig(p.t.Context(), &tfprotov6.GenerateResourceConfigRequest{TypeName: kind,
		State: p.dynamic(object)})
	if err != nil {
		p.t.Fatal(err)
	}
	if said := Errors(p.answer(Generating, resp.Diagnostics)); len(said) > 0 {
		p.t.Fatal(said)
	}
	schema := p.schema(kind)
	fields := attributes(p.value(schema.ValueType(), resp.Config))
	for _, a := range schema.Block.Attributes {
		if a.Sensitive {
			fields[a.Name] = tftypes.NewValue(a.ValueType(), nil)
		}
	}
	for _, b := range schema.Block.BlockTypes {
		if ty := fields[b.TypeName].Type(); fields[b.TypeName].IsNull() && !ty.Is(tftypes.Object{}) {
			fields[b.TypeName] = tftypes.NewValue(ty, []tftypes.Value{})
		}
	}
	return tftypes.NewValue(schema.ValueType(), fields)
}

// TakesOver fails the test unless an object that a list has found whole is what an import by its identity gives, and the configuration
// that is generated for it plans nothing.
func (p *Provider) TakesOver(kind string, one Found) {
	p.t.Helper()
	imported, said := p.ImportByIdentity(kind, one.Identity)
	if len(Errors(said)) > 0 || !imported.Exists() {
		p.t.Errorf("%s %s: %v", kind, one.Name, said)
		return
	}
	if !imported.State.Equal(one.Object) {
		p.t.Errorf("%s %s is listed as\n%s\nand imported as\n%s", kind, one.Name, one.Object, imported.State)
	}
	config := p.GeneratedConfig(kind, one.Object)
	if plan := p.Plan(kind, config, imported); plan.Action != Nothing || len(plan.Errors()) > 0 {
		p.t.Errorf("%s %s: %s %v: the configuration is\n%s\nthe plan is\n%s\nof\n%s", kind, one.Name, plan.Action, plan.Diagnostics, config,
			plan.Planned, imported.State)
	}
}
