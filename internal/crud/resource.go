package crud

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Resource is a resource as a value: what it is called, what the user writes, and one function per verb. M is its model, a
// struct with tfsdk tags; C is the client that the provider configures.
//
// A verb that fails half-way returns the model and the error, and both are kept, so that Terraform taints what was made instead
// of losing it, and knows what has changed. openstack.ErrNotFound removes the resource from the state on Read and is ignored on Delete.
type Resource[C any, M any] struct {
	Name   string // without the provider's prefix: "compute_flavor"
	Schema func(ctx context.Context) schema.Schema
	// optional: refuses at validate what no plan could accept; what is not known yet is unknown
	Check  func(config M) error
	Plan   func(ctx context.Context, r *Request[C, M]) error       // optional; State is nil at create
	Create func(ctx context.Context, r *Request[C, M]) (*M, error) // the model with an error: it exists all the same
	Read   func(ctx context.Context, r *Request[C, M]) (*M, error) // the model with an error: what is known of it is true
	// nil where every change replaces; the model with an error: what has become of it
	Update func(ctx context.Context, r *Request[C, M]) (*M, error)
	Delete func(ctx context.Context, r *Request[C, M]) error
	Import func(ctx context.Context, r *Request[C, M]) (*M, error)

	PlanUnconfigured func(ctx context.Context, r *Request[C, M]) error // optional: in the place of Plan, where there is no client yet
	PlanDelete       func(ctx context.Context, r *Request[C, M]) error // optional: looks at what is to go, with a client or without

	Timeouts  func(m *M) timeouts.Value // optional: the block of that name, whose limits are kept
	Timeout   time.Duration             // of what no limit is written for
	Interrupt Interrupt
	Title     func(m *M) string // optional: what an error about a change calls the object
	Private   []string          // keys that verbs keep beside the state
	Upgrades  map[int64]resource.StateUpgrader
	Renews    bool // its second plan of a replacement drops itself what was expected of the object that goes
	Universal bool // its ids mean the same in every vCenter: what is found under one is the object, whatever it is called

	Moves []StateMove[M] // what moved blocks may make this of
	// optional: what the ids of a moved state mean here; not ours: it goes on waiting
	Locate func(ctx context.Context, r *Request[C, M]) (now M, ours bool, err error)
	// records what was moved, under the ids it has; nil where nothing waits
	Adopt func(ctx context.Context, r *Request[C, M]) (*M, error)
	// in the place of Adopt, where what was moved is there and is written to
	AdoptInto func(ctx context.Context, r *Request[C, M]) (*M, error)
}

// New gives the resource to the framework.
func (r Resource[C, M]) New() resource.Resource {
	b := &bound[C, M]{is: r}
	if r.Upgrades == nil {
		return b
	}
	return upgraded[C, M]{b}
}

// upgraded is a resource whose schema had other versions.
type upgraded[C any, M any] struct{ *bound[C, M] }

// UpgradeState takes over states of older releases.
func (u upgraded[C, M]) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return u.is.Upgrades
}

type bound[C any, M any] struct {
	is   Resource[C, M]
	data any  // what the provider has configured, nil before
	home Home // nil where the client is of no server
}

var (
	_ resource.ResourceWithConfigure   = &bound[int, struct{}]{}
	_ resource.ResourceWithImportState = &bound[int, struct{}]{}
	_ resource.ResourceWithModifyPlan  = &bound[int, struct{}]{}
	_ resource.ResourceWithMoveState   = &bound[int, struct{}]{}

	_ resource.ResourceWithUpgradeState   = upgraded[int, struct{}]{}
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

// Configure takes what clients are chosen from, which is absent while the provider's configuration is not known.
func (b *bound[C, M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.data = req.ProviderData
	b.home, _ = Pick[Home](req.ProviderData)
}

// request begins the request of a verb, with the client for it.
func (b *bound[C, M]) request(private Private) *Request[C, M] {
	client, configured := Pick[C](b.data)
	return &Request[C, M]{Client: client, Configured: configured, Private: private}
}

// ready reports an error where there is no client for a request.
func (r *Request[C, M]) ready(diags *diag.Diagnostics) bool {
	if !r.Configured {
		Unconfigured(diags)
	}
	return r.Configured && !diags.HasError()
}

// read decodes a state, plan or configuration.
func read[M any](ctx context.Context, from tfsdk.State, diags *diag.Diagnostics) *M {
	m := new(M)
	diags.Append(Get(ctx, from, m)...)
	return m
}

// Unconfigured says that a verb needs a vCenter and the provider's configuration is not known.
func Unconfigured(diags *diag.Diagnostics) {
	diags.AddError("The provider is not configured yet",
		"Its configuration holds values that are only known after apply, and this step needs the vCenter. Apply what they come from first "+
			"(terraform apply -target=...), or write them as constants or environment variables.")
}

func (b *bound[C, M]) noun() string { return strings.ReplaceAll(b.is.Name, "_", " ") }

// MoveState takes over the states of other providers.
func (b *bound[C, M]) MoveState(context.Context) []resource.StateMover { return Movers(b.is.Moves) }

// PrivateKeys are what the life cycle and the verbs keep beside a state.
func (b *bound[C, M]) PrivateKeys() []string { return append(LifeCycleKeys(), b.is.Private...) }

// origin is where a state came from that waits; nil for every other.
func (b *bound[C, M]) origin(ctx context.Context, private Private) *Origin {
	if b.is.Adopt == nil && b.is.AdoptInto == nil {
		return nil
	}
	return OriginOf(ctx, private)
}

// Create makes the object. What exists after a failure is kept in the state with the error.
func (b *bound[C, M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r := b.request(resp.Private)
	r.Plan, r.Config = read[M](ctx, tfsdk.State(req.Plan), &resp.Diagnostics), read[M](ctx, tfsdk.State(req.Config), &resp.Diagnostics)
	if !r.ready(&resp.Diagnostics) {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.begin(ctx)
	defer done()
	made, err := b.act(ctx, creating, b.is.Create, r)
	err = untouched(ctx, WarnPartial(ctx, err))
	flush()
	Report(&resp.Diagnostics, b.cannotChange(creating, r.Plan), err)
	if made != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, made)...)
		resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	}
}

// act is a verb within its limit.
func (b *bound[C, M]) act(ctx context.Context, of operation, verb func(context.Context, *Request[C, M]) (*M, error),
	r *Request[C, M]) (*M, error) {
	ctx, stop, err := b.limited(ctx, of, r.Plan)
	if err != nil {
		return nil, err
	}
	defer stop()
	return verb(ctx, r)
}

// Read brings the state up to date, or removes what is gone.
func (b *bound[C, M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r := b.request(resp.Private)
	if r.State = read[M](ctx, req.State, &resp.Diagnostics); !r.ready(&resp.Diagnostics) {
		return
	}
	moved, ok := Comes(ctx, b.home, req.Private, &resp.Diagnostics)
	if !ok {
		return
	}
	moved = moved && !b.is.Universal
	defer func() { Strangers(ctx, moved, req.State, resp) }()
	resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	if from := b.origin(ctx, req.Private); from != nil {
		b.readMoved(ctx, r, from, resp)
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	now, err := b.is.Read(ctx, r)
	flush()
	if errors.Is(err, openstack.ErrNotFound) || moved && errors.Is(err, openstack.ErrNoRecords) {
		resp.State.RemoveResource(ctx)
		return
	}
	Report(&resp.Diagnostics, b.cannot("read"), err)
	if now != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, now)...)
	}
}

// Update changes the object in place. What has become of it before a failure is kept in the state with the error; where nothing is said of
// that the former state stays, and what has not become true is planned again.
func (b *bound[C, M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r := b.request(resp.Private)
	r.Plan, r.Config = read[M](ctx, tfsdk.State(req.Plan), &resp.Diagnostics), read[M](ctx, tfsdk.State(req.Config), &resp.Diagnostics)
	if r.State, r.prior = read[M](ctx, req.State, &resp.Diagnostics), req.State; !r.ready(&resp.Diagnostics) {
		return
	}
	if !AtHome(ctx, b.home, req.Private, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	from := b.origin(ctx, req.Private)
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.begin(ctx)
	defer done()
	now, err := b.update(ctx, r, from)
	err = untouched(ctx, WarnPartial(ctx, err))
	flush()
	Report(&resp.Diagnostics, b.cannotChange(updating, r.State), err)
	if now != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, now)...)
	}
	if err == nil && from != nil {
		resp.Diagnostics.Append(ClearOrigin(ctx, resp.Private)...)
	}
}

func (b *bound[C, M]) update(ctx context.Context, r *Request[C, M], from *Origin) (*M, error) {
	switch {
	case from != nil:
		return b.updateMoved(ctx, r, from)
	case b.is.Update == nil:
		return r.Plan, nil
	}
	return b.act(ctx, updating, b.is.Update, r)
}

// Delete removes the object. One that is gone already is no error.
func (b *bound[C, M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	r := b.request(req.Private)
	if r.State = read[M](ctx, req.State, &resp.Diagnostics); !r.ready(&resp.Diagnostics) {
		return
	}
	if !AtHome(ctx, b.home, req.Private, &resp.Diagnostics) || b.skipDelete(ctx, req, &resp.Diagnostics) {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.begin(ctx)
	defer done()
	err := untouched(ctx, WarnPartial(ctx, b.delete(ctx, r)))
	flush()
	if !errors.Is(err, openstack.ErrNotFound) {
		Report(&resp.Diagnostics, b.cannotChange(deleting, r.State), err)
	}
}

func (b *bound[C, M]) delete(ctx context.Context, r *Request[C, M]) error {
	ctx, stop, err := b.limited(ctx, deleting, r.State)
	if err != nil {
		return err
	}
	defer stop()
	return b.is.Delete(ctx, r)
}

// ImportState finds an existing object.
func (b *bound[C, M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r := b.request(resp.Private)
	if r.ID = req.ID; !r.ready(&resp.Diagnostics) {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	found, err := b.is.Import(ctx, r)
	flush()
	Report(&resp.Diagnostics, b.cannot("import"), err)
	if err == nil && found != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, found)...)
		resp.Diagnostics.Append(Settle(ctx, b.home, resp.Private)...)
	}
}
