// SPDX-License-Identifier: MPL-2.0

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

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Resource describes a resource: its name, its schema, and one function per verb. M is its model, a struct with tfsdk tags; C is the
// client that the provider configures.
//
// A verb that fails half-way returns the model and the error, and both are kept, so that Terraform taints the object instead of losing
// it, and knows what has changed. openstack.ErrNotFound removes the resource from the state on Read and is ignored on Delete.
type Resource[C any, M any] struct {
	Name   string // without the provider's prefix: "compute_flavor"
	Schema func(ctx context.Context) schema.Schema
	// optional: refuses at validate what no plan could accept; values may still be unknown
	Check  func(config M) error
	Plan   func(ctx context.Context, r *Request[C, M]) error       // optional; State is nil at create
	Create func(ctx context.Context, r *Request[C, M]) (*M, error) // a model with an error: the object exists
	Read   func(ctx context.Context, r *Request[C, M]) (*M, error) // a model with an error: the model is true as far as it goes
	// nil where every change replaces; a model with an error is the state after the failure
	Update func(ctx context.Context, r *Request[C, M]) (*M, error)
	Delete func(ctx context.Context, r *Request[C, M]) error
	Import func(ctx context.Context, r *Request[C, M]) (*M, error)

	PlanUnconfigured func(ctx context.Context, r *Request[C, M]) error // optional: replaces Plan while there is no client yet
	PlanDelete       func(ctx context.Context, r *Request[C, M]) error // optional: before a destroy, with or without a client

	Timeouts  func(m *M) timeouts.Value // optional: the block of that name, whose limits apply
	Timeout   time.Duration             // of operations without a written limit
	Interrupt Interrupt
	Title     func(m *M) string // optional: names the object in an error about a change
	Private   []string          // keys that verbs use in private state
	Upgrades  map[int64]resource.StateUpgrader
	Renews    bool // in the second plan of a replacement it drops by itself what it expected of the old object
	Universal bool // its ids mean the same in every vCenter: an object found under one is the state's, whatever its name

	Moves []StateMove[M] // the moved blocks that it accepts
	// optional: translates the ids of a moved state; the state goes on waiting where the object is not ours
	Locate func(ctx context.Context, r *Request[C, M]) (now M, ours bool, err error)
	// records a moved object, under its ids; nil where nothing waits
	Adopt func(ctx context.Context, r *Request[C, M]) (*M, error)
	// replaces Adopt where the moved object exists and is written to
	AdoptInto func(ctx context.Context, r *Request[C, M]) (*M, error)
}

// New returns the resource in the framework's form.
func (r Resource[C, M]) New() resource.Resource {
	b := &bound[C, M]{is: r}
	if r.Upgrades == nil {
		return b
	}
	return upgraded[C, M]{b}
}

// upgraded is a resource whose schema had other versions.
type upgraded[C any, M any] struct{ *bound[C, M] }

// UpgradeState upgrades states of older releases.
func (u upgraded[C, M]) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return u.is.Upgrades
}

type bound[C any, M any] struct {
	is      Resource[C, M]
	data    any          // what the provider configured, nil before
	home    Home         // nil where the client belongs to no server
	regions *region.List // nil where the provider has one vCenter
}

var (
	_ resource.ResourceWithConfigure   = &bound[int, struct{}]{}
	_ resource.ResourceWithImportState = &bound[int, struct{}]{}
	_ resource.ResourceWithModifyPlan  = &bound[int, struct{}]{}
	_ resource.ResourceWithMoveState   = &bound[int, struct{}]{}
	_ resource.ResourceWithIdentity    = &bound[int, struct{}]{}

	_ resource.ResourceWithUpgradeState   = upgraded[int, struct{}]{}
	_ resource.ResourceWithValidateConfig = &bound[int, struct{}]{}
)

// Metadata sets the name of the resource.
func (b *bound[C, M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.is.Name
	resp.ResourceBehavior.MutableIdentity = true // a vCenter that was built anew has another UUID, and datacenters another id
	resp.ResourceBehavior.ProviderDeferred = whileDeferred()
}

// Schema returns the resource's schema.
func (b *bound[C, M]) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = b.is.Schema(ctx)
}

// ValidateConfig refuses what is wrong whatever the unknown values become. At this point nothing exists yet that a destroy would have to
// plan around.
func (b *bound[C, M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if b.is.Check == nil {
		return
	}
	var config M
	if resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Config), &config)...); !resp.Diagnostics.HasError() {
		Report(&resp.Diagnostics, "Wrong "+b.noun(), b.is.Check(config))
	}
}

// Configure takes the clients to choose from, which are absent while the provider's configuration is unknown.
func (b *bound[C, M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	b.data = req.ProviderData
	b.home, _ = Pick[Home](req.ProviderData)
	b.regions, _ = req.ProviderData.(*region.List)
}

// request starts the request of a verb, with its client.
func (b *bound[C, M]) request(private Private) *Request[C, M] {
	client, configured := Pick[C](b.data)
	return &Request[C, M]{Client: client, Configured: configured, Private: private}
}

// ready reports an error where there is no client for a request.
func (r *Request[C, M]) ready(diags *diag.Diagnostics) bool {
	if !r.Configured && !diags.HasError() {
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

// Unconfigured adds the error that a verb needs a vCenter while the provider's configuration is unknown.
func Unconfigured(diags *diag.Diagnostics) {
	diags.AddError("The provider is not configured yet",
		"Its configuration holds values that are only known after apply, and this step needs the vCenter. Apply what they come from first "+
			"(terraform apply -target=...), or write them as constants or environment variables.")
}

func (b *bound[C, M]) noun() string { return strings.ReplaceAll(b.is.Name, "_", " ") }

// MoveState converts the states of other providers.
func (b *bound[C, M]) MoveState(context.Context) []resource.StateMover { return Movers(b.is.Moves) }

// PrivateKeys returns the keys that the life cycle and the verbs use in private state.
func (b *bound[C, M]) PrivateKeys() []string { return append(LifeCycleKeys(), b.is.Private...) }

// origin returns where a waiting state came from, or nil for a state that does not wait.
func (b *bound[C, M]) origin(ctx context.Context, private Private) *Origin {
	if b.is.Adopt == nil && b.is.AdoptInto == nil {
		return nil
	}
	return OriginOf(ctx, private)
}

// Create makes the object. After a failure, the part that exists is kept in the state together with the error.
func (b *bound[C, M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	b = b.toCreate(req, &resp.Diagnostics)
	r := b.request(resp.Private)
	r.Plan, r.Config = read[M](ctx, tfsdk.State(req.Plan), &resp.Diagnostics), read[M](ctx, tfsdk.State(req.Config), &resp.Diagnostics)
	if !r.ready(&resp.Diagnostics) {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.begin(ctx)
	defer done()
	made, err := b.act(ctx, creating, b.is.Create, r)
	err = b.hint(req.Config.Raw, untouched(ctx, WarnPartial(ctx, err)))
	flush()
	Report(&resp.Diagnostics, b.cannotChange(creating, r.Plan), err)
	if made != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, made)...)
		resp.Diagnostics.Append(b.settle(ctx, resp.State, resp.Private)...)
		identify(ctx, b.home, resp.State, resp.Identity)
	}
}

// act runs a verb within its time limit.
func (b *bound[C, M]) act(ctx context.Context, of operation, verb func(context.Context, *Request[C, M]) (*M, error),
	r *Request[C, M]) (*M, error) {
	ctx, stop, err := b.limited(ctx, of, r.Plan)
	if err != nil {
		return nil, err
	}
	defer stop()
	return verb(ctx, r)
}

// Read refreshes the state, or removes it where the object is gone.
func (b *bound[C, M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	b = b.where(ctx, req.State.Raw, req.Private, &resp.Diagnostics)
	r := b.request(resp.Private)
	if r.State = read[M](ctx, req.State, &resp.Diagnostics); !r.ready(&resp.Diagnostics) {
		return
	}
	moved, ok := Comes(ctx, b.home, req.Private, &resp.Diagnostics)
	if !ok {
		return
	}
	moved = moved && !b.is.Universal
	identify(ctx, b.home, req.State, resp.Identity) // the framework wants one of an object that is gone as well
	defer func() {
		Strangers(ctx, moved, req.State, resp)
		b.rename(&resp.State)
		identify(ctx, b.home, resp.State, resp.Identity)
	}()
	from := b.origin(ctx, req.Private)
	if from == nil || b.regions == nil { // what is recorded nowhere yet is in no region
		resp.Diagnostics.Append(b.settle(ctx, req.State, resp.Private)...)
	}
	if from != nil {
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

// Update changes the object in place. After a failure, the model that the verb returned is kept in the state together with the error.
// Where it returned none, the former state stays, and the next plan repeats what was not done.
func (b *bound[C, M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	b = b.toUpdate(ctx, req, &resp.Diagnostics)
	r := b.request(resp.Private)
	r.Plan, r.Config = read[M](ctx, tfsdk.State(req.Plan), &resp.Diagnostics), read[M](ctx, tfsdk.State(req.Config), &resp.Diagnostics)
	if r.State, r.prior = read[M](ctx, req.State, &resp.Diagnostics), req.State; !r.ready(&resp.Diagnostics) {
		return
	}
	if !AtHome(ctx, b.home, req.Private, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(b.settle(ctx, tfsdk.State(req.Plan), resp.Private)...)
	from := b.origin(ctx, req.Private)
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	ctx, done := b.begin(ctx)
	defer done()
	now, err := b.update(ctx, r, from)
	err = b.hint(req.Config.Raw, untouched(ctx, WarnPartial(ctx, err)))
	flush()
	Report(&resp.Diagnostics, b.cannotChange(updating, r.State), err)
	if now != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, now)...)
	}
	if err == nil && from != nil {
		resp.Diagnostics.Append(ClearOrigin(ctx, resp.Private)...)
	}
	identify(ctx, b.home, resp.State, resp.Identity)
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

// Delete removes the object. An object that is already gone is no error.
func (b *bound[C, M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	b = b.where(ctx, req.State.Raw, req.Private, &resp.Diagnostics)
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
	b = b.toImport(ctx, &req, &resp.Diagnostics)
	r := b.request(resp.Private)
	if !r.ready(&resp.Diagnostics) {
		return
	}
	if r.ID = b.wanted(ctx, req, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	found, err := b.is.Import(ctx, r)
	flush()
	Report(&resp.Diagnostics, b.cannot("import"), err)
	if err == nil && found != nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, found)...)
		b.name(&resp.State)
		resp.Diagnostics.Append(b.settle(ctx, resp.State, resp.Private)...)
		identify(ctx, b.home, resp.State, resp.Identity)
	}
}
