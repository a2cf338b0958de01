// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SecurityGroupData finds one security group.
var SecurityGroupData = crud.DataSource[sdn.Backend, secgroupDataModel]{Name: "networking_secgroup", Schema: secgroupDataSchema,
	Read: readSecgroupData}

func secgroupDataSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Finds one security group, by its id or by all that is written. A name is looked for in the provider's " +
			"`project`. The group `default` is always there; it filters nothing.",
		Attributes: map[string]schema.Attribute{
			"id":          schema.StringAttribute{MarkdownDescription: "The group's id.", Computed: true},
			"secgroup_id": askedText("The group's id."),
			"name":        askedText("The group's name."),
			"description": askedText("What the group is for."),
			"stateful":    askedFlag("Whether answers to what is allowed pass by themselves."),
			"tags":        askedTags(),
			"all_tags":    schema.SetAttribute{MarkdownDescription: "Its tags.", Computed: true, ElementType: types.StringType},
			"region":      crud.DataRegion(),
			"tenant_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect: the provider's `project` is the tenant.",
				Optional: true},
		},
	}
}

type secgroupDataModel struct {
	ID          types.String `tfsdk:"id"`
	GroupID     types.String `tfsdk:"secgroup_id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Stateful    types.Bool   `tfsdk:"stateful"`
	Tags        types.Set    `tfsdk:"tags"`
	AllTags     types.Set    `tfsdk:"all_tags"`
	Region      types.String `tfsdk:"region"`
	Tenant      types.String `tfsdk:"tenant_id"`
}

func readSecgroupData(ctx context.Context, backend sdn.Backend, m secgroupDataModel) (secgroupDataModel, error) {
	g, err := m.find(ctx, backend)
	m.ID, m.GroupID, m.Name, m.Description = types.StringValue(g.ID), types.StringValue(g.ID), types.StringValue(g.Name),
		types.StringValue(g.Description)
	m.Stateful, m.AllTags = types.BoolValue(g.Stateful), crud.SetOf(g.Tags)
	return m, err
}

func (m secgroupDataModel) find(ctx context.Context, backend sdn.Backend) (openstack.SecurityGroup, error) {
	var all []openstack.SecurityGroup
	var err error
	if m.GroupID.ValueString() == "" && m.Name.ValueString() != "" {
		var several *sdn.AmbiguousGroupError
		g, err := backend.GroupNamed(ctx, m.Name.ValueString())
		switch {
		case errors.As(err, &several):
			all = several.Groups
		case err == nil && !m.fits(g):
			return g, openstack.NotFound("the security group %s (%s) does not fit what else is written", g.Name, g.ID)
		default:
			return g, err
		}
	} else if all, err = backend.Groups(ctx); err != nil {
		return openstack.SecurityGroup{}, err
	}
	return only(all, m.fits, "secgroup", "that fits what is written", func(g openstack.SecurityGroup) string { return g.ID })
}

func (m secgroupDataModel) fits(g openstack.SecurityGroup) bool {
	return fitsText(m.GroupID, g.ID) && fitsText(m.Name, g.Name) && fitsText(m.Description, g.Description) &&
		hasAll(g.Tags, crud.Strings(m.Tags)) && fits(m.Stateful, g.Stateful)
}
