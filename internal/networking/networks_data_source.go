// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// NetworksData lists the networks of the datacenter.
var NetworksData = crud.DataSource[sdn.Backend, networksModel]{Name: "networking_networks", Schema: networksSchema, Read: readNetworks}

func networksSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the networks of the datacenter that an instance can be plugged into and, with the provider's " +
			"`routers = \"nsx\"`, the external networks, which are tier-0 gateways of NSX; sorted by name. All that is written must fit.",
		Attributes: map[string]schema.Attribute{
			"id":         schema.StringAttribute{MarkdownDescription: "Always `networks`.", Computed: true},
			"region":     crud.DataRegion(),
			"name_regex": schema.StringAttribute{MarkdownDescription: "A regular expression (RE2) that the names must match.", Optional: true},
			"tags": schema.SetAttribute{MarkdownDescription: "Tags that they must all have, among others.", Optional: true,
				ElementType: types.StringType},
			"external": schema.BoolAttribute{MarkdownDescription: "Whether they are marked as a way out.", Optional: true},
			"managed":  schema.BoolAttribute{MarkdownDescription: "Whether this provider made them.", Optional: true},
			"ids": schema.ListAttribute{MarkdownDescription: "The ids of the networks that fit.", Computed: true,
				ElementType: types.StringType},
			"names": schema.ListAttribute{MarkdownDescription: "Their names, in the same order.", Computed: true,
				ElementType: types.StringType},
		},
	}
}

type networksModel struct {
	ID        types.String `tfsdk:"id"`
	Region    types.String `tfsdk:"region"`
	NameRegex types.String `tfsdk:"name_regex"`
	Tags      types.Set    `tfsdk:"tags"`
	External  types.Bool   `tfsdk:"external"`
	Managed   types.Bool   `tfsdk:"managed"`
	IDs       []string     `tfsdk:"ids"`
	Names     []string     `tfsdk:"names"`
}

func readNetworks(ctx context.Context, backend sdn.Backend, m networksModel) (networksModel, error) {
	name, err := pattern(m.NameRegex)
	if err != nil {
		return m, err
	}
	all, err := backend.Networks(ctx)
	if err != nil {
		return m, err
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b openstack.Network) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	m.ID, m.IDs, m.Names = types.StringValue("networks"), []string{}, []string{}
	for _, n := range all {
		if name.MatchString(n.Name) && hasAll(n.Tags, crud.Strings(m.Tags)) && fits(m.External, n.External) && fits(m.Managed, n.Mark != nil) {
			m.IDs, m.Names = append(m.IDs, n.ID), append(m.Names, n.Name)
		}
	}
	return m, nil
}
