// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// Decode evaluates a body by its schema, as Terraform does.
func Decode(body hcl.Body, schema *tfprotov6.Schema, scope *hcl.EvalContext) (tftypes.Value, error) {
	ty := schema.ValueType()
	_, rest, _ := body.PartialContent(own)
	value, diags := hcldec.Decode(dynblock.Expand(rest, scope), specOf(schema.Block, body), scope)
	if diags.HasErrors() {
		return tftypes.Value{}, diags
	}
	packed, err := msgpack.Marshal(value, ctyType(ty))
	if err != nil {
		return tftypes.Value{}, err
	}
	return (&tfprotov6.DynamicValue{MsgPack: packed}).Unmarshal(ty)
}

// specOf converts a schema for a body. As in Terraform, an attribute that is a list or a set of objects may be written as
// blocks.
func specOf(block *tfprotov6.SchemaBlock, body hcl.Body) hcldec.Spec {
	out := hcldec.ObjectSpec{}
	for _, a := range block.Attributes {
		if element, is := objectsOf(a.ValueType()); is && hasBlocks(body, a.Name) {
			nested := &tfprotov6.SchemaBlock{}
			for name, of := range element.AttributeTypes {
				nested.Attributes = append(nested.Attributes, &tfprotov6.SchemaAttribute{Name: name, Type: of, Optional: true})
			}
			if out[a.Name] = (&hcldec.BlockListSpec{TypeName: a.Name, Nested: specOf(nested, nil)}); a.ValueType().Is(tftypes.Set{}) {
				out[a.Name] = &hcldec.BlockSetSpec{TypeName: a.Name, Nested: specOf(nested, nil)}
			}
			continue
		}
		out[a.Name] = &hcldec.AttrSpec{Name: a.Name, Type: ctyType(a.ValueType()), Required: a.Required}
	}
	for _, b := range block.BlockTypes {
		switch nested := specOf(b.Block, nil); b.Nesting {
		case tfprotov6.SchemaNestedBlockNestingModeList:
			out[b.TypeName] = &hcldec.BlockListSpec{TypeName: b.TypeName, Nested: nested}
		case tfprotov6.SchemaNestedBlockNestingModeSet:
			out[b.TypeName] = &hcldec.BlockSetSpec{TypeName: b.TypeName, Nested: nested}
		default:
			out[b.TypeName] = &hcldec.BlockSpec{TypeName: b.TypeName, Nested: nested}
		}
	}
	return out
}

func objectsOf(ty tftypes.Type) (tftypes.Object, bool) {
	list, _ := ty.(tftypes.List)
	set, _ := ty.(tftypes.Set)
	if set.ElementType != nil {
		list.ElementType = set.ElementType
	}
	element, is := list.ElementType.(tftypes.Object)
	return element, is
}

func hasBlocks(body hcl.Body, name string) bool {
	written, is := body.(*hclsyntax.Body)
	return is && slices.ContainsFunc(written.Blocks, func(b *hclsyntax.Block) bool {
		return b.Type == name || b.Type == "dynamic" && b.Labels[0] == name
	})
}

func ctyType(ty tftypes.Type) cty.Type {
	text, err := ty.MarshalJSON() //nolint:staticcheck // the only way from one type system to the other
	if err == nil {
		var out cty.Type
		if out, err = ctyjson.UnmarshalType(text); err == nil {
			return out
		}
	}
	panic(err)
}

// ctyValue converts a value for use in expressions.
func ctyValue(v tftypes.Value) cty.Value {
	packed, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err == nil {
		var out cty.Value
		if out, err = msgpack.Unmarshal(packed.MsgPack, ctyType(v.Type())); err == nil {
			return out
		}
	}
	panic(err)
}
