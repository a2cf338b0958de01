package networking

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// placeFilters are what every search may name and a vCenter has not.
func placeFilters() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"region": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
		"tenant_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect, with a warning: a vCenter has no projects, and " +
			"what others have made is found too.",
			Optional: true},
	}
}

type placeFilter struct {
	Region types.String `tfsdk:"region"`
	Tenant types.String `tfsdk:"tenant_id"`
}

// warn says, once, that a search is not narrowed by a project.
func (f placeFilter) warn(ctx context.Context, speaker crud.Speaker, more ...types.String) {
	project := f.Tenant.ValueString()
	for _, m := range more {
		project = cmp.Or(project, m.ValueString())
	}
	if project != "" {
		crud.WarnOnce(ctx, speaker, "No search by project", "project_id and tenant_id do not narrow a search: a vCenter has no projects, and "+
			"what others have made is found too")
	}
}

// sortFilters say in which order a list of ids is.
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

// pattern is a regular expression that is written as name_regex; it fits everything where none is.
func pattern(text types.String) (*regexp.Regexp, error) {
	p, err := regexp.Compile(text.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf("name_regex", "%q is not a regular expression: %w", text.ValueString(), err)
	}
	return p, nil
}

// fitsFold is fitsText without regard to case, as MAC addresses are written.
func fitsFold(want types.String, is string) bool {
	return want.ValueString() == "" || strings.EqualFold(want.ValueString(), is)
}

// written is what a search has for an argument that is a filter and an answer: the answer, unless the filter is written otherwise.
func written(filter types.String, found string) types.String {
	if filter.ValueString() != "" {
		return filter
	}
	return types.StringValue(found)
}
