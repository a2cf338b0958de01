// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Query validates and reads a data source.
func (p *Provider) Query(kind string, config any) (map[string]tftypes.Value, []Diagnostic) {
	p.t.Helper()
	state, said := p.query(kind, config)
	return attributes(state), said
}

func (p *Provider) query(kind string, config any) (tftypes.Value, []Diagnostic) {
	p.t.Helper()
	schema := p.schemas.DataSourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("there is no data source %s", kind)
	}
	value := arguments(schema, config)
	checked, err := p.server.ValidateDataResourceConfig(p.t.Context(),
		&tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: p.dynamic(value)})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Validating, checked.Diagnostics)
	if len(Errors(said)) > 0 || !value.IsFullyKnown() {
		return tftypes.NewValue(schema.ValueType(), tftypes.UnknownValue), said
	}
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: p.dynamic(value)})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.value(schema.ValueType(), resp.State), append(said, p.answer(Querying, resp.Diagnostics)...)
}
