// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Opening is a diagnostic's During while an ephemeral resource is opened.
const Opening = "open"

// Open validates and opens an ephemeral resource, and returns its attributes.
func (p *Provider) Open(kind string, config any) (map[string]tftypes.Value, []Diagnostic) {
	p.t.Helper()
	schema := p.schemas.EphemeralResourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("there is no ephemeral resource %s", kind)
	}
	sent := p.dynamic(arguments(schema, config))
	checked, err := p.server.ValidateEphemeralResourceConfig(p.t.Context(),
		&tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: kind, Config: sent})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Validating, checked.Diagnostics)
	if len(Errors(said)) > 0 {
		return nil, said
	}
	opened, err := p.server.OpenEphemeralResource(p.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: kind, Config: sent})
	if err != nil {
		p.t.Fatal(err)
	}
	said = append(said, p.answer(Opening, opened.Diagnostics)...)
	if len(Errors(said)) > 0 {
		return nil, said
	}
	return attributes(p.value(schema.ValueType(), opened.Result)), said
}
