// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// PortForwardingList lists port forwardings.
var PortForwardingList = crud.List[sdn.Backend, forwardingModel, forwardingListFilters]{Of: PortForwarding, Find: findForwardingList,
	About: "Lists the port forwardings of floating IPs, sorted by address and external port. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"floatingip_id":    crud.ListText("The id of the floating IP whose forwardings they are."),
		"internal_port_id": crud.ListText("The id of the port that they lead to."),
	}}

type forwardingListFilters struct {
	crud.ListPlace
	FloatingIP types.String `tfsdk:"floatingip_id"`
	Port       types.String `tfsdk:"internal_port_id"`
}

func findForwardingList(ctx context.Context, backend sdn.Backend, f forwardingListFilters) ([]crud.Listed[forwardingModel], error) {
	floating, err := backend.FloatingIPs(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []crud.Listed[forwardingModel]
	for _, one := range floating {
		if !fitsText(f.FloatingIP, one.ID) {
			continue
		}
		forwardings, err := backend.Forwardings(ctx, one.ID)
		if err != nil {
			return nil, err
		}
		for _, to := range forwardings {
			if fitsText(f.Port, to.PortID) {
				out = append(out, crud.Listed[forwardingModel]{ID: to.ID, Name: fmt.Sprintf("%s:%05d/%s", one.Address, to.External, to.Protocol)})
			}
		}
	}
	return out, nil
}
