// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Get decodes a state, plan or configuration into a model, as tfsdk.State's own Get does. That one compiles a regular expression for each
// field of each struct it meets, which was a tenth of a plan's time; a model that has framework values only does not need it.
func Get(ctx context.Context, from tfsdk.State, model any) diag.Diagnostics {
	target := reflect.ValueOf(model).Elem()
	fields, plain := fieldsOf(target.Type())
	typ, ok := from.Schema.Type().(attr.TypeWithAttributeTypes)
	if !plain || !ok || from.Raw.IsNull() {
		return from.Get(ctx, model)
	}
	var values map[string]tftypes.Value
	if err := from.Raw.As(&values); err != nil || len(values) != len(fields) {
		return from.Get(ctx, model) // whose error tells what does not fit
	}
	attributes := typ.AttributeTypes()
	for _, f := range fields {
		of, known := attributes[f.name]
		if !known {
			return from.Get(ctx, model)
		}
		value, err := of.ValueFromTerraform(ctx, values[f.name])
		if err != nil || !reflect.TypeOf(value).AssignableTo(target.FieldByIndex(f.index).Type()) {
			return from.Get(ctx, model)
		}
		target.FieldByIndex(f.index).Set(reflect.ValueOf(value))
	}
	return nil
}

// Set writes a model into a state or plan, as tfsdk.State's own Set does; see Get.
func Set(ctx context.Context, to *tfsdk.State, model any) diag.Diagnostics {
	source := reflect.ValueOf(model)
	for source.Kind() == reflect.Pointer {
		source = source.Elem()
	}
	fields, plain := fieldsOf(source.Type())
	typ, ok := to.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !plain || !ok || len(fields) != len(typ.AttributeTypes) {
		return to.Set(ctx, model)
	}
	values := make(map[string]tftypes.Value, len(fields))
	for _, f := range fields {
		value, _ := source.FieldByIndex(f.index).Interface().(attr.Value) // fieldsOf has checked it
		raw, err := value.ToTerraformValue(ctx)
		if want, known := typ.AttributeTypes[f.name]; err != nil || !known || !raw.Type().Equal(want) {
			return to.Set(ctx, model) // whose error tells what does not fit
		}
		if diags := once(f.name, raw); diags.HasError() {
			return diags
		}
		values[f.name] = raw
	}
	to.Raw = tftypes.NewValue(typ, values)
	return nil
}

// once refuses a set with a duplicate element. Terraform would refuse it too, but as a bug of the provider. Unknown elements may still
// become different.
func once(name string, set tftypes.Value) (diags diag.Diagnostics) {
	var elements []tftypes.Value
	if _, ok := set.Type().(tftypes.Set); !ok || !set.IsKnown() || set.As(&elements) != nil {
		return nil
	}
	for i, element := range elements {
		if element.IsFullyKnown() && slices.ContainsFunc(elements[:i], element.Equal) {
			diags.AddAttributeError(path.Root(name), "An element is there twice", name+": an element is in the set twice.")
		}
	}
	return diags
}

// Elements decodes the blocks of a list or set into models whose fields are all framework values. It returns none where the list, or one
// of its blocks, is null or unknown as a whole.
func Elements[M any](blocks interface{ Elements() []attr.Value }) []M {
	fields, plain := fieldsOf(reflect.TypeFor[M]())
	if !plain {
		panic(fmt.Sprintf("%T has fields that are no framework values", *new(M))) // a programming error, which every test finds
	}
	var out []M
	for _, element := range blocks.Elements() {
		block, ok := element.(types.Object)
		if !ok || block.IsUnknown() {
			return nil
		}
		var model M
		values, target := block.Attributes(), reflect.ValueOf(&model).Elem()
		for _, f := range fields {
			if value, ok := values[f.name]; ok {
				target.FieldByIndex(f.index).Set(reflect.ValueOf(value))
			}
		}
		out = append(out, model)
	}
	return out
}

// ListOf encodes models as a list of blocks whose attributes are the fields of the model.
func ListOf[M any](of types.ObjectType, blocks []M) types.List {
	fields, _ := fieldsOf(reflect.TypeFor[M]())
	elements := make([]attr.Value, len(blocks))
	for i := range blocks {
		source, values := reflect.ValueOf(blocks[i]), make(map[string]attr.Value, len(fields))
		for _, f := range fields {
			values[f.name], _ = source.FieldByIndex(f.index).Interface().(attr.Value)
		}
		elements[i] = types.ObjectValueMust(of.AttrTypes, values)
	}
	if blocks == nil {
		return types.ListNull(of)
	}
	return types.ListValueMust(of, elements)
}

// modelField is a field of a model: the attribute that its tag names, and its index in the struct.
type modelField struct {
	name  string
	index []int
}

type modelFields struct {
	fields []modelField
	plain  bool // every field is a framework value
}

// modelTypes caches fieldsOf by type. An entry never changes.
var modelTypes sync.Map

func fieldsOf(model reflect.Type) ([]modelField, bool) {
	if known, ok := modelTypes.Load(model); ok {
		m, _ := known.(modelFields)
		return m.fields, m.plain
	}
	m := modelFields{plain: model.Kind() == reflect.Struct}
	if m.plain {
		for _, f := range reflect.VisibleFields(model) {
			if name := f.Tag.Get("tfsdk"); !f.Anonymous && f.IsExported() && name != "-" {
				m.plain = m.plain && f.Type.Implements(reflect.TypeFor[attr.Value]())
				m.fields = append(m.fields, modelField{name, f.Index})
			}
		}
	}
	modelTypes.Store(model, m)
	return m.fields, m.plain
}
