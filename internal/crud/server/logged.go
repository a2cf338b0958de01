// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

// loggedServer prepares the log of each request that may call a vCenter or a cloud.
type loggedServer struct {
	frameworkServer
	secrets func() []string
}

// Logged wraps a server so that each request's log is prepared. No line of it may contain one of the secrets.
func Logged(next tfprotov6.ProviderServer, secrets func() []string) tfprotov6.ProviderServer {
	whole, ok := next.(frameworkServer)
	if !ok {
		return next
	}
	return &loggedServer{whole, secrets}
}

// ReadResource logs and forwards.
func (s *loggedServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return s.frameworkServer.ReadResource(logging.Begin(ctx, s.secrets), req)
}

// PlanResourceChange logs and forwards.
func (s *loggedServer) PlanResourceChange(ctx context.Context,
	req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return s.frameworkServer.PlanResourceChange(logging.Begin(ctx, s.secrets), req)
}

// ApplyResourceChange logs and forwards.
func (s *loggedServer) ApplyResourceChange(ctx context.Context,
	req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return s.frameworkServer.ApplyResourceChange(logging.Begin(ctx, s.secrets), req)
}

// ImportResourceState logs and forwards.
func (s *loggedServer) ImportResourceState(ctx context.Context,
	req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return s.frameworkServer.ImportResourceState(logging.Begin(ctx, s.secrets), req)
}

// MoveResourceState logs and forwards.
func (s *loggedServer) MoveResourceState(ctx context.Context,
	req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return s.frameworkServer.MoveResourceState(logging.Begin(ctx, s.secrets), req)
}

// ReadDataSource logs and forwards.
func (s *loggedServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse,
	error) {
	return s.frameworkServer.ReadDataSource(logging.Begin(ctx, s.secrets), req)
}

// OpenEphemeralResource logs and forwards.
func (s *loggedServer) OpenEphemeralResource(ctx context.Context,
	req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return s.frameworkServer.OpenEphemeralResource(logging.Begin(ctx, s.secrets), req)
}

// PlanAction logs and forwards.
func (s *loggedServer) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return s.frameworkServer.PlanAction(logging.Begin(ctx, s.secrets), req)
}

// InvokeAction logs and forwards. The stream that it returns acts under the same context.
func (s *loggedServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream,
	error) {
	return s.frameworkServer.InvokeAction(logging.Begin(ctx, s.secrets), req)
}

// ListResource logs and forwards.
func (s *loggedServer) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return s.frameworkServer.ListResource(logging.Begin(ctx, s.secrets), req)
}
