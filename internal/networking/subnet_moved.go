// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// subnetMoves converts OpenStack's subnets, which keep their id.
var subnetMoves = []crud.StateMove[subnetModel]{{From: "openstack_networking_subnet_v2", Convert: subnetFromPriorState}}

func subnetFromPriorState(old crud.PriorState) (subnetModel, error) {
	m := subnetModel{commonModel: commonFromPriorState(old), NetworkID: old.Text("network_id"), CIDR: old.Text("cidr"),
		IPVersion: old.Int("ip_version"), Gateway: types.StringValue(old.Text("gateway_ip").ValueString()),
		NoGateway: old.Only(true, "no_gateway"), DHCP: old.Or("enable_dhcp", true), DNS: old.List("dns_nameservers"),
		AddressMode: old.Text("ipv6_address_mode"), RAMode: old.Text("ipv6_ra_mode"), Timeouts: limitsFromPriorState(old, "create", "delete")}
	routes := []attr.Value{}
	for _, r := range old.Blocks("host_routes") { // of releases before 2.0
		routes = append(routes, types.ObjectValueMust(routeType.AttrTypes,
			map[string]attr.Value{"destination_cidr": r.Text("destination_cidr"), "next_hop": r.Text("next_hop")}))
	}
	m.Routes = types.ListValueMust(routeType, routes)
	m.Pools = poolsFromPriorState(old)
	m.subnetExtras = subnetExtrasFromPriorState(old)
	return m, nil
}

// poolsFromPriorState converts the pools, leaving out those that Neutron chooses itself, which are in the state even if not written.
func poolsFromPriorState(old crud.PriorState) types.Set {
	blocks := old.Blocks("allocation_pool")
	if len(blocks) == 0 {
		blocks = old.Blocks("allocation_pools") // of releases before 2.0
	}
	var pools []openstack.AddressPool
	for _, p := range blocks {
		pools = append(pools, openstack.AddressPool{Start: p.Text("start").ValueString(), End: p.Text("end").ValueString()})
	}
	gateway := old.Text("gateway_ip").ValueString()
	usual, err := sdn.Complete(openstack.Subnet{CIDR: old.Text("cidr").ValueString(), Gateway: gateway}, gateway == "")
	if err == nil && slices.Equal(usual.Pools, pools) {
		pools = nil
	}
	return poolSet(pools)
}

// locateSubnet finds the network of a moved subnet.
func locateSubnet(ctx context.Context, req subnetRequest) (subnetModel, bool, error) {
	backend, m := req.Client, *req.State
	id, found, err := networkOf(ctx, backend, m.NetworkID)
	m.NetworkID = id
	return m, found, err
}
