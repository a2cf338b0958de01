package protocol

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Invoked is what came of an action.
type Invoked struct {
	Progress []string     // the lines in their order
	Said     []Diagnostic // of validate, plan and invoke
	Ended    bool         // the provider sent the event that completes an invocation
}

// ValidateAction returns the provider's diagnostics for the configuration of an action.
func (p *Provider) ValidateAction(kind string, config any) []Diagnostic {
	p.t.Helper()
	_, value := p.action(kind, config)
	return p.checkAction(kind, value)
}

// PlanAction validates and plans an action, as a plan does where the action is triggered or invoked.
func (p *Provider) PlanAction(kind string, config any) []Diagnostic {
	p.t.Helper()
	_, value := p.action(kind, config)
	said := p.checkAction(kind, value)
	if len(Errors(said)) > 0 {
		return said
	}
	return append(said, p.planAction(kind, value)...)
}

// Invoke validates, plans and invokes an action, as terraform apply -invoke does.
func (p *Provider) Invoke(kind string, config any) Invoked {
	p.t.Helper()
	return p.InvokeWithin(p.t.Context(), kind, config, func(string) {})
}

// InvokeWithin is Invoke with the context of the call, and a function that is given each line of progress as it comes.
func (p *Provider) InvokeWithin(ctx context.Context, kind string, config any, line func(string)) Invoked {
	p.t.Helper()
	_, value := p.action(kind, config)
	out := Invoked{Said: p.checkAction(kind, value)}
	if len(Errors(out.Said)) == 0 {
		out.Said = append(out.Said, p.planAction(kind, value)...)
	}
	if len(Errors(out.Said)) > 0 {
		return out
	}
	stream, err := p.actions().InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: kind, Config: p.dynamic(value)})
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

func (p *Provider) checkAction(kind string, value tftypes.Value) []Diagnostic {
	p.t.Helper()
	checked, err := p.actions().ValidateActionConfig(p.t.Context(),
		&tfprotov6.ValidateActionConfigRequest{ActionType: kind, Config: p.dynamic(value)})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(Validating, checked.Diagnostics)
}

func (p *Provider) planAction(kind string, value tftypes.Value) []Diagnostic {
	p.t.Helper()
	planned, err := p.actions().PlanAction(p.t.Context(), &tfprotov6.PlanActionRequest{ActionType: kind, Config: p.dynamic(value)})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(Planning, planned.Diagnostics)
}

// action returns an action's schema and its configuration as a value.
func (p *Provider) action(kind string, config any) (*tfprotov6.Schema, tftypes.Value) {
	p.t.Helper()
	known := p.schemas.ActionSchemas[kind]
	if known == nil {
		p.t.Fatalf("there is no action %s", kind)
	}
	return known.Schema, arguments(known.Schema, config)
}

// actions returns the part of the server that has the actions.
func (p *Provider) actions() tfprotov6.ActionServer {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		p.t.Fatal("the provider has no actions")
	}
	return server
}
