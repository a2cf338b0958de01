package sdn

import (
	"context"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// How long a subnet is waited for: one that is being made, and one whose making may begin a moment later, because Terraform plans it anew
// before that.
const (
	awaitMade    = time.Minute
	awaitPlanned = 2 * time.Second
	lookAgain    = 100 * time.Millisecond
)

// AwaitSubnets are a network's subnets, once they are what a port with some addresses needs; without addresses, any. A configuration need
// not say that a port goes after the subnets of its network: those that the same apply makes are waited for. What never comes is for the
// claim to refuse.
func AwaitSubnets(ctx context.Context, backend Backend, network string, addresses []openstack.FixedIP) ([]openstack.Subnet, error) {
	for begun := time.Now(); ; {
		coming, changed := backend.Planned().Subnets.New(network) // before it is looked at what is there
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

// satisfied says that each address has its subnet, and that there is one where none is asked for.
func satisfied(subnets []openstack.Subnet, addresses []openstack.FixedIP) bool {
	return len(subnets) > 0 && !slices.ContainsFunc(addresses, func(ip openstack.FixedIP) bool {
		return ip.SubnetID == "" && !slices.ContainsFunc(subnets, func(s openstack.Subnet) bool { return In(s, ip.Address) })
	})
}
