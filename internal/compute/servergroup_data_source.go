// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// ServerGroupData finds one server group.
var ServerGroupData = crud.DataSource[*vcenter.Client, serverGroupDataModel]{Name: "compute_servergroup", Schema: serverGroupDataSchema,
	Read: readServerGroupData}

func serverGroupDataSchema(context.Context) schema.Schema {
	list := func(text string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: text, Computed: true, ElementType: types.StringType}
	}
	return schema.Schema{
		MarkdownDescription: "Finds one server group by its name, in the provider's `project`.",
		Attributes: map[string]schema.Attribute{
			"id":       schema.StringAttribute{MarkdownDescription: "The group's id.", Computed: true},
			"name":     schema.StringAttribute{MarkdownDescription: "The group's name.", Required: true},
			"policies": list("The group's policy."),
			"members":  list("The ids of the group's instances."),
			"rules": schema.ListAttribute{MarkdownDescription: "`max_server_per_host` is 1 for `anti-affinity`; the list is empty for " +
				"other policies.", Computed: true, ElementType: ruleElement},
			"rule_in_force": schema.BoolAttribute{MarkdownDescription: "Whether the cluster's rule is as the members want it. Not known to the " +
				"OpenStack provider.", Computed: true},
			"metadata":   schema.MapAttribute{MarkdownDescription: "Always empty, as in Nova.", Computed: true, ElementType: types.StringType},
			"project_id": schema.StringAttribute{MarkdownDescription: "The provider's `project` that the group is of.", Computed: true},
			"user_id":    schema.StringAttribute{MarkdownDescription: "Always empty: a vCenter's users have no ids.", Computed: true},
			"region":     crud.DataRegion(),
		},
	}
}

type serverGroupDataModel struct {
	ID       types.String `tfsdk:"id"`
	Name     types.String `tfsdk:"name"`
	Policies types.List   `tfsdk:"policies"`
	Members  types.List   `tfsdk:"members"`
	Rules    types.List   `tfsdk:"rules"`
	InForce  types.Bool   `tfsdk:"rule_in_force"`
	Metadata types.Map    `tfsdk:"metadata"`
	Project  types.String `tfsdk:"project_id"`
	UserID   types.String `tfsdk:"user_id"`
	Region   types.String `tfsdk:"region"`
}

func readServerGroupData(ctx context.Context, client *vcenter.Client, m serverGroupDataModel) (serverGroupDataModel, error) {
	g, err := client.ServerGroups.Named(ctx, m.Name.ValueString())
	m.ID, m.Name, m.Project, m.InForce = types.StringValue(g.ID), types.StringValue(g.Name), types.StringValue(g.Project),
		types.BoolValue(g.InForce)
	m.Policies, m.Members, m.Metadata = crud.TextList([]string{g.Policy}), crud.TextList(g.Members), crud.MapOf(nil)
	m.UserID = types.StringValue("")
	m.Rules = rulesWith(types.ListNull(ruleElement), g.Policy)
	return m, err
}
