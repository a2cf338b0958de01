// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol/proposed"
)

// The actions of a plan.
const (
	Nothing = "no-op"
	Create  = "create"
	Update  = "update"
	Replace = "replace"
	Delete  = "delete"
)

// Plan is what a provider has planned for a resource.
type Plan struct {
	Type        string
	Action      string
	Prior       Object
	Config      tftypes.Value
	Planned     tftypes.Value
	Private     []byte
	Replaces    []string // the attributes that cannot change in place
	Diagnostics []Diagnostic
}

// Attributes returns the planned attributes.
func (p Plan) Attributes() map[string]tftypes.Value { return attributes(p.Planned) }

// Text returns a planned attribute that is a text, or "" where it is null or unknown.
func (p Plan) Text(attribute string) string { return text(p.Attributes()[attribute]) }

// Errors returns the plan's errors.
func (p Plan) Errors() []Diagnostic { return Errors(p.Diagnostics) }

// Plan validates a configuration and plans to change an object to it. A replacement is planned a second time, as a new object. After an
// error nothing is planned.
func (p *Provider) Plan(kind string, config any, prior Object) Plan {
	p.t.Helper()
	schema := p.schema(kind)
	ty := schema.ValueType()
	out := Plan{Type: kind, Action: Update, Prior: prior, Config: arguments(schema, config), Planned: tftypes.NewValue(ty, nil)}
	if out.Diagnostics = p.Validate(kind, out.Config); len(out.Errors()) > 0 {
		return out
	}
	if prior.Type == "" {
		out.Prior = p.None(kind)
	}
	if out.Prior.Tainted {
		out.Action = Replace
		p.plan(&out, p.None(kind).State, nil) // Terraform hands on no private state of a tainted object
		return out
	}
	p.plan(&out, out.Prior.State, out.Prior.Private)
	switch {
	case len(out.Errors()) > 0:
	case !out.Prior.Exists():
		out.Action = Create
	case out.Planned.Equal(out.Prior.State):
		out.Action = Nothing
	case len(out.Replaces) > 0:
		out.Action = Replace
		reasons := out.Replaces
		p.plan(&out, p.None(kind).State, out.Private)
		out.Replaces = reasons
	}
	return out
}

// PlanReplace is Plan with -replace: even an object that could stay or change in place is replaced.
func (p *Provider) PlanReplace(kind string, config any, prior Object) Plan {
	p.t.Helper()
	out := p.Plan(kind, config, prior)
	if len(out.Errors()) == 0 && (out.Action == Nothing || out.Action == Update) {
		out.Action = Replace
		p.plan(&out, p.None(kind).State, out.Private)
	}
	return out
}

// plan plans from a prior state, and checks the response as Terraform does.
func (p *Provider) plan(out *Plan, prior tftypes.Value, private []byte) {
	p.t.Helper()
	var identity *tfprotov6.ResourceIdentityData
	if !prior.IsNull() {
		identity = out.Prior.Identity
	}
	schema := p.schema(out.Type)
	resp, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: out.Type,
		PriorState: p.dynamic(prior), ProposedNewState: p.dynamic(proposed.State(schema.Block, prior, out.Config)), Config: p.dynamic(out.Config),
		PriorPrivate: private, PriorIdentity: identity})
	if err != nil {
		p.t.Fatal(err)
	}
	out.Diagnostics = append(out.Diagnostics, p.answer(Planning, resp.Diagnostics)...)
	if len(out.Errors()) > 0 {
		return
	}
	out.Planned, out.Private, out.Replaces = p.value(schema.ValueType(), resp.PlannedState), resp.PlannedPrivate, nil
	for _, at := range resp.RequiresReplace {
		out.Replaces = append(out.Replaces, pathOf(at))
	}
	p.checkPlan(schema, *out, attributes(prior))
}

// checkPlan fails the test where Terraform would not accept a plan: a written value is planned as written, or stays as in the state.
func (p *Provider) checkPlan(schema *tfprotov6.Schema, plan Plan, prior map[string]tftypes.Value) {
	p.t.Helper()
	config, planned := attributes(plan.Config), attributes(plan.Planned)
	for _, a := range schema.Block.Attributes {
		written, is := config[a.Name], planned[a.Name]
		before, had := prior[a.Name]
		switch {
		case a.WriteOnly || had && before.Equal(is):
		case written.IsNull() && a.Computed || !written.IsFullyKnown():
		case !written.Equal(is):
			p.t.Fatalf("%s: Terraform would not accept this plan: %s is %s, and planned as %s", plan.Type, a.Name, written, is)
		}
	}
}

// deletion returns the first half of a replacement, which Terraform does not ask the provider to plan.
func (p *Provider) deletion(prior Object) Plan {
	p.t.Helper()
	null := tftypes.NewValue(p.schema(prior.Type).ValueType(), nil)
	return Plan{Type: prior.Type, Action: Delete, Prior: prior, Config: null, Planned: null, Private: prior.Private}
}

// PlanDelete plans to destroy an object.
func (p *Provider) PlanDelete(prior Object) Plan {
	p.t.Helper()
	out := p.deletion(prior)
	null := out.Planned
	resp, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: prior.Type,
		PriorState: p.dynamic(prior.State), ProposedNewState: p.dynamic(null), Config: p.dynamic(null), PriorPrivate: prior.Private,
		PriorIdentity: prior.Identity})
	if err != nil {
		p.t.Fatal(err)
	}
	out.Private, out.Diagnostics = resp.PlannedPrivate, p.answer(Planning, resp.Diagnostics)
	return out
}
