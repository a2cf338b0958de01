// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// standardFilters returns what a search for a noun with a standard may be narrowed by, and tells of what was found.
func standardFilters(noun string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":              schema.StringAttribute{MarkdownDescription: "The " + noun + "'s id.", Computed: true},
		"name":            askedText("The " + noun + "'s name."),
		"description":     askedText("What the " + noun + " is for."),
		"shared":          askedFlag("Whether it is recorded as one for all projects."),
		"tags":            askedTags(),
		"all_tags":        schema.SetAttribute{MarkdownDescription: "Its tags.", Computed: true, ElementType: types.StringType},
		"created_at":      schema.StringAttribute{MarkdownDescription: "When it was made, RFC 3339.", Computed: true},
		"updated_at":      schema.StringAttribute{MarkdownDescription: "When it was last changed, RFC 3339.", Computed: true},
		"revision_number": schema.Int64Attribute{MarkdownDescription: "How often it was changed.", Computed: true},
		"project_id": askedText("The provider's `project` that it was made for. As an argument it is without effect, with a warning: a " +
			"vCenter has no projects, and what others have made is found too."),
		"region": projectFilters()["region"],
	}
}

type standardDataModel struct {
	projectFilter
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Default     types.Bool   `tfsdk:"is_default"`
	Shared      types.Bool   `tfsdk:"shared"`
	Tags        types.Set    `tfsdk:"tags"`
	AllTags     types.Set    `tfsdk:"all_tags"`
	Created     types.String `tfsdk:"created_at"`
	Updated     types.String `tfsdk:"updated_at"`
	Revision    types.Int64  `tfsdk:"revision_number"`
}

// are reports whether a standard matches the arguments that are set.
func (m standardDataModel) are(s standard) bool {
	return fitsText(m.Name, s.name) && fitsText(m.Description, s.description) && fits(m.Default, s.byDefault) && fits(m.Shared, s.shared) &&
		hasAll(s.tags, crud.Strings(m.Tags))
}

func (m *standardDataModel) withStandard(s standard) {
	m.ID, m.Name, m.Description = types.StringValue(s.id), types.StringValue(s.name), types.StringValue(s.description)
	m.Default, m.Shared, m.AllTags = types.BoolValue(s.byDefault), types.BoolValue(s.shared), crud.SetOf(s.tags)
	m.Updated, m.Revision, m.Project = crud.TimeValue(s.updated), types.Int64Value(s.revision), written(m.Project, s.project)
	if s.mark != nil {
		m.Created = crud.TimeValue(s.mark.At)
	}
}
