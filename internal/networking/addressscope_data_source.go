package networking

import (
	"context"

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
	return schema.Schema{
		MarkdownDescription: "Finds one address scope by all that is written.",
		Attributes: map[string]schema.Attribute{
			"id":         schema.StringAttribute{MarkdownDescription: "The scope's id.", Computed: true},
			"name":       schema.StringAttribute{MarkdownDescription: "The scope's name.", Optional: true, Computed: true},
			"ip_version": schema.Int64Attribute{MarkdownDescription: "`4` or `6`.", Optional: true, Computed: true},
			"shared": schema.BoolAttribute{MarkdownDescription: "Whether it is recorded as one for all projects.", Optional: true,
				Computed: true},
			"project_id": schema.StringAttribute{MarkdownDescription: "Accepted without effect, with a warning: a vCenter has no projects, " +
				"and what others have made is found too.", Optional: true},
			"region": schema.StringAttribute{MarkdownDescription: "Accepted without effect: a vCenter has no regions.", Optional: true},
		},
	}
}

type addressScopeDataModel struct {
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	Version types.Int64  `tfsdk:"ip_version"`
	Shared  types.Bool   `tfsdk:"shared"`
	Project types.String `tfsdk:"project_id"`
	Region  types.String `tfsdk:"region"`
}

func readAddressScopeData(ctx context.Context, backend sdn.Backend, m addressScopeDataModel) (addressScopeDataModel, error) {
	placeFilter{}.warn(ctx, backend.Planned(), m.Project)
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

// fitsNumber is fits for a number; 0 is unset.
func fitsNumber(want types.Int64, is int64) bool {
	return want.ValueInt64() == 0 || want.ValueInt64() == is
}
