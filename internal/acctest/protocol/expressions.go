// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are the functions of Terraform that tests use.
var functions = map[string]function.Function{
	"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "flatten": stdlib.FlattenFunc, "format": stdlib.FormatFunc,
	"join": stdlib.JoinFunc, "jsonencode": stdlib.JSONEncodeFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc,
	"lower": stdlib.LowerFunc, "merge": stdlib.MergeFunc, "range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc,
	"sort": stdlib.SortFunc, "split": stdlib.SplitFunc, "replace": stdlib.ReplaceFunc,
	"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
	"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String), "upper": stdlib.UpperFunc,
	"values": stdlib.ValuesFunc,
}

// scope returns the variables for expressions, from the values of blocks.
func (c *configuration) scope(values map[string]cty.Value) (*hcl.EvalContext, error) {
	roots := map[string]map[string]cty.Value{}
	data := map[string]map[string]cty.Value{}
	for address, value := range values {
		b, in := c.blocks[address], roots
		if b.data {
			in = data
		}
		if in[b.kind] == nil {
			in[b.kind] = map[string]cty.Value{}
		}
		in[b.kind][b.name] = value
	}
	out := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: functions}
	for kind, names := range roots {
		out.Variables[kind] = cty.ObjectVal(names)
	}
	kinds := map[string]cty.Value{}
	for kind, names := range data {
		kinds[kind] = cty.ObjectVal(names)
	}
	out.Variables["data"] = cty.ObjectVal(kinds)
	return out, c.addLocals(out, values)
}

// addLocals adds the locals whose blocks have values.
func (c *configuration) addLocals(scope *hcl.EvalContext, values map[string]cty.Value) error {
	known := map[string]cty.Value{}
	var add func(name string) error
	add = func(name string) error {
		if _, done := known[name]; done {
			return nil
		}
		for address := range c.references(c.locals[name].(hclsyntax.Node), map[string]bool{}) {
			if _, there := values[address]; !there {
				return nil // anything that needs it needs the block too
			}
		}
		for _, traversal := range c.locals[name].Variables() {
			if other, is := c.localOf(traversal); is {
				if err := add(other); err != nil {
					return err
				}
			}
		}
		value, diags := c.locals[name].Value(scope)
		if diags.HasErrors() {
			return diags
		}
		known[name] = value
		scope.Variables["local"] = cty.ObjectVal(known)
		return nil
	}
	for name := range c.locals {
		if err := add(name); err != nil {
			return err
		}
	}
	return nil
}
