// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// crate is the model of a resource that can be moved here. Its client is a shelf of records, by id.
type crate struct {
	ID    types.String `tfsdk:"id"`
	Label types.String `tfsdk:"label"`
	Size  types.Int64  `tfsdk:"size"`
}

type shelf struct {
	crates map[string]crate
	gone   bool // the shelf itself
	calls  []string
}

func (s *shelf) crate(verb, id string) (crate, error) {
	s.calls = append(s.calls, verb)
	if s.gone {
		return crate{}, openstack.ErrNoRecords
	}
	c, ok := s.crates[id]
	if !ok {
		return c, openstack.NotFound("no crate %s", id)
	}
	return c, nil
}

func (s *shelf) put(verb string, c *crate) (*crate, error) {
	s.calls = append(s.calls, verb)
	s.crates[c.ID.ValueString()] = *c
	return c, nil
}

type crateRequest = *Request[*shelf, crate]

var crates = Resource[*shelf, crate]{
	Name: "crate",
	Schema: func(context.Context) schema.Schema {
		return schema.Schema{Attributes: map[string]schema.Attribute{"id": schema.StringAttribute{Computed: true},
			"label": schema.StringAttribute{Optional: true},
			"size":  schema.Int64Attribute{Optional: true, Computed: true, Default: int64default.StaticInt64(1)}}}
	},
	Plan: func(_ context.Context, r crateRequest) error {
		if r.Client.calls = append(r.Client.calls, "plan"); r.Plan.Size.ValueInt64() > 5 {
			return openstack.AttributeErrorf("size", "it is too large")
		}
		return nil
	},
	Create: func(_ context.Context, r crateRequest) (*crate, error) { return r.Client.put("create", r.Plan) },
	Read: func(_ context.Context, r crateRequest) (*crate, error) {
		return Result(r.Client.crate("read", r.State.ID.ValueString()))
	},
	Update: func(_ context.Context, r crateRequest) (*crate, error) { return r.Client.put("update", r.Plan) },
	Delete: func(_ context.Context, r crateRequest) error {
		_, err := r.Client.crate("delete", r.State.ID.ValueString())
		return err
	},
	Moves: []StateMove[crate]{{From: "other_box", Newest: 2, Convert: func(old PriorState) (crate, error) {
		return crate{ID: old.Text("id"), Label: old.Text("label"), Size: old.Int("size")}, nil
	}}},
	Adopt: func(_ context.Context, r crateRequest) (*crate, error) { return r.Client.put("adopt", r.Plan) },
}

// TestMovedWaits: reads keep a moved state and say so, and a plan without changes is empty, whatever the defaults here.
func TestMovedWaits(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*shelf{"no record": {crates: map[string]crate{}}, "no shelf": {gone: true}} {
		t.Run(name, func(t *testing.T) {
			y := inYard(t, s)
			state, private := y.moved()
			y.is("the moved state", state, "a", "fragile", 3)
			for range 2 {
				read := y.read(state, private)
				y.is("what is read", read.NewState, "a", "fragile", 3)
				if len(read.Diagnostics) != 1 || !strings.Contains(read.Diagnostics[0].Detail, "The crate a was moved from other_box.") {
					t.Errorf("it is kept with the words %v", read.Diagnostics)
				}
				state, private = read.NewState, read.Private
			}
			y.called("read read")
			plan := y.plan(state, y.value(nil, "fragile", nil), y.value("a", "fragile", 3), private)
			y.must(nil, plan.Diagnostics)
			y.is("the plan", plan.PlannedState, "a", "fragile", 3)
			y.called("") // nothing is changed, so nothing is refused
		})
	}
}

// TestMovedIsAdopted: the first change records the object under its id, and ends the waiting.
func TestMovedIsAdopted(t *testing.T) {
	t.Parallel()
	y := inYard(t, &shelf{crates: map[string]crate{}})
	state, private := y.moved()
	config := y.value(nil, "heavy", 2)
	refused := y.plan(state, y.value(nil, "heavy", 6), y.value("a", "heavy", 6), private)
	if len(refused.Diagnostics) != 1 || !strings.Contains(refused.Diagnostics[0].Detail, "too large") {
		t.Errorf("a change that is refused: %v", refused.Diagnostics)
	}
	y.calls = nil
	applied := y.apply(state, config, y.value("a", "heavy", 2), private)
	y.is("what is applied", applied.NewState, "a", "heavy", 2)
	y.called("read adopt")
	read := y.read(applied.NewState, applied.Private)
	if y.called("read"); len(read.Diagnostics) > 0 {
		t.Errorf("it is recorded, and yet: %v", read.Diagnostics)
	}
	y.apply(read.NewState, config, y.value("a", "heavy", 4), read.Private)
	y.called("update")
	delete(y.crates, "a") // deleted outside of Terraform: it is gone, like any recorded object
	if gone := y.read(read.NewState, read.Private); gone.NewState != nil {
		y.is("what is gone", gone.NewState, nil, nil, nil)
	}
}

// TestMovedIsFound: a record with the same values is taken as the state's object: changes go to it, with one warning, and it is not
// deleted, because this state did not make it.
func TestMovedIsFound(t *testing.T) {
	t.Parallel()
	recorded := crate{types.StringValue("a"), types.StringValue("fragile"), types.Int64Value(3)}
	y := inYard(t, &shelf{crates: map[string]crate{"a": recorded}})
	state, private := y.moved()
	read := y.read(state, private)
	y.is("what is read", read.NewState, "a", "fragile", 3)
	if len(read.Diagnostics) != 1 || read.Diagnostics[0].Summary != "Found in this vCenter's records" ||
		strings.Contains(string(read.Private), "other_box") {
		t.Errorf("it waits on: %v, %s", read.Diagnostics, read.Private)
	}
	y.calls = nil
	none := y.value(nil, nil, nil)
	for what, from := range map[string]struct {
		state   *tfprotov6.DynamicValue
		private []byte
	}{"refreshed": {read.NewState, read.Private}, "not refreshed": {state, private}} {
		y.crates["a"], y.calls = recorded, nil
		changed := y.apply(from.state, y.value(nil, "heavy", 2), y.value("a", "heavy", 2), from.private)
		if !strings.HasSuffix(strings.Join(y.calls, " "), "update") {
			t.Errorf("%s: a change asks it to %v", what, y.calls)
		}
		again := y.read(changed.NewState, changed.Private)
		y.calls = nil
		gone := y.apply(again.NewState, none, none, again.Private)
		if y.called(""); len(again.Diagnostics) > 0 || len(gone.Diagnostics) != 1 ||
			!strings.Contains(gone.Diagnostics[0].Detail, "The crate a was there already when it was moved here.") {
			t.Errorf("%s: it is read with the words %v and deleted with %v", what, again.Diagnostics, gone.Diagnostics)
		}
	}
}

// TestMovedIsAnother: a record with other values may belong to a different object, and is neither taken over nor deleted.
func TestMovedIsAnother(t *testing.T) {
	t.Parallel()
	y := inYard(t, &shelf{crates: map[string]crate{"a": {types.StringValue("a"), types.StringValue("copied"), types.Int64Value(4)}}})
	state, private := y.moved()
	const want = "the crate a was moved from other_box, and this vCenter's records have one of that id already with another label, size"
	read, err := y.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: "test_crate", CurrentState: state, Private: private})
	if err != nil || len(read.Diagnostics) != 1 || !strings.Contains(read.Diagnostics[0].Detail, want) {
		t.Errorf("it is read with the words %v: %v", read.Diagnostics, err)
	}
	config := y.value(nil, "heavy", 2)
	applied, err := y.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: "test_crate", PriorState: state,
		Config: config, PlannedState: y.value("a", "heavy", 2), PlannedPrivate: private})
	if err != nil || len(applied.Diagnostics) != 1 || !strings.Contains(applied.Diagnostics[0].Detail, want) {
		t.Errorf("it is changed with the words %v: %v", applied.Diagnostics, err)
	}
	y.called("read read")
	y.apply(state, y.value(nil, nil, nil), y.value(nil, nil, nil), private)
	y.called("")
}

// TestMovedIsDeleted: an object that was never recorded needs no delete.
func TestMovedIsDeleted(t *testing.T) {
	t.Parallel()
	y := inYard(t, &shelf{crates: map[string]crate{}})
	state, private := y.moved()
	out := y.apply(state, y.value(nil, nil, nil), y.value(nil, nil, nil), private)
	if y.called(""); len(out.Diagnostics) != 1 || !strings.Contains(out.Diagnostics[0].Summary, "Nothing was deleted") {
		t.Errorf("it is deleted with the words %v", out.Diagnostics)
	}
}

// TestMoveRefused: a state of an unknown type is refused.
func TestMoveRefused(t *testing.T) {
	t.Parallel()
	y := inYard(t, &shelf{})
	for name, c := range map[string]struct {
		from, provider, state string
		version               int64
		want                  string
	}{
		"another type":     {"other_bag", "example.org/fork/other", otherBox, 2, "does not include support for the given source resource"},
		"another provider": {"other_box", "example.org/other/fork", otherBox, 2, "does not include support for the given source resource"},
		"a newer schema": {"other_box", "example.org/fork/other", otherBox, 3,
			"its state has version 3 of the schema of other_box, and this provider knows versions up to 2"},
		"no JSON": {"other_box", "example.org/fork/other", "", 2, "cannot be read, or has no id"},
		"no id":   {"other_box", "example.org/fork/other", `{"id":""}`, 2, "cannot be read, or has no id"},
	} {
		out := y.move(c.from, c.provider, c.state, c.version)
		if len(out.Diagnostics) != 1 || !strings.Contains(out.Diagnostics[0].Detail, c.want) {
			t.Errorf("%s: %v", name, out.Diagnostics)
		}
	}
}

// TestOld: an old state is read whatever form a release gave its values.
func TestOld(t *testing.T) {
	t.Parallel()
	old := PriorState{"text": "a", "empty": "", "number": 3.0, "numeric": "3", "yes": true, "true": "true", "no": "false",
		"list": []any{"a", 1.0}, "none": []any{}, "map": map[string]any{"k": true},
		"timeouts": map[string]any{"create": "5m"}, "blocks": []any{map[string]any{"a": "b"}, "odd"}}
	for what, holds := range map[string]bool{
		"a text": old.Text("text").ValueString() == "a", "an empty text": old.Text("empty").IsNull(), "no text": old.Text("nothing").IsNull(),
		"a number": old.Int("number").ValueInt64() == 3, "a number in a text": old.Int("numeric").ValueInt64() == 3,
		"no number":  old.Int("text").IsNull() && old.Float("text").IsNull(),
		"a boolean":  old.Bool("yes").ValueBool() && old.Bool("true").ValueBool() && !old.Bool("no").ValueBool(),
		"no boolean": old.Bool("text").IsNull(),
		"a default":  old.Or("nothing", true).ValueBool() && !old.Or("no", true).ValueBool(), "one value only": old.Only(true, "no").IsNull() &&
			old.Only(true, "yes").ValueBool(),
		"a list": len(old.List("list").Elements()) == 2 && old.List("none").IsNull(), "a set": len(old.Set("list").Elements()) == 2 &&
			old.Set("none").IsNull(),
		"a map": StringMap(old.Map("map"))["k"] == "true" && old.Map("list").IsNull(), "blocks": len(old.Blocks("blocks")) == 1 &&
			old.Blocks("text") == nil,
		"limits": old.Timeouts("create", "delete").Attributes()["create"].Equal(types.StringValue("5m")) &&
			PriorState{}.Timeouts("create").IsNull(), "a zero": PriorState{"n": 0.0}.Positive("n").IsNull(),
	} {
		if !holds {
			t.Errorf("%s is read as something else", what)
		}
	}
}
