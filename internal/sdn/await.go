// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"context"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// How long to wait for a subnet: one that is being made, and one whose creation may begin a moment later, because Terraform plans it
// again first.
const (
	awaitMade    = time.Minute
	awaitPlanned = 2 * time.Second
	lookAgain    = 100 * time.Millisecond
)

// AwaitSubnets returns a network's subnets once they cover the addresses of a port; without addresses, once there is any. A configuration
// need not order a port after the subnets of its network, so it waits for those that the same apply makes. A subnet that never comes is
// refused by the claim.
func AwaitSubnets(ctx context.Context, backend Backend, network string, addresses []openstack.FixedIP) ([]openstack.Subnet, error) {
	for begun := time.Now(); ; {
		coming, changed := backend.Planned().Subnets.New(network) // read before the present subnets, so that none is missed
		subnets, err := backend.Subnets(ctx, network)
		waited := time.Since(begun)
		switch {
		case err != nil, satisfied(subnets, addresses), len(coming) > 0 && waited > awaitMade, len(coming) == 0 &&
			(len(addresses) == 0 || waited > awaitPlanned):
			return subnets, err
		}
		select {
		case <-ctx.Done():
			return subnets, ctx.Err()
		case <-changed:
		case <-time.After(lookAgain):
		}
	}
}

// satisfied reports whether each address has its subnet, and whether there is a subnet at all.
func satisfied(subnets []openstack.Subnet, addresses []openstack.FixedIP) bool {
	return len(subnets) > 0 && !slices.ContainsFunc(addresses, func(ip openstack.FixedIP) bool {
		return ip.SubnetID == "" && !slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return In(s, ip.Address) })
	})
}
