// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type namedModel struct {
	Name types.String `tfsdk:"name"`
}

// crateModel has all that models may have: an embedded model, and values of every kind.
type crateModel struct {
	namedModel
	Size  types.Int64  `tfsdk:"size"`
	Full  types.Bool   `tfsdk:"full"`
	Tags  types.Set    `tfsdk:"tags"`
	Notes types.Map    `tfsdk:"notes"`
	Boxes types.List   `tfsdk:"boxes"`
	Lid   types.Object `tfsdk:"lid"`
}

type lidModel struct {
	Colour types.String `tfsdk:"colour"`
}

var lidType = types.ObjectType{AttrTypes: map[string]attr.Type{"colour": types.StringType}}

func crateState(values map[string]tftypes.Value) tfsdk.State {
	is := schema.Schema{Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true}, "size": schema.Int64Attribute{Optional: true},
		"full":  schema.BoolAttribute{Optional: true},
		"tags":  schema.SetAttribute{Optional: true, ElementType: types.StringType},
		"notes": schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"lid": schema.SingleNestedAttribute{Optional: true,
			Attributes: map[string]schema.Attribute{"colour": schema.StringAttribute{Optional: true}}}},
		Blocks: map[string]schema.Block{
			"boxes": schema.ListNestedBlock{
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{"colour": schema.StringAttribute{Optional: true}}}}}}
	object, _ := is.Type().TerraformType(context.Background()).(tftypes.Object)
	all := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		if all[name] = tftypes.NewValue(of, nil); values[name].Type() != nil {
			all[name] = values[name]
		}
	}
	return tfsdk.State{Schema: is, Raw: tftypes.NewValue(object, all)}
}

var texts = tftypes.Set{ElementType: tftypes.String}

// TestModelsAsTheFramework: Get and Set do what the framework's own do, for known, null and unknown values.
func TestModelsAsTheFramework(t *testing.T) {
	t.Parallel()
	lid := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"colour": tftypes.String}}
	red := tftypes.NewValue(lid, map[string]tftypes.Value{"colour": tftypes.NewValue(tftypes.String, "red")})
	for name, values := range map[string]map[string]tftypes.Value{
		"null": {},
		"known": {"name": tftypes.NewValue(tftypes.String, "a"), "size": tftypes.NewValue(tftypes.Number, 3),
			"full": tftypes.NewValue(tftypes.Bool, true), "lid": red,
			"tags": tftypes.NewValue(texts, []tftypes.Value{tftypes.NewValue(tftypes.String, "x")}),
			"notes": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String},
				map[string]tftypes.Value{"k": tftypes.NewValue(tftypes.String, "v")}),
			"boxes": tftypes.NewValue(tftypes.List{ElementType: lid}, []tftypes.Value{red})},
		"unknown": {"name": tftypes.NewValue(tftypes.String, tftypes.UnknownValue), "tags": tftypes.NewValue(texts, tftypes.UnknownValue),
			"lid": tftypes.NewValue(lid, tftypes.UnknownValue)},
	} {
		from := crateState(values)
		var own, frameworks crateModel
		if diags := append(Get(t.Context(), from, &own), from.Get(t.Context(), &frameworks)...); diags.HasError() {
			t.Fatal(name, diags)
		}
		to, other := crateState(nil), crateState(nil)
		if diags := append(Set(t.Context(), &to, own), other.Set(t.Context(), &frameworks)...); diags.HasError() {
			t.Fatal(name, diags)
		}
		if !to.Raw.Equal(from.Raw) || !other.Raw.Equal(from.Raw) {
			t.Errorf("%s: %s became %s, and by the framework %s", name, from.Raw, to.Raw, other.Raw)
		}
	}
}

// TestModelsThatDoNotFit: a model that does not fit is refused, and so is a set with a duplicate element.
func TestModelsThatDoNotFit(t *testing.T) {
	t.Parallel()
	to := crateState(nil)
	if !Set(t.Context(), &to, lidModel{types.StringValue("red")}).HasError() {
		t.Error("a model of something else was written")
	}
	if !Get(t.Context(), to, &lidModel{}).HasError() {
		t.Error("a model of something else was read")
	}
	var m crateModel
	if diags := Get(t.Context(), to, &m); diags.HasError() {
		t.Fatal(diags)
	}
	m.Tags = types.SetValueMust(types.StringType, []attr.Value{types.StringValue("x"), types.StringValue("x")})
	if !Set(t.Context(), &to, m).HasError() {
		t.Error("a set that has an element twice was written")
	}
	m.Tags = types.SetValueMust(types.StringType, []attr.Value{types.StringUnknown(), types.StringUnknown()})
	if diags := Set(t.Context(), &to, m); diags.HasError() {
		t.Errorf("two elements that are not known yet are taken for the same: %v", diags)
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	list := ListOf(lidType, []lidModel{{types.StringValue("red")}, {types.StringUnknown()}, {types.StringNull()}})
	got := Elements[lidModel](list)
	if len(got) != 3 || got[0].Colour.ValueString() != "red" || !got[1].Colour.IsUnknown() || !got[2].Colour.IsNull() {
		t.Errorf("%v", got)
	}
	for name, none := range map[string]types.List{"null": types.ListNull(lidType), "unknown": types.ListUnknown(lidType),
		"an unknown block": types.ListValueMust(lidType, []attr.Value{types.ObjectUnknown(lidType.AttrTypes)})} {
		if got := Elements[lidModel](none); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !ListOf[lidModel](lidType, nil).IsNull() {
		t.Error("no list is not null")
	}
}
