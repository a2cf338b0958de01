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

// PortList lists ports.
var PortList = crud.List[sdn.Backend, portModel, portListFilters]{Of: Port, Check: portListFilters.check, Find: findPortList,
	About: "Lists the ports that can be imported, sorted by name. Those that were made for an instance's block `network`, and go " +
		"with it, are not. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex":  listedNames(),
		"tags":        listedTags(),
		"network_id":  crud.ListText("The id of their network."),
		"mac_address": crud.ListText("The MAC address that it must have."),
		"device_id":   crud.ListText("The id of the instance that has them."),
		"status":      crud.ListOneOf("`ACTIVE` or `DOWN`.", "ACTIVE", "DOWN"),
	}}

type portListFilters struct {
	listFilters
	NetworkID types.String `tfsdk:"network_id"`
	MAC       types.String `tfsdk:"mac_address"`
	DeviceID  types.String `tfsdk:"device_id"`
	Status    types.String `tfsdk:"status"`
}

func (f portListFilters) check() error {
	if err := f.listFilters.check(); err != nil {
		return err
	}
	_, err := inForm("mac_address", f.MAC, sdn.NormalMAC)
	return err
}

func findPortList(ctx context.Context, backend sdn.Backend, f portListFilters) ([]crud.Listed[portModel], error) {
	mac, err := inForm("mac_address", f.MAC, sdn.NormalMAC)
	if err != nil {
		return nil, err
	}
	all, err := backend.Ports(ctx, f.NetworkID.ValueString())
	return listed[portModel](all, err, f.listFilters, func(p openstack.Port) (found, bool) {
		return found{p.ID, p.Name, p.Tags}, !p.Implicit && !p.Foreign && p.Mark != nil && fitsFold(mac, p.MAC) &&
			fitsText(f.DeviceID, p.DeviceID) && fitsText(f.Status, portStatus(p))
	})
}
