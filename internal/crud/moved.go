// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	attributepath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// StateMove converts the state of another provider's resource where a moved block asks for it. Terraform does not configure the provider
// for it, so Convert sees the old state alone.
//
// A moved state waits where the resource can Adopt it: it stays as the other provider left it, compared with nothing, until a record of
// its object is found or its first change writes one. The plan after a move is then empty, and vCenter is not touched.
type StateMove[M any] struct {
	From    string   // the old type, which begins with its provider's name: "openstack_networking_port_v2"
	Newest  int64    // the newest version of the old schema that Convert knows
	AsFound bool     // does not wait: the first read fills the state in, as after an import
	There   bool     // the moved object was made elsewhere and exists: it is never deleted
	Keys    []string // arguments of the old state that the first read needs beside the id
	Convert func(old PriorState) (M, error)
}

// Movers returns moves in the framework's form. The framework refuses a type that is in no row, with an error that names it.
func Movers[M any](moves []StateMove[M]) []resource.StateMover {
	out := make([]resource.StateMover, len(moves))
	for i, move := range moves {
		out[i] = resource.StateMover{StateMover: move.move}
	}
	return out
}

// of reports whether a state is the row's: by its type and the last part of its provider's address, so that forks and mirrors match too.
func (m StateMove[M]) of(req resource.MoveStateRequest) bool {
	provider, _, _ := strings.Cut(m.From, "_")
	return req.SourceTypeName == m.From && path.Base(req.SourceProviderAddress) == provider
}

func (m StateMove[M]) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !m.of(req) {
		return
	}
	old, err := m.read(req)
	if err != nil {
		Report(&resp.Diagnostics, "Cannot move "+m.From, err)
		return
	}
	model, err := m.Convert(old)
	Report(&resp.Diagnostics, "Cannot move "+m.From, err)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, model)...)
	if m.There {
		resp.Diagnostics.Append(keepIt(ctx, resp.TargetPrivate)...)
	}
	if m.AsFound && len(m.Keys) == 0 {
		return
	}
	origin := Origin{Type: m.From, ID: old.Text("id").ValueString(), Keys: map[string]string{}}
	for _, key := range m.Keys {
		origin.Keys[key] = old.Text(key).ValueString()
	}
	raw, _ := json.Marshal(origin) // strings
	resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, originKey, raw)...)
}

// read decodes the old state as far as possible.
func (m StateMove[M]) read(req resource.MoveStateRequest) (PriorState, error) {
	if req.SourceSchemaVersion > m.Newest {
		return nil, fmt.Errorf("its state has version %d of the schema of %s, and this provider knows versions up to %d: apply once with an "+
			"older release of the other provider, or use an import block instead of the moved block", req.SourceSchemaVersion, m.From, m.Newest)
	}
	var old PriorState
	if err := json.Unmarshal(req.SourceRawState.JSON, &old); err != nil || old.Text("id").IsNull() {
		return nil, fmt.Errorf("the state of %s cannot be read, or has no id: refresh it once with the other provider, or use an import block "+
			"instead of the moved block", m.From)
	}
	return old, nil
}

// originKey is the key in private state for the Origin.
const originKey = "moved"

// LifeCycleKeys returns the keys that the life cycle uses in private state.
func LifeCycleKeys() []string { return []string{originKey, foundKey, homeKey, regionKey} }

// Origin describes where a waiting state came from.
type Origin struct {
	Type string            `json:"type"`
	ID   string            `json:"id"`
	Keys map[string]string `json:"keys,omitempty"`
}

// Private is private state, as requests and responses hold it.
type Private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// OriginOf returns where a state came from, or nil for a state that does not wait.
func OriginOf(ctx context.Context, private Private) *Origin {
	raw, _ := private.GetKey(ctx, originKey)
	var o Origin
	if len(raw) == 0 || json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return &o
}

// ClearOrigin ends a state's waiting: it forgets where the state came from.
func ClearOrigin(ctx context.Context, private Private) diag.Diagnostics {
	return private.SetKey(ctx, originKey, nil)
}

// foundKey is the key in private state that marks an object as not made by this state.
const foundKey = "found"

// keepIt records that this state did not make its object, so that it never deletes it.
func keepIt(ctx context.Context, private Private) diag.Diagnostics {
	return private.SetKey(ctx, foundKey, []byte("true"))
}

// kept reports whether keepIt was called.
func kept(ctx context.Context, private Private) bool {
	raw, _ := private.GetKey(ctx, foundKey)
	return len(raw) > 0
}

// locate finds the object of a waiting state. adopted reports that a record of it exists with the state's values: another configuration
// or an apply that was killed wrote it, and it is changed from now on and never deleted. A record with other values may belong to a
// different object, and is not taken over.
//
// It replaces the ids in the request's state by their meaning here.
func (b *bound[C, M]) locate(ctx context.Context, r *Request[C, M], from *Origin) (now *M, adopted bool, err error) {
	if b.is.Locate != nil {
		state, ours, err := b.is.Locate(ctx, r)
		if r.State = &state; err != nil || !ours {
			return r.State, false, err
		}
	}
	now, err = b.is.Read(ctx, r)
	if errors.Is(err, openstack.ErrNotFound) || errors.Is(err, openstack.ErrNoRecords) {
		return r.State, false, nil
	}
	if err != nil {
		return r.State, false, err
	}
	if other := b.differing(ctx, *r.State, *now); len(other) > 0 {
		return r.State, false, openstack.AttributeErrorf("id", "the %s %s was moved from %s, and this vCenter's records have one of that id "+
			"already with another %s: it may be another workspace's. Either give both the same values, or take this one out of the state "+
			"(terraform state rm) and import the record, which is then this state's to change and to delete",
			b.noun(), from.ID, from.Type, strings.Join(other, ", "))
	}
	Warn(ctx, "Found in this vCenter's records", fmt.Sprintf(
		"The %s %s was moved from %s, and this vCenter's records have it already, with the same values. This state did not make the record: "+
			"it is read and changed from now on, and stays when its resource goes", b.noun(), from.ID, from.Type))
	keepIt(ctx, r.Private)
	return now, true, nil
}

// differing returns the arguments in which two models differ.
func (b *bound[C, M]) differing(ctx context.Context, one, other M) (out []string) {
	is := b.is.Schema(ctx)
	raw := func(m M) (values map[string]tftypes.Value) {
		state := tfsdk.State{Schema: is, Raw: tftypes.NewValue(is.Type().TerraformType(ctx), nil)}
		if !state.Set(ctx, m).HasError() {
			_ = state.Raw.As(&values) // it is an object
		}
		return values
	}
	was, now := raw(one), raw(other)
	for name, value := range was {
		attribute, of := is.Attributes[name]
		if follows := of && !attribute.IsRequired() && !attribute.IsOptional(); !follows && !value.Equal(now[name]) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// readMoved is Read for a waiting state: it stays as it is.
func (b *bound[C, M]) readMoved(ctx context.Context, r *Request[C, M], from *Origin, resp *resource.ReadResponse) {
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	now, adopted, err := b.locate(ctx, r, from)
	flush()
	Report(&resp.Diagnostics, b.cannot("read"), err)
	if err != nil {
		return
	}
	if resp.Diagnostics.Append(Set(ctx, &resp.State, now)...); adopted {
		resp.Diagnostics.Append(ClearOrigin(ctx, resp.Private)...)
		return
	}
	resp.Diagnostics.AddWarning("Moved, and not in this vCenter's records yet", fmt.Sprintf(
		"The %s %s was moved from %s. Nothing is recorded of it here, so its state stays as it was and is compared with nothing. It is "+
			"written at its next change, under its id.",
		b.noun(), from.ID, from.Type))
}

// unchanged reports whether the configuration changes nothing in a waiting state, and then plans that state: an argument that the
// configuration leaves out keeps the other provider's value, whatever the default here.
func (b *bound[C, M]) unchanged(ctx context.Context, config tfsdk.Config, state tfsdk.State, plan *tfsdk.Plan) bool {
	var written, was, will map[string]tftypes.Value
	if config.Raw.As(&written) != nil || state.Raw.As(&was) != nil || plan.Raw.As(&will) != nil {
		return false
	}
	attributes := b.is.Schema(ctx).Attributes
	for name, value := range will {
		attribute, is := attributes[name]
		left := is && attribute.IsComputed() && written[name].IsNull()
		if !left && !value.Equal(was[name]) {
			return false
		}
	}
	plan.Raw = state.Raw
	return true
}

// updateMoved is Update for a waiting state: it writes the record, under the state's id.
func (b *bound[C, M]) updateMoved(ctx context.Context, r *Request[C, M], from *Origin) (*M, error) {
	state, adopted, err := b.locate(ctx, r, from)
	if err != nil {
		return nil, err
	}
	switch r.State = state; {
	case adopted && b.is.Update == nil:
		return r.Plan, nil
	case adopted:
		return b.act(ctx, updating, b.is.Update, r)
	case b.is.AdoptInto != nil:
		return b.act(ctx, updating, b.is.AdoptInto, r)
	}
	made, err := b.act(ctx, creating, b.is.Adopt, r)
	if made != nil { // this state recorded it, even if with an error
		ClearOrigin(ctx, r.Private)
	}
	if errors.Is(err, openstack.ErrNotFound) {
		err = fmt.Errorf("%w. It was moved from %s, and is to be written into this vCenter's records now: what it builds on must be there first",
			err, from.Type)
	}
	return made, err
}

// skipDelete reports whether an object stays when its resource goes, because this state did not make it. A waiting state never recorded
// its object, even if a record exists by now.
func (b *bound[C, M]) skipDelete(ctx context.Context, req resource.DeleteRequest, diags *diag.Diagnostics) bool {
	from := b.origin(ctx, req.Private)
	if from == nil && !kept(ctx, req.Private) {
		return false
	}
	var id types.String
	diags.Append(req.State.GetAttribute(ctx, attributepath.Root("id"), &id)...)
	why := "was there already when it was moved here"
	if from != nil {
		why = "was moved from " + from.Type + ", and nothing was ever recorded of it by this state"
	}
	diags.AddWarning("Nothing was deleted", fmt.Sprintf("The %s %s %s. It is no longer managed, and whatever there is of it stays.", b.noun(),
		id.ValueString(), why))
	return true
}
