package crud

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Resource is a resource as a value: what it is called, what the user writes, and one function per verb. M is its model, a
// struct with tfsdk tags; C is the client that the provider configures.
//
// A verb that fails half-way returns the model and the error, and both are kept, so that Terraform taints what exists instead
// of losing it. openstack.ErrNotFound removes the resource from the state on Read and is ignored on Delete.
type Resource[C any, M any] struct {
	Name   string // without the provider's prefix: "compute_flavor"
	Schema func(ctx context.Context) schema.Schema
	Check  func(config M) error                                      // optional: refuses at validate what no plan could accept; what is not known yet is unknown
	Plan   func(ctx context.Context, client C, plan, state *M) error // optional; state is nil at create; plan may be changed
	Create func(ctx context.Context, client C, plan M) (*M, error)   // the model with an error: it exists all the same
	Read   func(ctx context.Context, client C, state M) (M, error)
	Update func(ctx context.Context, client C, plan, state M) (M, error) // nil where every change replaces
	Delete func(ctx context.Context, client C, state M) error
	Import func(ctx context.Context, client C, id string) (M, error)

	Moves  []Move[M]                                                                  // what moved blocks may make this of
	Locate func(ctx context.Context, client C, state M) (now M, ours bool, err error) // optional: what the ids of a moved state mean here; not ours: it goes on waiting
	Adopt  func(ctx context.Context, client C, plan M) (*M, error)                    // records what was moved, under the ids it has; nil where nothing waits
	Onto   func(ctx context.Context, client C, plan, state M) (M, error)              // in the place of Adopt, where what was moved is there and is written to
}

// New gives the resource to the framework.
func (r Resource[C, M]) New() resource.Resource { return &bound[C, M]{is: r} }

type bound[C any, M any] struct {
	is         Resource[C, M]
	client     C
	home       Home // nil where the client is of no server
	configured bool
}

var (
	_ resource.ResourceWithConfigure   = &bound[int, struct{}]{}
	_ resource.ResourceWithImportState = &bound[int, struct{}]{}
	_ resource.ResourceWithModifyPlan  = &bound[int, struct{}]{}
	_ resource.ResourceWithMoveState   = &bound[int, struct{}]{}

	_ resource.ResourceWithValidateConfig = &bound[int, struct{}]{}
)

// Metadata names the resource.
func (b *bound[C, M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.is.Name
}

// Schema is what the user writes.
func (b *bound[C, M]) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = b.is.Schema(ctx)
}

// ValidateConfig refuses what is wrong whatever else is known: then nothing exists yet that a destroy would have to plan around.
func (b *bound[C, M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if b.is.Check == nil {
		return
	}
	var config M
	if resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Config), &config)...); !resp.Diagnostics.HasError() {
		Report(&resp.Diagnostics, "Wrong "+b.noun(), b.is.Check(config))
	}
}

// Configure takes the client, which is absent while the provider's configuration is not known.
func (b *bound[C, M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.client, b.configured = Pick[C](req.ProviderData)
	b.home, _ = Pick[Home](req.ProviderData)
}

func (b *bound[C, M]) ready(diags *diag.Diagnostics) bool {
	if !b.configured {
		Unconfigured(diags)
	}
	return b.configured && !diags.HasError()
}

// Unconfigured says that a verb needs a vCenter and the provider's configuration is not known.
func Unconfigured(diags *diag.Diagnostics) {
	diags.AddError("The provider is not configured yet",
		"Its configuration holds values that are only known after apply, and this step needs the vCenter. Apply what they come from first (terraform apply -target=...), or write them as constants or environment variables.")
}

func (b *bound[C, M]) cannot(verb string) string {
	return fmt.Sprintf("Cannot %s %s", verb, b.noun())
}

func (b *bound[C, M]) noun() string { return strings.ReplaceAll(b.is.Name, "_", " ") }

// MoveState takes over the states of other providers.
func (b *bound[C, M]) MoveState(context.Context) []resource.StateMover { return Movers(b.is.Moves) }

// PrivateKeys are what the life cycle notes beside a state.
func (b *bound[C, M]) PrivateKeys() []string { return LifeCycleKeys() }

// origin is where a state came from that waits; nil for every other.
func (b *bound[C, M]) origin(ctx context.Context, private Private) *Origin {
	if b.is.Adopt == nil && b.is.Onto == nil {
		return nil
	}
	return OriginOf(ctx, private)
}

// ModifyPlan lets the resource check and complete a plan.
func (b *bound[C, M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !AtHome(ctx, b.home, req.Private, &resp.Diagnostics) {
		return
	}
	if req.Plan.Raw.IsNull() || b.origin(ctx, req.Private) != nil && b.unchanged(ctx, req.Config, req.State, &resp.Plan) || b.is.Plan == nil {
		return
	}
	var plan M
	var state *M
	resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if !req.State.Raw.IsNull() {
		state = new(M)
		resp.Diagnostics.Append(Get(ctx, req.State, state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	if state == nil && homeOf(ctx, req.Private) != "" { // Terraform hands on the private state of what goes, and creations have none
		ctx = openstack.Succession(ctx)
	}
	ReportPlan(&resp.Diagnostics, b.cannot("plan"), b.is.Plan(ctx, b.client, &plan, state), state == nil)
	flush()
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(Set(ctx, (*tfsdk.State)(&resp.Plan), plan)...)
	}
}

// Create makes the object. What exists after a failure is kept in the state with the error.
func (b *bound[C, M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan M
	if resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Plan), &plan)...); !b.ready(&resp.Diagnostics) {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.unbroken(ctx)
	defer done()
	made, err := b.is.Create(ctx, b.client, plan)
	err = untouched(ctx, Settled(ctx, err))
	flush()
	Report(&resp.Diagnostics, b.cannot("create"), err)
	if made != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, made)...)
		resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	}
}

// Read brings the state up to date, or removes what is gone.
func (b *bound[C, M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state M
	if resp.Diagnostics.Append(Get(ctx, req.State, &state)...); !b.ready(&resp.Diagnostics) {
		return
	}
	moved, ok := Comes(ctx, b.home, req.Private, &resp.Diagnostics)
	if !ok {
		return
	}
	defer func() { Strangers(ctx, moved, req.State, resp) }()
	resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	if from := b.origin(ctx, req.Private); from != nil {
		b.readMoved(ctx, state, from, resp)
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	now, err := b.is.Read(ctx, b.client, state)
	flush()
	if errors.Is(err, openstack.ErrNotFound) || moved && errors.Is(err, openstack.ErrNoRecords) {
		resp.State.RemoveResource(ctx)
		return
	}
	Report(&resp.Diagnostics, b.cannot("read"), err)
	if err == nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, now)...)
	}
}

// Update changes the object in place.
func (b *bound[C, M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state M
	resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.Append(Get(ctx, req.State, &state)...); !b.ready(&resp.Diagnostics) {
		return
	}
	if !AtHome(ctx, b.home, req.Private, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	from := b.origin(ctx, req.Private)
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.unbroken(ctx)
	defer done()
	now, err := b.update(ctx, plan, state, from, resp.Private)
	err = untouched(ctx, Settled(ctx, err))
	flush()
	Report(&resp.Diagnostics, b.cannot("update"), err)
	if err == nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, now)...)
	}
	if err == nil && from != nil {
		resp.Diagnostics.Append(Arrived(ctx, resp.Private)...)
	}
}

func (b *bound[C, M]) update(ctx context.Context, plan, state M, from *Origin, private Private) (M, error) {
	switch {
	case from != nil:
		return b.updateMoved(ctx, plan, state, from, private)
	case b.is.Update == nil:
		return plan, nil
	}
	return b.is.Update(ctx, b.client, plan, state)
}

// Delete removes the object. One that is gone already is no error.
func (b *bound[C, M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state M
	if resp.Diagnostics.Append(Get(ctx, req.State, &state)...); !b.ready(&resp.Diagnostics) {
		return
	}
	if !AtHome(ctx, b.home, req.Private, &resp.Diagnostics) || b.left(ctx, req, &resp.Diagnostics) {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.unbroken(ctx)
	defer done()
	err := untouched(ctx, Settled(ctx, b.is.Delete(ctx, b.client, state)))
	flush()
	if !errors.Is(err, openstack.ErrNotFound) {
		Report(&resp.Diagnostics, b.cannot("delete"), err)
	}
}

// ImportState finds an existing object.
func (b *bound[C, M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !b.ready(&resp.Diagnostics) {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	found, err := b.is.Import(ctx, b.client, req.ID)
	flush()
	Report(&resp.Diagnostics, b.cannot("import"), err)
	if err == nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, found)...)
		resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	}
}
