// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Invoked is what came of an action.
type Invoked struct {
	Progress []string     // the lines in their order
	Said     []Diagnostic // of validate, plan and invoke
	Ended    bool         // the provider sent the event that completes an invocation
}

// PlanAction validates and plans an action, as a plan does where the action is triggered or invoked.
func (p *Provider) PlanAction(kind string, config any) []Diagnostic {
	p.t.Helper()
	said, value := p.checkAction(kind, config)
	if len(Errors(said)) > 0 {
		return said
	}
	return append(said, p.planAction(kind, value)...)
}

// PlanActionUnseen plans an action whose arguments come of variables: Terraform validates before it knows their values, and plans with
// values that no validation has seen.
func (p *Provider) PlanActionUnseen(kind string, config any) []Diagnostic {
	p.t.Helper()
	return p.planAction(kind, p.dynamic(arguments(p.schemas.ActionSchemas[kind].Schema, config)))
}

func (p *Provider) planAction(kind string, config *tfprotov6.DynamicValue) []Diagnostic {
	p.t.Helper()
	planned, err := p.actions().PlanAction(p.t.Context(), &tfprotov6.PlanActionRequest{ActionType: kind, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(Planning, planned.Diagnostics)
}

// Invoke validates, plans and invokes an action, as terraform apply -invoke does.
func (p *Provider) Invoke(kind string, config any) Invoked {
	p.t.Helper()
	return p.InvokeWithin(p.t.Context(), kind, config, func(string) {})
}

// InvokeWithin is Invoke with the context of the call, and a function that is given each line of progress as it comes.
func (p *Provider) InvokeWithin(ctx context.Context, kind string, config any, line func(string)) (out Invoked) {
	p.t.Helper()
	if out.Said = p.PlanAction(kind, config); len(Errors(out.Said)) > 0 {
		return out
	}
	return p.invoke(ctx, kind, config, line, out)
}

// InvokeUnseen invokes an action with arguments that were unknown to validation and plan.
func (p *Provider) InvokeUnseen(kind string, config any) Invoked {
	p.t.Helper()
	return p.invoke(p.t.Context(), kind, config, func(string) {}, Invoked{})
}

func (p *Provider) invoke(ctx context.Context, kind string, config any, line func(string), out Invoked) Invoked {
	p.t.Helper()
	stream, err := p.actions().InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: kind,
		Config: p.dynamic(arguments(p.schemas.ActionSchemas[kind].Schema, config))})
	if err != nil {
		p.t.Fatal(err)
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			out.Progress = append(out.Progress, event.Message)
			line(event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			out.Ended = true
			out.Said = append(out.Said, p.answer(Invoking, event.Diagnostics)...)
		}
	}
	return out
}

// checkAction validates the configuration of an action, and returns it.
func (p *Provider) checkAction(kind string, config any) ([]Diagnostic, *tfprotov6.DynamicValue) {
	p.t.Helper()
	known := p.schemas.ActionSchemas[kind]
	if known == nil {
		p.t.Fatalf("there is no action %s", kind)
	}
	value := p.dynamic(arguments(known.Schema, config))
	checked, err := p.actions().ValidateActionConfig(p.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: kind, Config: value})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(Validating, checked.Diagnostics), value
}

// actions returns the part of the server that has the actions, which every server of the framework has.
func (p *Provider) actions() tfprotov6.ActionServer {
	server, _ := p.server.(tfprotov6.ActionServer)
	return server
}
