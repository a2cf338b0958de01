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

// FloatingIPList lists floating IPs.
var FloatingIPList = crud.List[sdn.Backend, floatingIPModel, floatingipListFilters]{Of: FloatingIP,
	Check: floatingipListFilters.check,
	Find:  findFloatingIPList,
	About: "Lists the floating IPs, sorted by address. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"address":             crud.ListText("The address that it must have."),
		"port_id":             crud.ListText("The id of the port that it leads to."),
		"floating_network_id": crud.ListText("The id of the external network that they are of."),
		"tags":                listedTags(),
	}}

type floatingipListFilters struct {
	crud.ListPlace
	Address   types.String `tfsdk:"address"`
	PortID    types.String `tfsdk:"port_id"`
	NetworkID types.String `tfsdk:"floating_network_id"`
	Tags      types.List   `tfsdk:"tags"`
}

func (f floatingipListFilters) check() error {
	_, err := inForm("address", f.Address, addressForm)
	return err
}

func findFloatingIPList(ctx context.Context, backend sdn.Backend, f floatingipListFilters) ([]crud.Listed[floatingIPModel], error) {
	address, err := inForm("address", f.Address, addressForm)
	if err != nil {
		return nil, err
	}
	all, err := backend.FloatingIPs(ctx, f.NetworkID.ValueString())
	return listed[floatingIPModel](all, err, listFilters{Tags: f.Tags}, func(ip openstack.FloatingIP) (found, bool) {
		return found{ip.ID, ip.Address, ip.Tags}, fitsText(address, ip.Address) && fitsText(f.PortID, ip.PortID)
	})
}
