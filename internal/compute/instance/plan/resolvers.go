// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// warnUnresolved warns of a new instance whose guest is told static addresses and no name server. Subnets that the same plan makes have
// given this warning themselves.
func warnUnresolved(ctx context.Context, in inputs) error {
	if len(in.net.Resolvers()) > 0 || in.config.Network.IsUnknown() {
		return nil
	}
	var ranges []string
	planned := model.Networks(in.plan.Network)
	for i, written := range model.Networks(in.config.Network) {
		subnets, known, err := subnetsOf(ctx, in, planned[i].UUID.ValueString(), written)
		if err != nil {
			return openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
		}
		if !known || len(subnets) == 0 { // without a subnet the guest asks DHCP
			return nil
		}
		for _, s := range subnets {
			if !sdn.Unresolved(s) {
				return nil
			}
			ranges = append(ranges, s.CIDR)
		}
	}
	if len(ranges) > 0 {
		crud.WarnAt(ctx, path.Root("network"), "The guest is told no name server", fmt.Sprintf("network: %s gets static addresses on %s, and "+
			"neither these subnets nor the provider name a resolver, so it resolves no name. Write dns_nameservers in the subnet, or in the "+
			"provider block for every subnet that has none (environment NOVASPHERE_DNS_NAMESERVERS)", in.plan.Name.ValueString(),
			strings.Join(ranges, " and ")))
	}
	return nil
}

// subnetsOf returns the subnets on which a new NIC has its addresses. known is false where its network, its port or a subnet does not
// exist yet.
func subnetsOf(ctx context.Context, in inputs, network string, written model.Network) (subnets []openstack.Subnet, known bool, err error) {
	if network == "" || !crud.Known(written.Port, written.FixedV4, written.FixedV6) {
		return nil, false, nil
	}
	w := sdn.PortRequest{Port: openstack.Port{NetworkID: network, FixedIPs: written.Addresses()}}
	if id := written.Port.ValueString(); id != "" {
		if w.Port, err = in.net.FindPort(ctx, id); err != nil {
			return nil, false, err
		}
		w.NoFixedIP = true
	}
	if coming, _ := in.net.Planned().Subnets.New(w.NetworkID); len(coming) > 0 {
		return nil, false, nil
	}
	all, err := in.net.Subnets(ctx, w.NetworkID)
	return w.Subnets(all), true, err
}
