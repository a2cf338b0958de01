// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// shop is a provider of things that have a name and a note. It records what is made and destroyed, in order.
type shop struct {
	tfprotov6.ProviderServer
	note string // the note that a read returns, if not empty

	mu   sync.Mutex
	acts []string
}

var thing = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{{Name: "id", Type: tftypes.String,
	Computed: true},
	{Name: "name", Type: tftypes.String, Required: true}, {Name: "note", Type: tftypes.String, Optional: true}}}}

func thingOf(d *tfprotov6.DynamicValue) map[string]tftypes.Value {
	v, err := d.Unmarshal(thing.ValueType())
	if err != nil {
		panic(err)
	}
	return attributes(v)
}

func packed(fields map[string]tftypes.Value) *tfprotov6.DynamicValue {
	v := tftypes.NewValue(thing.ValueType(), nil)
	if fields != nil {
		v = tftypes.NewValue(thing.ValueType(), fields)
	}
	d, err := tfprotov6.NewDynamicValue(thing.ValueType(), v)
	if err != nil {
		panic(err)
	}
	return &d
}

func (s *shop) act(format string, values ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acts = append(s.acts, fmt.Sprintf(format, values...))
}

func (s *shop) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"novasphere_thing": thing}}, nil
}

func (s *shop) ValidateProviderConfig(context.Context, *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse,
	error) {
	return &tfprotov6.ValidateProviderConfigResponse{}, nil
}

func (s *shop) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s *shop) ValidateResourceConfig(_ context.Context, req *tfprotov6.ValidateResourceConfigRequest) (
	*tfprotov6.ValidateResourceConfigResponse, error) {
	out := &tfprotov6.ValidateResourceConfigResponse{}
	if text(thingOf(req.Config)["note"]) == "wrong" {
		out.Diagnostics = append(out.Diagnostics, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Wrong",
			Detail: "It is wrong.", Attribute: tftypes.NewAttributePath().WithAttributeName("note")})
	}
	return out, nil
}

func (s *shop) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse,
	error) {
	want, had := thingOf(req.ProposedNewState), thingOf(req.PriorState)
	out := &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState}
	if len(want) > 0 && want["id"].IsNull() {
		want["id"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		out.PlannedState = packed(want)
	}
	if len(want) > 0 && len(had) > 0 && !want["name"].Equal(had["name"]) {
		out.RequiresReplace = []*tftypes.AttributePath{tftypes.NewAttributePath().WithAttributeName("name")}
	}
	return out, nil
}

func (s *shop) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse,
	error) {
	want, had := thingOf(req.PlannedState), thingOf(req.PriorState)
	switch {
	case len(want) == 0:
		s.act("destroy %s", text(had["name"]))
		return &tfprotov6.ApplyResourceChangeResponse{NewState: packed(nil)}, nil
	case len(had) == 0:
		s.act("create %s", text(want["name"]))
		want["id"] = tftypes.NewValue(tftypes.String, "id-"+text(want["name"]))
	default:
		s.act("update %s", text(want["name"]))
	}
	return &tfprotov6.ApplyResourceChangeResponse{NewState: packed(want)}, nil
}

func (s *shop) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	now := thingOf(req.CurrentState)
	if s.note != "" {
		now["note"] = tftypes.NewValue(tftypes.String, s.note)
	}
	return &tfprotov6.ReadResourceResponse{NewState: packed(now)}, nil
}

func (s *shop) ImportResourceState(_ context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse,
	error) {
	name := strings.TrimPrefix(req.ID, "id-")
	found := packed(map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, req.ID), "name": tftypes.NewValue(tftypes.String, name),
		"note": tftypes.NewValue(tftypes.String, nil)})
	return &tfprotov6.ImportResourceStateResponse{ImportedResources: []*tfprotov6.ImportedResource{{TypeName: req.TypeName, State: found}}},
		nil
}

func (s *shop) run(t *testing.T) *run {
	return &run{t: t, state: map[string]entry{}, factory: func() (tfprotov6.ProviderServer, error) { return s, nil }}
}

// chained returns things each of which has the id of the one before it in its note.
func chained(names ...string) (out string) {
	note := `"first"`
	for i, name := range names {
		out += fmt.Sprintf("resource \"novasphere_thing\" \"t%d\" {\n  name = %q\n  note = %s\n}\n", i, name, note)
		note = fmt.Sprintf("novasphere_thing.t%d.id", i)
	}
	return out
}

// TestStepsInOrder: an object that is made from others is made after them and destroyed before them, also in a replacement.
func TestStepsInOrder(t *testing.T) {
	t.Parallel()
	s := &shop{}
	r := s.run(t)
	for _, c := range []struct{ config, acts string }{
		{chained("a", "b", "c"), "create a, create b, create c"},
		{chained("a", "x", "c"), "destroy b, create x, update c"},
		{chained("a", "y", "d"), "destroy c, destroy x, create y, create d"},
		{chained("a"), "destroy d, destroy y"},
		{chained("a", "b"), "create b"},
	} {
		s.acts = nil
		if err := r.step(resource.TestStep{Config: c.config}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.acts, ", "); got != c.acts {
			t.Errorf("done was %s, not %s", got, c.acts)
		}
	}
	s.acts = nil
	if err := r.destroy(); err != nil || !slices.Equal(s.acts, []string{"destroy b", "destroy a"}) {
		t.Error(s.acts, err)
	}
}

// TestStepsFail: a step fails wherever a step of resource.Test does.
func TestStepsFail(t *testing.T) {
	t.Parallel()
	a, first := chained("a"), "novasphere_thing.t0"
	known := func(what plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(first, what)}}
	}
	for name, c := range map[string]struct {
		before, step resource.TestStep
		note         string // changed outside of Terraform
		fails        string
	}{
		"well": {step: resource.TestStep{Config: a, ConfigPlanChecks: known(plancheck.ResourceActionCreate),
			Check: resource.TestCheckResourceAttr(first, "id", "id-a")}},
		"a wrong action": {step: resource.TestStep{Config: a, ConfigPlanChecks: known(plancheck.ResourceActionUpdate)},
			fails: "expected Update"},
		"a wrong value": {step: resource.TestStep{Config: a, Check: resource.TestCheckResourceAttr(first, "id", "id-b")},
			fails: `expected "id-b", got "id-a"`},
		"a check": {step: resource.TestStep{Config: a, Check: func(*terraform.State) error { return errors.New("no") }}, fails: "no"},
		"a diagnostic": {step: resource.TestStep{Config: strings.Replace(a, "first", "wrong", 1)},
			fails: "Wrong: It is wrong.\n  with novasphere_thing.t0, at note during validate"},
		"a plan that changes": {step: resource.TestStep{Config: a, PlanOnly: true}, fails: "not empty"},
		"a plan that is empty": {before: resource.TestStep{Config: a},
			step:  resource.TestStep{Config: a, PlanOnly: true, ExpectNonEmptyPlan: true},
			fails: "the plan is empty"},
		"drift": {before: resource.TestStep{Config: a}, note: "changed", step: resource.TestStep{RefreshState: true},
			fails: "not empty"},
		"drift under a plan": {before: resource.TestStep{Config: a}, note: "changed", step: resource.TestStep{Config: a, PlanOnly: true},
			fails: "the plan (refresh true) is not empty"},
		"an import that differs": {before: resource.TestStep{Config: a},
			step:  resource.TestStep{ResourceName: first, ImportState: true, ImportStateVerify: true},
			fails: `note is "first" in the state and imported as ""`},
		"an import": {before: resource.TestStep{Config: a}, step: resource.TestStep{ResourceName: first, ImportState: true,
			ImportStateVerify: true, ImportStateVerifyIgnore: []string{"note"}}},
		"an import by block": {before: resource.TestStep{Config: a},
			step:  resource.TestStep{ResourceName: first, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
			fails: "plans to update it"},
		"an argument that is not": {step: resource.TestStep{Config: strings.Replace(a, "note", "nota", 1)}, fails: "Unsupported argument"},
		"a missing argument": {step: resource.TestStep{Config: strings.Replace(a, "name = \"a\"", "", 1)},
			fails: "Missing required argument"},
		"nothing by that name": {step: resource.TestStep{Config: strings.Replace(a, `"first"`, "novasphere_thing.other.id", 1)},
			fails: "has not been declared"},
		"another language": {step: resource.TestStep{Config: a + "output \"o\" {\n  value = 1\n}\n"}, fails: "needs a test with a CLI"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shop{}
			r := s.run(t)
			if c.before.Config != "" {
				if err := r.step(c.before); err != nil {
					t.Fatal(err)
				}
			}
			s.note = c.note
			err := r.step(c.step)
			if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
				t.Errorf("the step says %v, not %q", err, c.fails)
			}
		})
	}
}
