// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// AddressGroupList lists address groups.
var AddressGroupList = crud.List[sdn.Backend, addressGroupModel, addressgroupListFilters]{
	Of: AddressGroup, Check: addressgroupListFilters.check,
	Find:  findAddressGroupList,
	About: "Lists the address groups, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
	}}

type addressgroupListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
}

func (f addressgroupListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findAddressGroupList(ctx context.Context, backend sdn.Backend, f addressgroupListFilters) ([]crud.Listed[addressGroupModel], error) {
	all, err := backend.AddressGroups(ctx)
	return listed[addressGroupModel](all, err, listFilters{NameRegex: f.NameRegex}, func(g openstack.AddressGroup) (found, bool) {
		return found{id: g.ID, name: g.Name}, true
	})
}
