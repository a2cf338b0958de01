package protocol

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Server is a provider that speaks the protocol.
type Server = tfprotov6.ProviderServer

// Factory makes a provider's server.
type Factory = func() (tfprotov6.ProviderServer, error)

// Provider is a provider's server that is called as Terraform calls it.
type Provider struct {
	t       testing.TB
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
	calls   atomic.Int64
}

// New starts a provider that is not configured, as Terraform does to validate.
func New(t testing.TB, factory Factory) *Provider {
	t.Helper()
	server, err := factory()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &Provider{t: t, server: server, schemas: schemas}
}

// Configured starts a provider with settings that it must accept, though it may warn.
func Configured(t testing.TB, factory Factory, settings map[string]any) *Provider {
	t.Helper()
	p := New(t, factory)
	if errors := Errors(p.Configure(settings)); len(errors) > 0 {
		t.Fatal(errors)
	}
	return p
}

// answer is what a call said.
func (p *Provider) answer(during string, all []*tfprotov6.Diagnostic) []Diagnostic {
	return diagnostics(during, int(p.calls.Add(1)), all)
}

// Configure validates the provider's settings and hands them to it. Errors of the first keep it from the second.
func (p *Provider) Configure(settings any) []Diagnostic {
	p.t.Helper()
	config := p.dynamic(Value(p.schemas.Provider.ValueType(), settings))
	checked, err := p.server.ValidateProviderConfig(p.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Validating, checked.Diagnostics)
	if len(Errors(said)) > 0 {
		return said
	}
	done, err := p.server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config, TerraformVersion: "1.11.4"})
	if err != nil {
		p.t.Fatal(err)
	}
	return append(said, p.answer(Configuring, done.Diagnostics)...)
}

// schema is a resource's schema.
func (p *Provider) schema(kind string) *tfprotov6.Schema {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("there is no resource %s", kind)
	}
	return schema
}

// Object is what Terraform keeps of a resource from one call to the next.
type Object struct {
	Type    string
	State   tftypes.Value
	Private []byte
	Tainted bool // it was made half, and is to be replaced
}

// None is the object that does not exist yet.
func (p *Provider) None(kind string) Object {
	p.t.Helper()
	return Object{Type: kind, State: tftypes.NewValue(p.schema(kind).ValueType(), nil)}
}

// Exists says whether it is in the state.
func (o Object) Exists() bool { return !o.State.IsNull() }

// Attributes are its attributes.
func (o Object) Attributes() map[string]tftypes.Value { return attributes(o.State) }

// Text is an attribute that is a text; empty where it is null or unknown.
func (o Object) Text(attribute string) string { return text(o.Attributes()[attribute]) }

func text(v tftypes.Value) (out string) {
	if v.Type() != nil && v.IsKnown() && !v.IsNull() {
		if err := v.As(&out); err != nil {
			panic(err)
		}
	}
	return out
}

// Validate is what the provider says of a configuration that it sees for the first time.
func (p *Provider) Validate(kind string, config any) []Diagnostic {
	p.t.Helper()
	resp, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: kind,
		Config:             p.dynamic(arguments(p.schema(kind), config)),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(Validating, resp.Diagnostics)
}

// What a plan does.
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

// Attributes are the planned attributes.
func (p Plan) Attributes() map[string]tftypes.Value { return attributes(p.Planned) }

// Text is a planned attribute that is a text; empty where it is null or unknown.
func (p Plan) Text(attribute string) string { return text(p.Attributes()[attribute]) }

// Errors are the plan's errors.
func (p Plan) Errors() []Diagnostic { return Errors(p.Diagnostics) }

// Plan validates a configuration and plans to bring an object to it. Where that needs a replacement it is planned a second time, as a new
// object. After an error nothing is planned.
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
		p.plan(&out, p.None(kind).State, nil) // Terraform hands on nothing of what is tainted
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

// PlanReplace is Plan with -replace: what could stay, or change in place, goes for a new object, too.
func (p *Provider) PlanReplace(kind string, config any, prior Object) Plan {
	p.t.Helper()
	out := p.Plan(kind, config, prior)
	if len(out.Errors()) == 0 && (out.Action == Nothing || out.Action == Update) {
		out.Action = Replace
		p.plan(&out, p.None(kind).State, out.Private)
	}
	return out
}

// plan asks for a plan from a prior state, and holds the answer against what Terraform accepts.
func (p *Provider) plan(out *Plan, prior tftypes.Value, private []byte) {
	p.t.Helper()
	schema := p.schema(out.Type)
	resp, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: out.Type,
		PriorState: p.dynamic(prior), ProposedNewState: p.dynamic(proposed(schema.Block, prior, out.Config)), Config: p.dynamic(out.Config),
		PriorPrivate: private})
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

// checkPlan fails the test where Terraform would not accept a plan: what is written is planned as it is written, or stays as it was.
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

// deletion is the first half of a replacement, which Terraform does not ask the provider to plan.
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
		PriorState: p.dynamic(prior.State), ProposedNewState: p.dynamic(null), Config: p.dynamic(null), PriorPrivate: prior.Private})
	if err != nil {
		p.t.Fatal(err)
	}
	out.Private, out.Diagnostics = resp.PlannedPrivate, p.answer(Planning, resp.Diagnostics)
	return out
}

// Apply carries a plan out, a replacement as a destruction and a creation. What exists after an error is in the object all the same.
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
		PlannedPrivate: plan.Private})
	if err != nil {
		p.t.Fatal(err)
	}
	answer := p.answer(Applying, resp.Diagnostics)
	now := Object{Type: plan.Type, State: p.value(ty, resp.NewState), Private: resp.Private}
	now.Tainted = len(Errors(answer)) > 0 && now.Exists() && !plan.Prior.Exists()
	said = append(said, answer...)
	if len(Errors(answer)) == 0 && (!now.State.IsFullyKnown() || !follows(plan.Planned, now.State)) {
		p.t.Fatalf("%s: Terraform would not accept this state: planned was %s, and it is %s", plan.Type, plan.Planned, now.State)
	}
	return now, said
}

// Bring plans and applies what must succeed.
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

// Stop interrupts what the provider is doing, as Terraform does at the first Ctrl-C. It may be called while another call is under way.
func (p *Provider) Stop() {
	if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
		p.t.Error(err)
	}
}

// Destroy destroys what must go.
func (p *Provider) Destroy(o Object) {
	p.t.Helper()
	if left, said := p.Apply(p.PlanDelete(o)); len(Errors(said)) > 0 || left.Exists() {
		p.t.Fatal(said)
	}
}

// Read brings an object up to date; it does not exist any more where it is gone.
func (p *Provider) Read(o Object) (Object, []Diagnostic) {
	p.t.Helper()
	resp, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: o.Type, CurrentState: p.dynamic(o.State),
		Private: o.Private})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Reading, resp.Diagnostics)
	if len(Errors(said)) > 0 {
		return o, said
	}
	return Object{o.Type, p.value(p.schema(o.Type).ValueType(), resp.NewState), resp.Private, o.Tainted}, said
}

// Import finds an object by its id, and reads it as Terraform does after every import.
func (p *Provider) Import(kind, id string) (Object, []Diagnostic) {
	p.t.Helper()
	resp, err := p.server.ImportResourceState(p.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: kind, ID: id})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Importing, resp.Diagnostics)
	if len(Errors(said)) > 0 {
		return p.None(kind), said
	}
	if len(resp.ImportedResources) != 1 {
		p.t.Fatalf("importing %s gave %d objects", id, len(resp.ImportedResources))
	}
	found := resp.ImportedResources[0]
	read, more := p.Read(Object{Type: kind, State: p.value(p.schema(kind).ValueType(), found.State), Private: found.Private})
	return read, slices.Concat(said, more)
}

// Upgrade reads a state that was written with a version of a resource's schema, as a state file has it.
func (p *Provider) Upgrade(kind string, version int64, attributes []byte) (Object, []Diagnostic) {
	p.t.Helper()
	resp, err := p.server.UpgradeResourceState(p.t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: kind, Version: version,
		RawState: &tfprotov6.RawState{JSON: attributes}})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Upgrading, resp.Diagnostics)
	if len(Errors(said)) > 0 {
		return p.None(kind), said
	}
	return Object{Type: kind, State: p.value(p.schema(kind).ValueType(), resp.UpgradedState)}, said
}

// Source is the state of another provider's resource.
type Source struct {
	Type, Provider string // the provider's address: registry.terraform.io/terraform-provider-openstack/openstack
	Schema         int64
	JSON           []byte
}

// Move takes over another provider's state.
func (p *Provider) Move(kind string, from Source) (Object, []Diagnostic) {
	p.t.Helper()
	resp, err := p.server.MoveResourceState(p.t.Context(), &tfprotov6.MoveResourceStateRequest{SourceTypeName: from.Type,
		SourceProviderAddress: from.Provider, SourceSchemaVersion: from.Schema, SourceState: &tfprotov6.RawState{JSON: from.JSON},
		TargetTypeName: kind})
	if err != nil {
		p.t.Fatal(err)
	}
	now := Object{Type: kind, State: p.value(p.schema(kind).ValueType(), resp.TargetState), Private: resp.TargetPrivate}
	return now, p.answer(Moving, resp.Diagnostics)
}

// Query validates and reads a data source.
func (p *Provider) Query(kind string, config any) (map[string]tftypes.Value, []Diagnostic) {
	p.t.Helper()
	state, said := p.query(kind, config)
	return attributes(state), said
}

func (p *Provider) query(kind string, config any) (tftypes.Value, []Diagnostic) {
	p.t.Helper()
	schema := p.schemas.DataSourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("there is no data source %s", kind)
	}
	value := arguments(schema, config)
	checked, err := p.server.ValidateDataResourceConfig(p.t.Context(),
		&tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: p.dynamic(value)})
	if err != nil {
		p.t.Fatal(err)
	}
	said := p.answer(Validating, checked.Diagnostics)
	if len(Errors(said)) > 0 || !value.IsFullyKnown() {
		return tftypes.NewValue(schema.ValueType(), tftypes.UnknownValue), said
	}
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: p.dynamic(value)})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.value(schema.ValueType(), resp.State), append(said, p.answer(Querying, resp.Diagnostics)...)
}
