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

// TrunkList lists trunks.
var TrunkList = crud.List[sdn.Backend, trunkModel, trunkListFilters]{Of: Trunk, Check: trunkListFilters.check, Find: findTrunkList,
	About: "Lists the trunks, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
		"tags":       listedTags(),
		"port_id":    crud.ListText("The id of its parent port."),
	}}

type trunkListFilters struct {
	listFilters
	PortID types.String `tfsdk:"port_id"`
}

func findTrunkList(ctx context.Context, backend sdn.Backend, f trunkListFilters) ([]crud.Listed[trunkModel], error) {
	all, err := backend.Trunks(ctx)
	return listed[trunkModel](all, err, f.listFilters, func(t openstack.Trunk) (found, bool) {
		return found{t.ID, t.Name, t.Tags}, fitsText(f.PortID, t.PortID)
	})
}
