// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// SubnetPoolList lists subnet pools.
var SubnetPoolList = crud.List[sdn.Backend, subnetPoolModel, listFilters]{Of: SubnetPool, Check: listFilters.check,
	Find:  findSubnetPoolList,
	About: "Lists the subnet pools, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
		"tags":       listedTags(),
	}}

func findSubnetPoolList(ctx context.Context, backend sdn.Backend, f listFilters) ([]crud.Listed[subnetPoolModel], error) {
	all, err := backend.SubnetPools(ctx)
	return listed[subnetPoolModel](all, err, f, func(p openstack.SubnetPool) (found, bool) {
		return found{p.ID, p.Name, p.Tags}, true
	})
}
