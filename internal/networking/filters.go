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

// placeFilters returns search arguments of OpenStack that have no effect on a vCenter.
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

// warn warns once that a search is not narrowed by a project.
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
func pattern(text types.String) (*regexp.Regexp, error) {
	p, err := regexp.Compile(text.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf("name_regex", "%q is not a regular expression: %w", text.ValueString(), err)
	}
	return p, nil
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
