// SPDX-License-Identifier: MPL-2.0

// Package server answers for the framework where it is slow or speaks to developers: reads and plans of the usual kind, the texts of
// errors, and the log of each request.
package server

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// Server answers two calls itself and hands every other to the framework's server: the read of a resource, and the plan of one that is
// new or whose proposed state equals its prior state. For these the framework walks the whole schema a dozen times, for defaults, unknown
// values, plan modifiers, empty blocks and semantic equality, and copies all attributes at each step, which was two thirds of a plan's
// CPU time; few of the walks have anything to do then. Server calls the resource's own Read and ModifyPlan as the framework does.
//
// A test sends the same requests to both servers and compares the answers.
type Server struct {
	frameworkServer
	kinds map[string]*kind
	types func() configurationTypes
	data  func() any
}

// configurationTypes holds the types of everything that can be configured, by name.
type configurationTypes struct {
	provider                        attr.Type
	resources, data, actions, lists map[string]attr.Type
}

// frameworkServer is the complete interface of the framework's server.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// Served is a provider with its resources, data sources, actions and lists.
type Served interface {
	Schema(ctx context.Context, req provider.SchemaRequest, resp *provider.SchemaResponse)
	Resources(ctx context.Context) []func() resource.Resource
	DataSources(ctx context.Context) []func() datasource.DataSource
	Actions(ctx context.Context) []func() action.Action
	ListResources(ctx context.Context) []func() list.ListResource
}

// New wraps the framework's server. name is the prefix of the type names. data returns what the provider's Configure passed to its
// resources, nil before. A resource that does not list its keys of private state is left to the framework, and so is one whose schema
// needs more than Server handles.
func New(ctx context.Context, name string, next tfprotov6.ProviderServer, served Served, data func() any) tfprotov6.ProviderServer {
	whole, ok := next.(frameworkServer)
	if !ok {
		return next
	}
	s := &Server{frameworkServer: whole, kinds: map[string]*kind{}, data: data}
	resources := map[string]attr.Type{}
	for _, each := range served.Resources(ctx) {
		var meta resource.MetadataResponse
		var is resource.SchemaResponse
		made := each()
		made.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: name}, &meta)
		made.Schema(ctx, resource.SchemaRequest{}, &is)
		resources[meta.TypeName] = is.Schema.Type()
		if k := kindOf(ctx, each, is); k != nil {
			s.kinds[meta.TypeName] = k
		}
	}
	s.types = sync.OnceValue(func() configurationTypes { return typesOf(name, served, resources) })
	return s
}

// typesOf returns the types of everything that can be configured. Those of the resources are known already.
func typesOf(name string, served Served, resources map[string]attr.Type) configurationTypes {
	ctx := context.Background()
	out := configurationTypes{resources: resources, data: map[string]attr.Type{}, actions: map[string]attr.Type{},
		lists: map[string]attr.Type{}}
	for _, each := range served.DataSources(ctx) {
		var meta datasource.MetadataResponse
		var is datasource.SchemaResponse
		made := each()
		made.Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: name}, &meta)
		made.Schema(ctx, datasource.SchemaRequest{}, &is)
		out.data[meta.TypeName] = is.Schema.Type()
	}
	for _, each := range served.Actions(ctx) {
		var meta action.MetadataResponse
		var is action.SchemaResponse
		made := each()
		made.Metadata(ctx, action.MetadataRequest{ProviderTypeName: name}, &meta)
		made.Schema(ctx, action.SchemaRequest{}, &is)
		out.actions[meta.TypeName] = is.Schema.Type()
	}
	for _, each := range served.ListResources(ctx) {
		var meta resource.MetadataResponse
		var is list.ListResourceSchemaResponse
		made := each()
		made.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: name}, &meta)
		made.ListResourceConfigSchema(ctx, list.ListResourceSchemaRequest{}, &is)
		out.lists[meta.TypeName] = is.Schema.Type()
	}
	var block provider.SchemaResponse
	served.Schema(ctx, provider.SchemaRequest{}, &block)
	out.provider = block.Schema.Type()
	return out
}

// configured returns a new resource of a kind with its client.
func (s *Server) configured(ctx context.Context, k *kind, diags *diag.Diagnostics) resource.Resource {
	r := k.build()
	if c, ok := r.(resource.ResourceWithConfigure); ok {
		var resp resource.ConfigureResponse
		c.Configure(ctx, resource.ConfigureRequest{ProviderData: s.data()}, &resp)
		diags.Append(resp.Diagnostics...)
	}
	return r
}

// ReadResource refreshes a state.
func (s *Server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	k := s.kindOf(req.TypeName)
	if k == nil || req.CurrentState == nil || req.ProviderMeta != nil {
		return s.frameworkServer.ReadResource(ctx, req)
	}
	raw, err := k.decode(req.CurrentState)
	identity, failed := k.identity(req.CurrentIdentity)
	err = errors.Join(err, failed)
	keys, plain := decodePrivate(req.Private)
	if err != nil || !plain {
		return s.frameworkServer.ReadResource(ctx, req)
	}
	tflog.Trace(ctx, "Reading without the framework's passes over the schema", map[string]any{"tf_resource_type": req.TypeName})
	state := tfsdk.State{Raw: raw, Schema: k.schema}
	ask, resp := resource.ReadRequest{State: state, Identity: identity}, resource.ReadResponse{State: state}
	if identity != nil {
		resp.Identity = &tfsdk.ResourceIdentity{Raw: identity.Raw, Schema: identity.Schema}
	}
	if c := req.ClientCapabilities; c != nil {
		ask.ClientCapabilities.DeferralAllowed = c.DeferralAllowed
	}
	ask.Private = emptied(ask.Private)
	fillPrivate(ctx, ask.Private, keys)
	resp.Private = ask.Private
	if r := s.configured(ctx, k, &resp.Diagnostics); !resp.Diagnostics.HasError() {
		r.Read(ctx, ask, &resp)
	}
	out := &tfprotov6.ReadResourceResponse{Diagnostics: toProtocol(ctx, resp.Diagnostics),
		Private: k.encodePrivate(ctx, resp.Private, keys, req.Private)}
	if out.NewState, err = k.encode(resp.State.Raw, raw, req.CurrentState); err == nil && identity != nil {
		out.NewIdentity, err = encodeIdentity(resp.Identity.Raw, identity.Raw, req.CurrentIdentity)
	}
	return out, err
}

// PlanResourceChange plans a resource that is new, or that its configuration does not change.
func (s *Server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse,
	error) {
	k := s.kindOf(req.TypeName)
	if k == nil || req.ProviderMeta != nil {
		return s.frameworkServer.PlanResourceChange(ctx, req)
	}
	prior, config, planned, ok := k.proposed(req)
	keys, plain := decodePrivate(req.PriorPrivate)
	if !ok || !plain {
		return s.frameworkServer.PlanResourceChange(ctx, req)
	}
	tflog.Trace(ctx, "Planning without the framework's passes over the schema", map[string]any{"tf_resource_type": req.TypeName})
	plan := tfsdk.Plan{Raw: planned, Schema: k.schema}
	ask := resource.ModifyPlanRequest{Config: tfsdk.Config{Raw: config, Schema: k.schema}, State: tfsdk.State{Raw: prior, Schema: k.schema},
		Plan: plan}
	if c := req.ClientCapabilities; c != nil {
		ask.ClientCapabilities.DeferralAllowed = c.DeferralAllowed
	}
	ask.Private = emptied(ask.Private)
	fillPrivate(ctx, ask.Private, keys)
	resp := resource.ModifyPlanResponse{Plan: plan, Private: ask.Private, RequiresReplace: path.Paths{}}
	if r, ok := s.configured(ctx, k, &resp.Diagnostics).(resource.ResourceWithModifyPlan); ok && !resp.Diagnostics.HasError() {
		r.ModifyPlan(ctx, ask, &resp)
	}
	out := &tfprotov6.PlanResourceChangeResponse{Diagnostics: toProtocol(ctx, resp.Diagnostics),
		RequiresReplace: replacements(ctx, resp.RequiresReplace), PlannedPrivate: k.encodePrivate(ctx, resp.Private, keys, req.PriorPrivate)}
	var err error
	if out.PlannedState, err = k.encode(resp.Plan.Raw, prior, req.PriorState); err == nil && k.identified {
		none := tftypes.NewValue(crud.IdentityType, nil)
		out.PlannedIdentity, err = encodeIdentity(none, none, req.PriorIdentity) // a plan leaves it as it was
	}
	return out, err
}

// proposed returns the prior state, the configuration, and the plan before the resource's ModifyPlan. ok is false where the framework has
// to make that plan.
func (k *kind) proposed(req *tfprotov6.PlanResourceChangeRequest) (prior, config, plan tftypes.Value, ok bool) {
	if req.PriorState == nil || req.ProposedNewState == nil || req.Config == nil || len(req.PriorState.MsgPack) == 0 {
		return prior, config, plan, false
	}
	prior, err := k.decode(req.PriorState)
	if err == nil {
		config, err = k.decode(req.Config)
	}
	if err != nil || config.IsNull() {
		return prior, config, plan, false
	}
	if bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack) { // Terraform encodes equal values equally
		return prior, config, prior, k.settled(config, prior)
	}
	if plan, err = k.decode(req.ProposedNewState); err == nil {
		plan, err = k.withoutHidden(plan)
	}
	switch {
	case err != nil || plan.IsNull():
		return prior, config, plan, false
	case prior.IsNull() && k.creates:
		plan, err = k.created(config, plan)
		return prior, config, plan, err == nil
	}
	return prior, config, prior, !prior.IsNull() && prior.Equal(plan) && k.settled(config, prior)
}

// kindOf returns the facts about a resource type, or nil where the framework has to answer: it defers what waits.
func (s *Server) kindOf(typeName string) *kind {
	if _, waits := s.data().(crud.Deferred); waits {
		return nil
	}
	return s.kinds[typeName]
}

// toProtocol converts diagnostics to their form on the wire.
func toProtocol(ctx context.Context, diags diag.Diagnostics) (out []*tfprotov6.Diagnostic) {
	severities := map[diag.Severity]tfprotov6.DiagnosticSeverity{diag.SeverityError: tfprotov6.DiagnosticSeverityError,
		diag.SeverityWarning: tfprotov6.DiagnosticSeverityWarning}
	for _, d := range diags {
		one := &tfprotov6.Diagnostic{Severity: severities[d.Severity()], Summary: d.Summary(), Detail: d.Detail()}
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			one.Attribute = attributePath(ctx, at.Path())
		}
		out = append(out, one)
	}
	return out
}

// replacements returns the paths sorted, each once.
func replacements(ctx context.Context, paths path.Paths) (out []*tftypes.AttributePath) {
	sorted := slices.SortedFunc(slices.Values(paths), func(a, b path.Path) int { return strings.Compare(a.String(), b.String()) })
	for _, p := range slices.CompactFunc(sorted, path.Path.Equal) {
		out = append(out, attributePath(ctx, p))
	}
	return out
}

func attributePath(ctx context.Context, p path.Path) *tftypes.AttributePath {
	out := tftypes.NewAttributePath()
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case path.PathStepAttributeName:
			out = out.WithAttributeName(string(step))
		case path.PathStepElementKeyInt:
			out = out.WithElementKeyInt(int(step))
		case path.PathStepElementKeyString:
			out = out.WithElementKeyString(string(step))
		case path.PathStepElementKeyValue:
			if value, err := step.Value.ToTerraformValue(ctx); err == nil {
				out = out.WithElementKeyValue(value)
			}
		}
	}
	return out
}
