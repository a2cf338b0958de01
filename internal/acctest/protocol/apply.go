// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol/proposed"
)

// Apply applies a plan, a replacement as a destruction and a creation. After an error the object still holds what exists.
func (p *Provider) Apply(plan Plan) (Object, []Diagnostic) {
	p.t.Helper()
	if len(plan.Errors()) > 0 {
		p.t.Fatalf("the plan has failed: %v", plan.Diagnostics)
	}
	var said []Diagnostic
	switch plan.Action {
	case Nothing:
		return plan.Prior, nil
	case Replace:
		var left Object
		if left, said = p.Apply(p.deletion(plan.Prior)); len(Errors(said)) > 0 {
			return left, said
		}
		plan.Prior = p.None(plan.Type)
	}
	ty := p.schema(plan.Type).ValueType()
	resp, err := p.server.ApplyResourceChange(p.t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: plan.Type,
		PriorState: p.dynamic(plan.Prior.State), PlannedState: p.dynamic(plan.Planned), Config: p.dynamic(plan.Config),
		PlannedPrivate: plan.Private, PlannedIdentity: plan.Prior.Identity})
	if err != nil {
		p.t.Fatal(err)
	}
	answer := p.answer(Applying, resp.Diagnostics)
	now := Object{Type: plan.Type, State: p.value(ty, resp.NewState), Private: resp.Private, Identity: resp.NewIdentity}
	now.Tainted = len(Errors(answer)) > 0 && now.Exists() && !plan.Prior.Exists()
	said = append(said, answer...)
	if len(Errors(answer)) == 0 && (!now.State.IsFullyKnown() || !proposed.Follows(plan.Planned, now.State)) {
		p.t.Fatalf("%s: Terraform would not accept this state: planned was %s, and it is %s", plan.Type, plan.Planned, now.State)
	}
	return now, said
}

// Bring plans and applies, and fails the test on an error.
func (p *Provider) Bring(kind string, config any, prior Object) Object {
	p.t.Helper()
	plan := p.Plan(kind, config, prior)
	if len(plan.Errors()) > 0 {
		p.t.Fatal(plan.Diagnostics)
	}
	now, said := p.Apply(plan)
	if len(Errors(said)) > 0 {
		p.t.Fatal(said)
	}
	return now
}

// Destroy destroys an object, and fails the test if it remains.
func (p *Provider) Destroy(o Object) {
	p.t.Helper()
	if left, said := p.Apply(p.PlanDelete(o)); len(Errors(said)) > 0 || left.Exists() {
		p.t.Fatal(said)
	}
}
