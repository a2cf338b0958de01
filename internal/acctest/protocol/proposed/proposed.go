// SPDX-License-Identifier: MPL-2.0

// Package proposed is what Terraform proposes to a provider before it plans.
package proposed

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol/parts"
)

// State returns the new state that Terraform proposes to a provider: the configuration, and the prior state where the configuration
// leaves something to the provider. Blocks are matched by their place in a list or their key in a map, and in a set to the prior element
// that the configuration could have become. Write-only arguments are proposed as they are written: the provider leaves them out.
func State(block *tfprotov6.SchemaBlock, prior, config tftypes.Value) tftypes.Value {
	if !config.IsKnown() || config.IsNull() {
		return config
	}
	had, out := parts.Attributes(prior), parts.Attributes(config)
	for _, a := range block.Attributes {
		null := tftypes.NewValue(a.ValueType(), nil)
		before, remembered := had[a.Name]
		if !remembered {
			before = null
		}
		switch {
		case a.NestedType != nil && a.Optional:
			panic(a.Name + " is an attribute with attributes that can be written, and nothing here says what Terraform proposes for such")
		case a.Computed && (!a.Optional || out[a.Name].IsNull()):
			out[a.Name] = before
		}
	}
	for _, b := range block.BlockTypes {
		before, remembered := had[b.TypeName]
		if !remembered {
			before = tftypes.NewValue(out[b.TypeName].Type(), nil)
		}
		out[b.TypeName] = proposedBlocks(b, before, out[b.TypeName])
	}
	return tftypes.NewValue(config.Type(), out)
}

func proposedBlocks(b *tfprotov6.SchemaNestedBlock, prior, config tftypes.Value) tftypes.Value {
	if !config.IsKnown() || config.IsNull() {
		return config
	}
	switch b.Nesting {
	case tfprotov6.SchemaNestedBlockNestingModeSingle, tfprotov6.SchemaNestedBlockNestingModeGroup:
		return State(b.Block, prior, config)
	case tfprotov6.SchemaNestedBlockNestingModeMap:
		had, out := parts.Attributes(prior), parts.Attributes(config)
		for key, element := range out {
			out[key] = State(b.Block, orNull(had[key], element), element)
		}
		return tftypes.NewValue(config.Type(), out)
	case tfprotov6.SchemaNestedBlockNestingModeSet:
		return tftypes.NewValue(config.Type(), proposedSet(b.Block, parts.Elements(prior), parts.Elements(config)))
	}
	had, out := parts.Elements(prior), parts.Elements(config)
	for i, element := range out {
		var before tftypes.Value
		if i < len(had) {
			before = had[i]
		}
		out[i] = State(b.Block, orNull(before, element), element)
	}
	return tftypes.NewValue(config.Type(), out)
}

func orNull(v, like tftypes.Value) tftypes.Value {
	if v.Type() == nil {
		return tftypes.NewValue(like.Type(), nil)
	}
	return v
}

// proposedSet gives each configured element the computed values of one prior element that it could have become, and each prior element to
// only one of them.
func proposedSet(block *tfprotov6.SchemaBlock, had, config []tftypes.Value) []tftypes.Value {
	used, out := make([]bool, len(had)), make([]tftypes.Value, len(config))
	for i, element := range config {
		before := tftypes.NewValue(element.Type(), nil)
		for j, candidate := range had {
			if !used[j] && State(block, candidate, element).Equal(candidate) {
				before, used[j] = candidate, true
				break
			}
		}
		out[i] = State(block, before, element)
	}
	return out
}

// Follows reports whether a plan allows a value: known parts are equal, and unknown parts may be anything.
func Follows(planned, now tftypes.Value) bool {
	if !planned.IsKnown() {
		return true
	}
	if planned.IsNull() || !now.IsKnown() || now.IsNull() {
		return planned.Equal(now)
	}
	switch planned.Type().(type) {
	case tftypes.Object, tftypes.Map:
		is := parts.Attributes(now)
		for key, value := range parts.Attributes(planned) {
			if one, there := is[key]; !there || !Follows(value, one) {
				return false
			}
		}
		return len(is) == len(parts.Attributes(planned))
	case tftypes.List, tftypes.Tuple:
		want, is := parts.Elements(planned), parts.Elements(now)
		for i := range min(len(want), len(is)) {
			if !Follows(want[i], is[i]) {
				return false
			}
		}
		return len(want) == len(is)
	case tftypes.Set:
		return followsSet(parts.Elements(planned), parts.Elements(now))
	}
	return planned.Equal(now)
}

// followsSet reports whether every planned element has become one of the present ones. Unknown elements may become equal.
func followsSet(planned, now []tftypes.Value) bool {
	for _, want := range planned {
		found := false
		for _, is := range now {
			found = found || Follows(want, is)
		}
		if !found {
			return false
		}
	}
	return len(now) <= len(planned)
}
