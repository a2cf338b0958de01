// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol/proposed"
)

// schema returns a block with each kind of argument, in blocks of each kind.
func schema() *tfprotov6.SchemaBlock {
	inner := &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
		{Name: "name", Type: tftypes.String, Optional: true}, {Name: "mac", Type: tftypes.String, Optional: true, Computed: true},
		{Name: "id", Type: tftypes.String, Computed: true}}}
	return &tfprotov6.SchemaBlock{
		Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "size", Type: tftypes.String, Optional: true}, {Name: "zone", Type: tftypes.String, Optional: true, Computed: true},
			{Name: "id", Type: tftypes.String, Computed: true}, {Name: "secret", Type: tftypes.String, Optional: true, WriteOnly: true}},
		BlockTypes: []*tfprotov6.SchemaNestedBlock{
			{TypeName: "nic", Block: inner, Nesting: tfprotov6.SchemaNestedBlockNestingModeList},
			{TypeName: "rule", Block: inner, Nesting: tfprotov6.SchemaNestedBlockNestingModeSet},
			{TypeName: "one", Block: inner, Nesting: tfprotov6.SchemaNestedBlockNestingModeSingle}},
	}
}

type object = map[string]any

func TestProposed(t *testing.T) {
	t.Parallel()
	ty := schema().ValueType()
	for name, c := range map[string]struct{ prior, config, want any }{
		"new":     {nil, object{"size": "1", "secret": "x"}, object{"size": "1", "secret": "x"}},
		"removed": {object{"id": "7"}, nil, nil},
		"computed stays": {object{"size": "1", "zone": "a", "id": "7"}, object{"size": "2"},
			object{"size": "2", "zone": "a", "id": "7"}},
		"configured goes before the prior": {object{"zone": "a"}, object{"zone": "b"}, object{"zone": "b"}},
		"what is optional goes":            {object{"size": "1"}, object{}, object{}},
		"unknown stays unknown":            {object{"zone": "a"}, object{"zone": tftypes.UnknownValue}, object{"zone": tftypes.UnknownValue}},
		"lists by place": {object{"nic": []any{object{"name": "a", "mac": "1", "id": "1"}, object{"name": "b", "mac": "2", "id": "2"}}},
			object{"nic": []any{object{"name": "c"}, object{"name": "b", "mac": "3"}, object{"name": "d"}}},
			object{"nic": []any{object{"name": "c", "mac": "1", "id": "1"}, object{"name": "b", "mac": "3", "id": "2"}, object{"name": "d"}}}},
		"sets by what they are": {object{"rule": []any{object{"name": "a", "mac": "1", "id": "1"}, object{"name": "b", "mac": "2", "id": "2"}}},
			object{"rule": []any{object{"name": "b"}, object{"name": "c"}, object{"name": "a", "mac": "9"}}},
			object{"rule": []any{object{"name": "b", "mac": "2", "id": "2"}, object{"name": "c"}, object{"name": "a", "mac": "9"}}}},
		"one block": {object{"one": object{"name": "a", "mac": "1", "id": "1"}}, object{"one": object{"name": "b"}},
			object{"one": object{"name": "b", "mac": "1", "id": "1"}}},
		"one block new": {object{}, object{"one": object{"name": "b"}}, object{"one": object{"name": "b"}}},
	} {
		config := Value(ty, c.config)
		if got, want := proposed.State(schema(), Value(ty, c.prior), config), Value(ty, c.want); !got.Equal(want) {
			t.Errorf("%s: proposed is\n%s, not\n%s", name, got, want)
		}
		if !config.Equal(Value(ty, c.config)) {
			t.Errorf("%s: the configuration has become %s", name, config)
		}
	}
}

func TestFollows(t *testing.T) {
	t.Parallel()
	ty := schema().ValueType()
	unknown := any(tftypes.UnknownValue)
	for name, c := range map[string]struct {
		planned, now any
		want         bool
	}{
		"as planned":         {object{"size": "1"}, object{"size": "1"}, true},
		"another value":      {object{"size": "1"}, object{"size": "2"}, false},
		"null was planned":   {object{}, object{"size": "2"}, false},
		"what was not known": {object{"id": unknown}, object{"id": "7"}, true},
		"a block more": {object{"nic": []any{object{"name": "a"}}}, object{"nic": []any{object{"name": "a"}, object{"name": "b"}}},
			false},
		"unknown in a block": {object{"nic": []any{object{"name": "a", "id": unknown}}},
			object{"nic": []any{object{"name": "a", "id": "1"}}}, true},
		"another block": {object{"nic": []any{object{"name": "a", "id": unknown}}},
			object{"nic": []any{object{"name": "b", "id": "1"}}}, false},
		"a set in another order": {object{"rule": []any{object{"name": "a"}, object{"name": "b"}}},
			object{"rule": []any{object{"name": "b"}, object{"name": "a"}}}, true},
		"an element that is not": {object{"rule": []any{object{"name": "a"}}}, object{"rule": []any{object{"name": "b"}}}, false},
		"an element too many": {object{"rule": []any{object{"name": "a"}}}, object{"rule": []any{object{"name": "a"}, object{"name": "b"}}},
			false},
		"gone, though it was kept": {object{"size": "1"}, nil, false},
	} {
		if got := proposed.Follows(Value(ty, c.planned), Value(ty, c.now)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
