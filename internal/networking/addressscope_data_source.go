// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// AddressScopeData finds one address scope.
var AddressScopeData = crud.DataSource[sdn.Backend, addressScopeDataModel]{Name: "networking_addressscope",
	Schema: addressScopeDataSchema, Read: readAddressScopeData}

func addressScopeDataSchema(context.Context) schema.Schema {
	attributes := projectFilters()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id":         schema.StringAttribute{MarkdownDescription: "The scope's id.", Computed: true},
		"name":       askedText("The scope's name."),
		"ip_version": askedNumber("`4` or `6`."),
		"shared":     askedFlag("Whether it is recorded as one for all projects."),
	})
	return schema.Schema{MarkdownDescription: "Finds one address scope by all that is written.", Attributes: attributes}
}

type addressScopeDataModel struct {
	projectFilter
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	Version types.Int64  `tfsdk:"ip_version"`
	Shared  types.Bool   `tfsdk:"shared"`
}

func readAddressScopeData(ctx context.Context, backend sdn.Backend, m addressScopeDataModel) (addressScopeDataModel, error) {
	m.warn(ctx, backend.Planned())
	all, err := backend.AddressScopes(ctx)
	if err != nil {
		return m, err
	}
	s, err := sole(all, func(s openstack.AddressScope) bool {
		return fitsText(m.Name, s.Name) && fitsNumber(m.Version, s.Version) && fits(m.Shared, s.Shared)
	}, "address scope", func(s openstack.AddressScope) string { return s.ID })
	m.ID, m.Name, m.Version, m.Shared = types.StringValue(s.ID), types.StringValue(s.Name), types.Int64Value(s.Version),
		types.BoolValue(s.Shared)
	return m, err
}
