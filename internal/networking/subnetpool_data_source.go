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

// SubnetPoolData finds one subnet pool.
var SubnetPoolData = crud.DataSource[sdn.Backend, subnetPoolDataModel]{Name: "networking_subnetpool", Schema: subnetPoolDataSchema,
	Read: readSubnetPoolData}

func subnetPoolDataSchema(context.Context) schema.Schema {
	attributes := standardFilters("pool")
	maps.Copy(attributes, map[string]schema.Attribute{
		"address_scope_id":  askedText("The id of its address scope, or empty."),
		"ip_version":        askedNumber("`4` or `6`."),
		"min_prefixlen":     askedNumber("The length in bits of the largest subnet that is cut."),
		"max_prefixlen":     askedNumber("The length in bits of the smallest subnet."),
		"default_prefixlen": askedNumber("The length of subnets that ask for none."),
		"default_quota":     askedNumber("How many IPv4 addresses, or IPv6 networks of 64 bits, a project may have; 0: all."),
		"is_default":        askedFlag("Whether it is the default pool of its IP version."),
		"prefixes": schema.SetAttribute{MarkdownDescription: "The ranges that subnets are cut from.", Computed: true,
			ElementType: types.StringType},
	})
	return schema.Schema{MarkdownDescription: "Finds one subnet pool by all that is written.", Attributes: attributes}
}

type subnetPoolDataModel struct {
	standardDataModel
	ScopeID   types.String `tfsdk:"address_scope_id"`
	Version   types.Int64  `tfsdk:"ip_version"`
	MinLength types.Int64  `tfsdk:"min_prefixlen"`
	MaxLength types.Int64  `tfsdk:"max_prefixlen"`
	Length    types.Int64  `tfsdk:"default_prefixlen"`
	Quota     types.Int64  `tfsdk:"default_quota"`
	Prefixes  types.Set    `tfsdk:"prefixes"`
}

func readSubnetPoolData(ctx context.Context, backend sdn.Backend, m subnetPoolDataModel) (subnetPoolDataModel, error) {
	m.warn(ctx, backend.Planned())
	all, err := backend.SubnetPools(ctx)
	if err != nil {
		return m, err
	}
	p, err := sole(all, m.fits, "subnet pool", func(p openstack.SubnetPool) string { return p.ID })
	if err != nil {
		return m, err
	}
	return m.with(p), nil
}

func (m subnetPoolDataModel) fits(p openstack.SubnetPool) bool {
	return m.are(standardOfPool(p)) && fitsText(m.ScopeID, p.ScopeID) && fitsNumber(m.Version, sdn.PoolVersion(p)) &&
		fitsNumber(m.MinLength, p.MinLength) && fitsNumber(m.MaxLength, p.MaxLength) && fitsNumber(m.Length, p.Length) &&
		fitsNumber(m.Quota, p.Quota)
}

func (m subnetPoolDataModel) with(p openstack.SubnetPool) subnetPoolDataModel {
	m.withStandard(standardOfPool(p))
	m.ScopeID, m.Version, m.Prefixes = types.StringValue(p.ScopeID), types.Int64Value(sdn.PoolVersion(p)), crud.SetOf(p.Prefixes)
	m.MinLength, m.MaxLength, m.Length = types.Int64Value(p.MinLength), types.Int64Value(p.MaxLength), types.Int64Value(p.Length)
	m.Quota = types.Int64Value(p.Quota)
	return m
}
