// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// This file checks the arguments of actions once more. Terraform validates a configuration while the values of its variables are unknown,
// and again with the values for everything but actions: their arguments would be planned and invoked with what no validator has seen.

// PlanAction plans an action whose arguments are valid.
func (s *Server) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	wrong, err := s.wrongArguments(ctx, req.ActionType, req.Config)
	if err != nil || len(wrong) > 0 {
		return &tfprotov6.PlanActionResponse{Diagnostics: wrong}, err
	}
	return s.frameworkServer.PlanAction(ctx, req)
}

// InvokeAction invokes an action whose arguments are valid. What was unknown in the plan is known now.
func (s *Server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	wrong, err := s.wrongArguments(ctx, req.ActionType, req.Config)
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		completed := tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: wrong}}
		return &tfprotov6.InvokeActionServerStream{Events: slices.Values([]tfprotov6.InvokeActionEvent{completed})}, nil
	}
	return s.frameworkServer.InvokeAction(ctx, req)
}

// wrongArguments returns what validating an action's arguments says where that has an error, and nothing otherwise: warnings are
// Terraform's to show, at validate. A provider that waits for its settings refuses nothing: it puts everything off.
func (s *Server) wrongArguments(ctx context.Context, kind string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
	if _, waits := s.data().(crud.Deferred); waits {
		return nil, nil
	}
	checked, err := s.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: kind, Config: config})
	if err != nil || !failed(checked.Diagnostics) {
		return nil, err
	}
	return checked.Diagnostics, nil
}

// failed reports whether there is an error among diagnostics.
func failed(said []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(said, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}
