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

// RouterList lists routers.
var RouterList = crud.List[sdn.Backend, routerModel, routerListFilters]{Of: Router, Check: routerListFilters.check, Find: findRouterList,
	About: "Lists the routers, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex":          listedNames(),
		"tags":                listedTags(),
		"external_network_id": crud.ListText("The id of the external network that they are on."),
	}}

type routerListFilters struct {
	listFilters
	External types.String `tfsdk:"external_network_id"`
}

func findRouterList(ctx context.Context, backend sdn.Backend, f routerListFilters) ([]crud.Listed[routerModel], error) {
	all, err := backend.Routers(ctx)
	return listed[routerModel](all, err, f.listFilters, func(r openstack.Router) (found, bool) {
		return found{r.ID, r.Name, r.Tags}, fitsText(f.External, r.ExternalNetworkID)
	})
}
