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

// NetworkList lists networks.
var NetworkList = crud.List[sdn.Backend, networkModel, networkListFilters]{Of: Network, Check: networkListFilters.check,
	Find: findNetworks, About: "Lists the networks that can be imported, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
		"tags":       listedTags(),
		"external":   crud.ListFlag("Whether they are marked as a way out."),
		"managed":    crud.ListFlag("Whether this provider made them."),
	}}

type networkListFilters struct {
	listFilters
	External types.Bool `tfsdk:"external"`
	Managed  types.Bool `tfsdk:"managed"`
}

func findNetworks(ctx context.Context, backend sdn.Backend, f networkListFilters) ([]crud.Listed[networkModel], error) {
	all, err := backend.Networks(ctx)
	return listed[networkModel](all, err, f.listFilters, func(n openstack.Network) (found, bool) {
		return found{n.ID, n.Name, n.Tags}, n.Manageable() == nil && fits(f.External, n.External) && fits(f.Managed, n.Mark != nil)
	})
}
