// SPDX-License-Identifier: MPL-2.0

package unsupported

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	data "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// argument is an argument or an attribute of a noun.
type argument struct {
	name   string
	is     kind
	mode   mode
	text   string
	secret bool
	of     []argument // the arguments of a block or the attributes of an object
}

type kind int

const (
	text kind = iota
	number
	truth
	list     // of strings
	set      // of strings
	pairs    // a map of strings
	blocks   // a list of blocks, or of objects if computed
	blockSet // a set of blocks, or of objects if computed
)

type mode int

const (
	optional mode = iota
	required
	computed
	chosen // optional and computed
)

func (m mode) required() bool { return m == required }
func (m mode) optional() bool { return m == optional || m == chosen }
func (m mode) computed() bool { return m == computed || m == chosen }

// isBlock reports whether an argument is written as blocks.
func (a argument) isBlock() bool { return a.of != nil && a.mode != computed }

// placed returns the noun's arguments with those that every noun has.
func (n noun) placed() []argument {
	return append([]argument{
		{name: "id", is: text, mode: computed, text: "Its id."},
		{name: "region", is: text, mode: chosen, text: crud.RegionText},
	}, n.arguments...)
}

// element returns the element type of a collection.
func (a argument) element() attr.Type {
	if a.of == nil {
		return types.StringType
	}
	fields := map[string]attr.Type{}
	for _, of := range a.of {
		fields[of.name] = of.value()
	}
	return types.ObjectType{AttrTypes: fields}
}

// value returns the type of an argument's value.
func (a argument) value() attr.Type {
	switch a.is {
	case number:
		return types.Int64Type
	case truth:
		return types.BoolType
	case list, blocks:
		return types.ListType{ElemType: a.element()}
	case set, blockSet:
		return types.SetType{ElemType: a.element()}
	case pairs:
		return types.MapType{ElemType: types.StringType}
	}
	return types.StringType
}

func (a argument) attribute() schema.Attribute {
	r, o, c := a.mode.required(), a.mode.optional(), a.mode.computed()
	switch a.is {
	case number:
		return schema.Int64Attribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c}
	case truth:
		return schema.BoolAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c}
	case list, blocks:
		return schema.ListAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c, ElementType: a.element()}
	case set, blockSet:
		return schema.SetAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c, ElementType: a.element()}
	case pairs:
		return schema.MapAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c, Sensitive: a.secret,
			ElementType: types.StringType}
	}
	return schema.StringAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c, Sensitive: a.secret}
}

// of splits arguments into attributes and blocks.
func of(arguments []argument) (map[string]schema.Attribute, map[string]schema.Block) {
	attributes, written := map[string]schema.Attribute{}, map[string]schema.Block{}
	for _, a := range arguments {
		if !a.isBlock() {
			attributes[a.name] = a.attribute()
			continue
		}
		var nested schema.NestedBlockObject
		nested.Attributes, nested.Blocks = of(a.of)
		if written[a.name] = (schema.ListNestedBlock{MarkdownDescription: a.text, NestedObject: nested}); a.is == blockSet {
			written[a.name] = schema.SetNestedBlock{MarkdownDescription: a.text, NestedObject: nested}
		}
	}
	return attributes, written
}

func (n noun) resourceSchema(ctx context.Context) schema.Schema {
	attributes, written := of(n.placed())
	if l := n.limits; l != (limits{}) {
		written["timeouts"] = timeouts.Block(ctx, timeouts.Opts{Create: l.create, Update: l.update, Delete: l.delete})
	}
	return schema.Schema{MarkdownDescription: n.describe(), Attributes: attributes, Blocks: written}
}

// dataSchema has no blocks: those of a data source are computed, which makes them attributes.
func (n noun) dataSchema(context.Context) data.Schema {
	attributes := map[string]data.Attribute{}
	for _, a := range n.placed() {
		attributes[a.name] = a.found()
	}
	return data.Schema{MarkdownDescription: n.describe(), Attributes: attributes}
}

// found returns the argument as an attribute of a data source.
func (a argument) found() data.Attribute {
	r, o, c := a.mode.required(), a.mode.optional(), a.mode.computed()
	switch a.is {
	case number:
		return data.Int64Attribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c}
	case truth:
		return data.BoolAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c}
	case list, blocks:
		return data.ListAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c, ElementType: a.element()}
	case set, blockSet:
		return data.SetAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c, ElementType: a.element()}
	case pairs:
		return data.MapAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c, ElementType: types.StringType}
	}
	return data.StringAttribute{MarkdownDescription: a.text, Required: r, Optional: o, Computed: c}
}
