// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// waiting is a provider whose server is told, with each request, whether Terraform accepts that it waits.
type waiting struct {
	tfprotov6.ProviderServer
	t       *testing.T
	types   *tfprotov6.GetProviderSchemaResponse
	allowed bool
}

// newWaiting configures a provider. allowed is what Terraform says in client capabilities.
func newWaiting(t *testing.T, settings map[string]any, allowed bool) waiting {
	t.Helper()
	server := provider.New("test").Server()
	types, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	w := waiting{ProviderServer: server, t: t, types: types, allowed: allowed}
	w.configure(settings)
	return w
}

func (w waiting) configure(settings map[string]any) {
	w.t.Helper()
	resp, err := w.ConfigureProvider(w.t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config:             w.dynamic(protocol.Value(w.types.Provider.ValueType(), settings)),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: w.allowed}})
	if err != nil || len(resp.Diagnostics) > 0 {
		w.t.Fatal(err, said(resp.Diagnostics))
	}
}

func (w waiting) dynamic(v tftypes.Value) *tfprotov6.DynamicValue {
	w.t.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		w.t.Fatal(err)
	}
	return &d
}

// none is an object of a type without a value for any attribute, and nothing its absence.
func (w waiting) none(kind string) *tfprotov6.DynamicValue {
	w.t.Helper()
	return w.dynamic(protocol.Value(w.types.ResourceSchemas[kind].ValueType(), map[string]any{}))
}

func (w waiting) nothing(kind string) *tfprotov6.DynamicValue {
	w.t.Helper()
	return w.dynamic(tftypes.NewValue(w.types.ResourceSchemas[kind].ValueType(), nil))
}

// plan plans an object of a type: nil stands for one that does not exist.
func (w waiting) plan(kind string, prior, config *tfprotov6.DynamicValue) *tfprotov6.PlanResourceChangeResponse {
	w.t.Helper()
	resp, err := w.PlanResourceChange(w.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: kind, PriorState: prior, Config: config,
		ProposedNewState: config, ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: w.allowed}})
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

func (w waiting) read(kind string, state *tfprotov6.DynamicValue) *tfprotov6.ReadResourceResponse {
	w.t.Helper()
	resp, err := w.ReadResource(w.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: kind, CurrentState: state,
		ClientCapabilities: &tfprotov6.ReadResourceClientCapabilities{DeferralAllowed: w.allowed}})
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

// said returns the summaries of diagnostics.
func said(all []*tfprotov6.Diagnostic) string {
	var out []string
	for _, d := range all {
		out = append(out, d.Summary)
	}
	return strings.Join(out, "; ")
}

// waits fails the test where a call was not put off, or an error says why it could not be.
func (w waiting) waits(call string, deferred *tfprotov6.Deferred, diagnostics []*tfprotov6.Diagnostic) {
	w.t.Helper()
	if deferred == nil || deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown || len(diagnostics) > 0 {
		w.t.Errorf("%s does not wait for the provider's configuration: %v %s", call, deferred, said(diagnostics))
	}
}

// later are settings of which one is known only after apply.
var later = map[string]any{"vsphere_server": tftypes.UnknownValue, "user": "anna", "password": "not asked for"}

const notYet = "The provider is not configured yet"

// flavorLater is what is planned while the provider waits.
func (w waiting) flavorLater() *tfprotov6.DynamicValue {
	w.t.Helper()
	return w.dynamic(protocol.Value(w.types.ResourceSchemas[flavorType].ValueType(),
		map[string]any{"name": "later", "vcpus": 1, "ram": 512, "disk": 1}))
}

const flavorType = "novasphere_compute_flavor"

// TestEverythingWaitsForAProviderKnownLater: where Terraform accepts it, every call that needs the vCenter is put off, for each type.
func TestEverythingWaitsForAProviderKnownLater(t *testing.T) {
	t.Parallel()
	w := newWaiting(t, later, true)
	for kind := range w.types.ResourceSchemas {
		state := w.none(kind)
		read := w.read(kind, state)
		w.waits("the read of "+kind, read.Deferred, read.Diagnostics)
		if string(read.NewState.MsgPack) != string(state.MsgPack) {
			t.Errorf("the read of %s changes its state though it waits", kind)
		}
		found, err := w.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: "later",
			ClientCapabilities: &tfprotov6.ImportResourceStateClientCapabilities{DeferralAllowed: true}})
		if err != nil {
			t.Fatal(err)
		}
		w.waits("the import of "+kind, found.Deferred, found.Diagnostics)
		gone := w.plan(kind, state, w.nothing(kind))
		if w.waits("the destroy of "+kind, gone.Deferred, nil); len(errorsOf(gone.Diagnostics)) > 0 {
			t.Errorf("the destroy of %s: %s", kind, said(gone.Diagnostics))
		}
	}
	for kind, schema := range w.types.DataSourceSchemas {
		resp, err := w.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: kind,
			Config:             w.dynamic(protocol.Value(schema.ValueType(), map[string]any{})),
			ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true}})
		if err != nil {
			t.Fatal(err)
		}
		w.waits("the data source "+kind, resp.Deferred, resp.Diagnostics)
	}
	for kind, schema := range w.types.EphemeralResourceSchemas {
		resp, err := w.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: kind,
			Config:             w.dynamic(protocol.Value(schema.ValueType(), map[string]any{})),
			ClientCapabilities: &tfprotov6.OpenEphemeralResourceClientCapabilities{DeferralAllowed: true}})
		if err != nil {
			t.Fatal(err)
		}
		w.waits("the ephemeral resource "+kind, resp.Deferred, resp.Diagnostics)
	}
	actions, _ := w.ProviderServer.(tfprotov6.ActionServer)
	for kind, action := range w.types.ActionSchemas {
		resp, err := actions.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: kind,
			Config:             w.dynamic(protocol.Value(action.Schema.ValueType(), map[string]any{})),
			ClientCapabilities: &tfprotov6.PlanActionClientCapabilities{DeferralAllowed: true}})
		if err != nil {
			t.Fatal(err)
		}
		w.waits("the action "+kind, resp.Deferred, resp.Diagnostics)
	}
}

// TestListsOfAProviderKnownLater: the protocol has no list that waits, so each says what it needs.
func TestListsOfAProviderKnownLater(t *testing.T) {
	t.Parallel()
	w := newWaiting(t, later, true)
	lists, _ := w.ProviderServer.(tfprotov6.ListResourceServer)
	if len(w.types.ListResourceSchemas) == 0 {
		t.Skip("there are no lists")
	}
	for kind, schema := range w.types.ListResourceSchemas {
		stream, err := lists.ListResource(t.Context(), &tfprotov6.ListResourceRequest{TypeName: kind, Limit: 1,
			Config: w.dynamic(protocol.Value(schema.ValueType(), map[string]any{}))})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for result := range stream.Results {
			all = append(all, said(result.Diagnostics))
		}
		if got := strings.Join(all, "; "); got != notYet {
			t.Errorf("the list %s says %q, want %q", kind, got, notYet)
		}
	}
}

// TestPlansOfAProviderKnownLater: a plan that waits shows what a plan without a vCenter shows, and refuses what no vCenter could accept.
func TestPlansOfAProviderKnownLater(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{true, false} {
		t.Run(fmt.Sprintf("deferral allowed %v", allowed), func(t *testing.T) {
			t.Parallel()
			w := newWaiting(t, later, allowed)
			made := w.plan(flavorType, w.nothing(flavorType), w.flavorLater())
			if waits := made.Deferred != nil; waits != allowed || len(made.Diagnostics) > 0 {
				t.Errorf("the plan of a flavor: %v %s", made.Deferred, said(made.Diagnostics))
			}
			planned, err := made.PlannedState.Unmarshal(w.types.ResourceSchemas[flavorType].ValueType())
			if err != nil {
				t.Fatal(err)
			}
			var values map[string]tftypes.Value
			if err := planned.As(&values); err != nil || values["id"].IsNull() || !values["swap"].Equal(tftypes.NewValue(tftypes.Number, 0)) {
				t.Errorf("the plan of a flavor lacks what is known without a vCenter: %v %v", err, planned)
			}
			const refused = "novasphere_compute_quotaset"
			if _, is := w.types.ResourceSchemas[refused]; !is {
				t.Fatalf("there is no %s", refused)
			}
			if resp := w.plan(refused, w.nothing(refused), w.none(refused)); len(errorsOf(resp.Diagnostics)) == 0 {
				t.Error("a quota is planned, which no vCenter can keep")
			}
		})
	}
}

// TestAnApplyOfAProviderKnownLater: stable Terraform says in every apply that it accepts deferral, and in no plan. Where the configuration
// is unknown even then, which happens when what it came from is missing at a destroy, nothing is done and nothing is forgotten.
func TestAnApplyOfAProviderKnownLater(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{true, false} {
		t.Run(fmt.Sprintf("deferral allowed %v", allowed), func(t *testing.T) {
			t.Parallel()
			w := newWaiting(t, later, allowed)
			state := w.flavorLater()
			resp, err := w.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: flavorType, PriorState: state,
				PlannedState: w.nothing(flavorType), Config: w.nothing(flavorType)})
			if err != nil {
				t.Fatal(err)
			}
			if said(resp.Diagnostics) != notYet || string(resp.NewState.MsgPack) != string(state.MsgPack) {
				t.Errorf("a flavor of a vCenter that is not known is destroyed: %s", said(resp.Diagnostics))
			}
		})
	}
}

// TestAProviderWithoutDeferral: a CLI that does not accept deferral gets errors as before, and never the answer that it would call a bug.
func TestAProviderWithoutDeferral(t *testing.T) {
	t.Parallel()
	w := newWaiting(t, later, false)
	if resp := w.read(flavorType, w.none(flavorType)); resp.Deferred != nil || said(resp.Diagnostics) != notYet {
		t.Errorf("the read of a flavor: %v %s", resp.Deferred, said(resp.Diagnostics))
	}
	const data = "novasphere_compute_flavor"
	resp, err := w.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: data,
		Config: w.dynamic(protocol.Value(w.types.DataSourceSchemas[data].ValueType(), map[string]any{"name": "later"}))})
	if err != nil || resp.Deferred != nil || said(resp.Diagnostics) != notYet {
		t.Errorf("the data source: %v %v %s", err, resp.Deferred, said(resp.Diagnostics))
	}
}

// TestAProviderThatIsKnownDefersNothing: the capability alone changes nothing, and a provider that was told its settings after all works.
func TestAProviderThatIsKnownDefersNothing(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	w := newWaiting(t, later, true)
	w.configure(vc.Settings(nil))
	planned := w.plan(flavorType, w.nothing(flavorType), w.flavorLater())
	if planned.Deferred != nil || len(planned.Diagnostics) > 0 {
		t.Fatalf("the plan of a flavor: %v %s", planned.Deferred, said(planned.Diagnostics))
	}
	made, err := w.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: flavorType,
		PriorState: w.nothing(flavorType), PlannedState: planned.PlannedState, Config: w.flavorLater(), PlannedPrivate: planned.PlannedPrivate})
	if err != nil || len(made.Diagnostics) > 0 {
		t.Fatal(err, said(made.Diagnostics))
	}
	if read := w.read(flavorType, made.NewState); read.Deferred != nil || len(read.Diagnostics) > 0 {
		t.Errorf("the read of a flavor: %v %s", read.Deferred, said(read.Diagnostics))
	}
	if records := vc.Records(); !strings.Contains(records, "later") {
		t.Errorf("the vCenter has no record of the flavor: %s", records)
	}
}

// errorsOf returns the errors among diagnostics.
func errorsOf(all []*tfprotov6.Diagnostic) (out []*tfprotov6.Diagnostic) {
	for _, d := range all {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			out = append(out, d)
		}
	}
	return out
}
