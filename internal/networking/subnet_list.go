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

// SubnetList lists subnets.
var SubnetList = crud.List[sdn.Backend, subnetModel, subnetListFilters]{Of: Subnet, Check: subnetListFilters.check, Find: findSubnetList,
	About: "Lists the subnets, sorted by name. All that is written must fit.",
	Filters: map[string]schema.Attribute{
		"name_regex": listedNames(),
		"tags":       listedTags(),
		"network_id": crud.ListText("The id of their network."),
		"cidr":       crud.ListText("The range of addresses that it must have."),
	}}

type subnetListFilters struct {
	listFilters
	NetworkID types.String `tfsdk:"network_id"`
	CIDR      types.String `tfsdk:"cidr"`
}

func (f subnetListFilters) check() error {
	if err := f.listFilters.check(); err != nil {
		return err
	}
	_, err := inForm("cidr", f.CIDR, cidrForm)
	return err
}

func findSubnetList(ctx context.Context, backend sdn.Backend, f subnetListFilters) ([]crud.Listed[subnetModel], error) {
	cidr, err := inForm("cidr", f.CIDR, cidrForm)
	if err != nil {
		return nil, err
	}
	all, err := backend.Subnets(ctx, f.NetworkID.ValueString())
	return listed[subnetModel](all, err, f.listFilters, func(s openstack.Subnet) (found, bool) {
		return found{s.ID, s.Name, s.Tags}, fitsText(cidr, s.CIDR)
	})
}
