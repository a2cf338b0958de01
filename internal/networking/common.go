// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// common returns the arguments that every noun of the network service has.
func common(noun string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{MarkdownDescription: "The " + noun + "'s id.", Computed: true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"name": nameAttribute(noun, false),
		"description": schema.StringAttribute{MarkdownDescription: "What the " + noun + " is for.", Optional: true,
			Validators: []validator.String{crud.Within(&openstack.NetworkingText)}},
		"tags": schema.SetAttribute{MarkdownDescription: "Labels, kept with the " + noun + ".", Optional: true, ElementType: types.StringType,
			Validators: []validator.Set{crud.Within(&openstack.NetworkingTag, &openstack.NetworkingTagCount)}},
		"all_tags":  schema.SetAttribute{MarkdownDescription: "All labels of the " + noun + ".", Computed: true, ElementType: types.StringType},
		"region":    crud.Region(),
		"tenant_id": crud.WithoutEffect("the provider's `project` is the tenant."),
		"value_specs": schema.MapAttribute{MarkdownDescription: "Accepted without effect; a warning names the keys.", Optional: true,
			ElementType: types.StringType},
	}
}

// nameAttribute returns the name of a noun.
func nameAttribute(noun string, required bool) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "The " + noun + "'s name. It need not be unique.", Required: required,
		Optional: !required, Validators: []validator.String{crud.Within(&openstack.NetworkingName)}}
}

type commonModel struct {
	describedModel
	Tenant types.String `tfsdk:"tenant_id"`
}

// describedModel is commonModel without the tenant, for which some nouns have project_id.
type describedModel struct {
	labelledModel
	Name types.String `tfsdk:"name"`
}

// labelledModel is describedModel without the name, which some nouns have not.
type labelledModel struct {
	ID          types.String `tfsdk:"id"`
	Description types.String `tfsdk:"description"`
	Tags        types.Set    `tfsdk:"tags"`
	AllTags     types.Set    `tfsdk:"all_tags"`
	Region      types.String `tfsdk:"region"`
	ValueSpecs  types.Map    `tfsdk:"value_specs"`
}

// planCommon plans the common computed attributes, and warns about arguments without effect.
func (m *labelledModel) planCommon(ctx context.Context) {
	if m.AllTags = types.SetUnknown(types.StringType); crud.Known(m.Tags) {
		m.AllTags = crud.SetOf(crud.Strings(m.Tags))
	}
	for key := range crud.StringMap(m.ValueSpecs) {
		crud.WarnAt(ctx, path.Root("value_specs"), "No effect", "value_specs hands keys to OpenStack's network service, and there is none here: "+
			key+" is ignored")
	}
}

func (m *labelledModel) withCommon(description string, tags []string) {
	m.Description = crud.KeepEmpty(m.Description, description)
	m.Tags, m.AllTags = crud.KeepEmptySet(m.Tags, tags), crud.SetOf(tags)
	if m.ValueSpecs.IsNull() {
		m.ValueSpecs = types.MapNull(types.StringType)
	}
}

// flag returns a boolean argument with the network service's default.
func flag(text string, on bool) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: text, Optional: true, Computed: true, Default: booldefault.StaticBool(on)}
}

const defaultTimeout = 10 * time.Minute // the OpenStack provider's

// deleteTimeout returns an unset timeouts block that has delete only.
func deleteTimeout() timeouts.Value {
	return timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"delete": types.StringType})}
}

// noTimeouts returns an unset timeouts block.
func noTimeouts() timeouts.Value {
	return timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType, "delete": types.StringType})}
}
