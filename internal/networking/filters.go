// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// placeFilters returns search arguments of OpenStack that have no effect on a vCenter.
func placeFilters() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"region": crud.DataRegion(),
		"tenant_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect, with a warning: a vCenter has no projects, and " +
			"what others have made is found too.",
			Optional: true},
	}
}

type placeFilter struct {
	Region types.String `tfsdk:"region"`
	Tenant types.String `tfsdk:"tenant_id"`
}

// warn warns once that a search is not narrowed by a project.
func (f placeFilter) warn(ctx context.Context, speaker crud.Speaker, more ...types.String) {
	warnProject(ctx, speaker, append(more, f.Tenant)...)
}

// projectFilters is placeFilters for nouns whose project is project_id.
func projectFilters() map[string]schema.Attribute {
	place := placeFilters()
	return map[string]schema.Attribute{"region": place["region"], "project_id": place["tenant_id"]}
}

type projectFilter struct {
	Region  types.String `tfsdk:"region"`
	Project types.String `tfsdk:"project_id"`
}

// warn warns once that a search is not narrowed by a project.
func (f projectFilter) warn(ctx context.Context, speaker crud.Speaker) {
	warnProject(ctx, speaker, f.Project)
}

func warnProject(ctx context.Context, speaker crud.Speaker, projects ...types.String) {
	if slices.ContainsFunc(projects, func(project types.String) bool { return project.ValueString() != "" }) {
		crud.WarnOnce(ctx, speaker, "No search by project", "project_id and tenant_id do not narrow a search: a vCenter has no projects, and "+
			"what others have made is found too")
	}
}

// askedText returns a text that narrows a search where it is set, and tells what was found.
func askedText(text string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: text, Optional: true, Computed: true}
}

// askedNumber is askedText for a number.
func askedNumber(text string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Computed: true}
}

// askedFlag is askedText for a boolean.
func askedFlag(text string) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: text, Optional: true, Computed: true}
}

// askedTags returns the tags that narrow a search.
func askedTags() schema.SetAttribute {
	return schema.SetAttribute{MarkdownDescription: "Tags that it must all have, among others.", Optional: true,
		ElementType: types.StringType}
}

// sortFilters returns the arguments that sort a list of ids.
func sortFilters(names string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"sort_key": schema.StringAttribute{MarkdownDescription: "What the ids are sorted by: " + names + ". Unset: they are in no order.",
			Optional: true},
		"sort_direction": schema.StringAttribute{MarkdownDescription: "`asc`, the default, or `desc`.", Optional: true},
	}
}

type sortFilter struct {
	Key       types.String `tfsdk:"sort_key"`
	Direction types.String `tfsdk:"sort_direction"`
}

// pattern compiles name_regex. An unset one matches everything.
func pattern(text types.String) (*regexp.Regexp, error) { return crud.Pattern("name_regex", text) }

// fits reports whether a filter is unset or matches.
func fits(want types.Bool, is bool) bool { return want.IsNull() || want.ValueBool() == is }

// fitsNumber is fits for a number; 0 is unset.
func fitsNumber(want types.Int64, is int64) bool {
	return want.ValueInt64() == 0 || want.ValueInt64() == is
}

// fitsText is fits for a string.
func fitsText(want types.String, is string) bool {
	return want.ValueString() == "" || want.ValueString() == is
}

// fitsFold is fitsText ignoring case, for MAC addresses.
func fitsFold(want types.String, is string) bool {
	return want.ValueString() == "" || strings.EqualFold(want.ValueString(), is)
}

// written returns the value of an argument that is both filter and result: the filter as written if it is set, else what was found.
func written(filter types.String, found string) types.String {
	if filter.ValueString() != "" {
		return filter
	}
	return types.StringValue(found)
}

// hasAll reports whether have contains all of want.
func hasAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) })
}
