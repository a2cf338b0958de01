// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type warehouse struct{ *shelf }

func (warehouse) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "test"
}

func (warehouse) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (w warehouse) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData = w.shelf
}

func (warehouse) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{crates.New}
}

func (warehouse) DataSources(context.Context) []func() datasource.DataSource { return nil }

// yard calls the resource as Terraform does.
type yard struct {
	*testing.T
	tfprotov6.ProviderServer
	*shelf
}

func inYard(t *testing.T, s *shelf) yard {
	y := yard{t, providerserver.NewProtocol6(warehouse{s})(), s}
	empty, _ := tfprotov6.NewDynamicValue(tftypes.Object{}, tftypes.NewValue(tftypes.Object{}, map[string]tftypes.Value{}))
	_, err := y.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &empty})
	y.must(err, nil)
	return y
}

func (y yard) must(err error, diags []*tfprotov6.Diagnostic) {
	y.Helper()
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			err = errors.Join(err, errors.New(d.Detail))
		}
	}
	if err != nil {
		y.Fatal(err)
	}
}

var crateType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "label": tftypes.String,
	"size": tftypes.Number}}

// value encodes a crate; a nil attribute is null, and three nils are no crate.
func (y yard) value(id, label, size any) *tfprotov6.DynamicValue {
	y.Helper()
	v := tftypes.NewValue(crateType, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id),
		"label": tftypes.NewValue(tftypes.String, label), "size": tftypes.NewValue(tftypes.Number, size)})
	if id == nil && label == nil && size == nil {
		v = tftypes.NewValue(crateType, nil)
	}
	out, err := tfprotov6.NewDynamicValue(crateType, v)
	y.must(err, nil)
	return &out
}

func (y yard) is(what string, have *tfprotov6.DynamicValue, id, label, size any) {
	y.Helper()
	is, err := have.Unmarshal(crateType)
	y.must(err, nil)
	if want, _ := y.value(id, label, size).Unmarshal(crateType); !is.Equal(want) {
		y.Errorf("%s is %s, not %s", what, is, want)
	}
}

func (y yard) called(want string) {
	y.Helper()
	if have := strings.Join(y.calls, " "); have != want {
		y.Errorf("it was asked to %q, not %q", have, want)
	}
	y.calls = nil
}

func (y yard) move(from, provider, state string, version int64) *tfprotov6.MoveResourceStateResponse {
	y.Helper()
	out, err := y.MoveResourceState(y.Context(), &tfprotov6.MoveResourceStateRequest{SourceTypeName: from, SourceProviderAddress: provider,
		SourceSchemaVersion: version, SourceState: &tfprotov6.RawState{JSON: []byte(state)}, TargetTypeName: "test_crate"})
	y.must(err, nil)
	return out
}

const otherBox = `{"id":"a","label":"fragile","size":"3","unknown":[1]}`

func (y yard) moved() (state *tfprotov6.DynamicValue, private []byte) {
	y.Helper()
	out := y.move("other_box", "example.org/fork/other", otherBox, 2)
	y.must(nil, out.Diagnostics)
	y.called("") // a move cannot call anything
	return out.TargetState, out.TargetPrivate
}

func (y yard) read(state *tfprotov6.DynamicValue, private []byte) *tfprotov6.ReadResourceResponse {
	y.Helper()
	out, err := y.ReadResource(y.Context(), &tfprotov6.ReadResourceRequest{TypeName: "test_crate", CurrentState: state, Private: private})
	y.must(err, out.Diagnostics)
	return out
}

func (y yard) plan(state, config *tfprotov6.DynamicValue, proposed *tfprotov6.DynamicValue,
	private []byte) *tfprotov6.PlanResourceChangeResponse {
	y.Helper()
	out, err := y.PlanResourceChange(y.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: "test_crate", PriorState: state,
		Config: config, ProposedNewState: proposed, PriorPrivate: private})
	y.must(err, nil)
	return out
}

func (y yard) apply(state, config, planned *tfprotov6.DynamicValue, private []byte) *tfprotov6.ApplyResourceChangeResponse {
	y.Helper()
	out, err := y.ApplyResourceChange(y.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: "test_crate", PriorState: state,
		Config: config, PlannedState: planned, PlannedPrivate: private})
	y.must(err, out.Diagnostics)
	return out
}
