// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// AddressScopeList lists address scopes.
var AddressScopeList = crud.List[sdn.Backend, addressScopeModel, addressscopeListFilters]{
	Of: AddressScope, Check: addressscopeListFilters.check,
	Find:  findAddressScopeList,
	About: "Lists the address scopes, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
		"ip_version": schema.Int64Attribute{MarkdownDescription: "`4` or `6`.", Optional: true,
			Validators: []validator.Int64{int64validator.OneOf(4, 6)}},
	}}

type addressscopeListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	Version   types.Int64  `tfsdk:"ip_version"`
}

func (f addressscopeListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findAddressScopeList(ctx context.Context, backend sdn.Backend, f addressscopeListFilters) ([]crud.Listed[addressScopeModel], error) {
	all, err := backend.AddressScopes(ctx)
	return listed[addressScopeModel](all, err, listFilters{NameRegex: f.NameRegex}, func(s openstack.AddressScope) (found, bool) {
		return found{id: s.ID, name: s.Name}, fitsNumber(f.Version, s.Version)
	})
}
