package crud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Move is a resource of another provider that becomes this one where a moved block says so. Terraform does not configure the provider
// for it, so Convert has nothing but the old state to go by.
//
// What was moved waits, where the resource can Adopt it: its state stays as the other provider left it, compared with nothing, until a
// record of it is found or its first change writes one. The plan after a move is then empty, and the vCenter is not touched.
type Move[M any] struct {
	From    string   // the old type, which begins with its provider's name: "openstack_networking_port_v2"
	Newest  int64    // the newest version of the old schema that Convert knows
	AsFound bool     // it does not wait: the first read says what it is, as after an import
	Keys    []string // arguments of the old state that the first read needs beside the id
	Convert func(old Old) (M, error)
}

// Movers gives moves to the framework. A type that no row has is left to the framework, whose error names it.
func Movers[M any](moves []Move[M]) []resource.StateMover {
	out := make([]resource.StateMover, len(moves))
	for i, move := range moves {
		out[i] = resource.StateMover{StateMover: move.move}
	}
	return out
}

// of says that a state is the row's: by its type and the last part of its provider's address, so that forks and mirrors do as well.
func (m Move[M]) of(req resource.MoveStateRequest) bool {
	provider, _, _ := strings.Cut(m.From, "_")
	return req.SourceTypeName == m.From && path.Base(req.SourceProviderAddress) == provider
}

func (m Move[M]) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
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

// read decodes the old state as far as it can be known.
func (m Move[M]) read(req resource.MoveStateRequest) (Old, error) {
	if req.SourceSchemaVersion > m.Newest {
		return nil, fmt.Errorf("its state has version %d of the schema of %s, and this provider knows versions up to %d: apply once with an older release of the other provider, or use an import block instead of the moved block", req.SourceSchemaVersion, m.From, m.Newest)
	}
	var old Old
	if err := json.Unmarshal(req.SourceRawState.JSON, &old); err != nil || old.Text("id").IsNull() {
		return nil, fmt.Errorf("the state of %s cannot be read, or has no id: refresh it once with the other provider, or use an import block instead of the moved block", m.From)
	}
	return old, nil
}

// originKey is where private state keeps the Origin.
const originKey = "moved"

// Origin is where a state came from that waits to be adopted.
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

// OriginOf is where a state came from; nil for one that does not wait.
func OriginOf(ctx context.Context, private Private) *Origin {
	raw, _ := private.GetKey(ctx, originKey)
	var o Origin
	if len(raw) == 0 || json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return &o
}

// Arrived forgets where a state came from: it waits no longer.
func Arrived(ctx context.Context, private Private) diag.Diagnostics {
	return private.SetKey(ctx, originKey, nil)
}

// locate finds what a state that waits is about. adopted says that a record of it is there: the state is then brought up to that.
func (b *bound[C, M]) locate(ctx context.Context, state M) (now M, adopted bool, err error) {
	if b.is.Locate != nil {
		var ours bool
		if state, ours, err = b.is.Locate(ctx, b.client, state); err != nil || !ours {
			return state, false, err
		}
	}
	now, err = b.is.Read(ctx, b.client, state)
	if errors.Is(err, openstack.ErrNotFound) || errors.Is(err, openstack.ErrNoRecords) {
		return state, false, nil
	}
	return now, err == nil, err
}

// readMoved is Read for a state that waits: it stays as it is.
func (b *bound[C, M]) readMoved(ctx context.Context, state M, from *Origin, resp *resource.ReadResponse) {
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	now, adopted, err := b.locate(ctx, state)
	flush()
	Report(&resp.Diagnostics, b.cannot("read"), err)
	if err != nil {
		return
	}
	if resp.Diagnostics.Append(resp.State.Set(ctx, now)...); adopted {
		resp.Diagnostics.Append(Arrived(ctx, resp.Private)...)
		return
	}
	resp.Diagnostics.AddWarning("Moved, and not in this vCenter's records yet", fmt.Sprintf(
		"The %s %s was moved from %s. Nothing is recorded of it here, so its state stays as it was and is compared with nothing. It is written at its next change, under its id.",
		b.noun(), from.ID, from.Type))
}

// unchanged says that nothing is asked of a state that waits, and plans it as it stands: what the configuration leaves out is as the other
// provider had it, whatever is usual here.
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

// updateMoved is Update for a state that waits: its record is written, under its id.
func (b *bound[C, M]) updateMoved(ctx context.Context, plan, state M, from *Origin) (M, error) {
	state, adopted, err := b.locate(ctx, state)
	switch {
	case err != nil:
		return plan, err
	case adopted && b.is.Update == nil:
		return plan, nil
	case adopted:
		return b.is.Update(ctx, b.client, plan, state)
	case b.is.Onto != nil:
		return b.is.Onto(ctx, b.client, plan, state)
	}
	made, err := b.is.Adopt(ctx, b.client, plan)
	if errors.Is(err, openstack.ErrNotFound) {
		err = fmt.Errorf("%w. It was moved from %s, and is to be written into this vCenter's records now: what it builds on must be there first", err, from.Type)
	}
	if made == nil {
		return plan, err
	}
	return *made, err
}

// deleteMoved says whether there is anything to delete of a state that waits.
func (b *bound[C, M]) deleteMoved(ctx context.Context, state M, from *Origin, diags *diag.Diagnostics) (adopted bool) {
	_, adopted, err := b.locate(ctx, state)
	Report(diags, b.cannot("delete"), err)
	if err == nil && !adopted {
		diags.AddWarning("Nothing was deleted", fmt.Sprintf(
			"The %s %s was moved from %s, and nothing was ever recorded of it here. It is no longer managed, and whatever there is of it elsewhere stays.", b.noun(), from.ID, from.Type))
	}
	return adopted
}
