// SPDX-License-Identifier: MPL-2.0

// Package l3 keeps routers, their interfaces, floating IPs and port forwardings as records, with the law about them, for network backends
// that embed it.
package l3

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/intent"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Backend keeps routers and floating IPs beside the records of their subnets.
type Backend struct {
	*recorded.Backend
	c     *vcenter.Client
	place recorded.Place
	// Gateways carries out what the records say of routers. nil: nobody does.
	Gateways Carrier

	going   sync.Map      // what this process deletes at this moment, by its id
	waiting chan struct{} // has one value for each check of a plan that waits for other plans
}

// New prepares a backend without calling the vCenter.
func New(c *vcenter.Client, place recorded.Place, law recorded.Law) *Backend {
	b := &Backend{Backend: recorded.New(c, place, law), c: c, place: place, waiting: make(chan struct{}, waiters)}
	b.Part = b.partPorts
	return b
}

// GatewayIntent gathers what the gateway of a router has to do, or does where the network has it. It reads all records anew, in one call:
// whoever else has changed something, it is seen, and so is everything that this process has written.
func (b *Backend) GatewayIntent(ctx context.Context, router string) (openstack.GatewayIntent, error) {
	policy, err := b.FreshPolicy(ctx)
	if err != nil {
		return openstack.GatewayIntent{}, err
	}
	out, err := intent.Of(ctx, b, b.place, policy, router)
	if err == nil && b.Gateways != nil && out.Router.Home == b.home() {
		out.CarriedOut, err = b.Gateways.Describe(ctx, router)
	}
	return out, err
}

// InUse returns what a network has that must go before it, as an error about the network of that name: subnets, ports and interfaces of
// routers. used is nil where it has nothing.
func (b *Backend) InUse(ctx context.Context, network string) (used func(name string) error, err error) {
	ports, err1 := b.Ports(ctx, network)
	subnets, err2 := b.Subnets(ctx, network)
	interfaces, err3 := b.RouterInterfaces(ctx, network)
	if err := errors.Join(err1, err2, err3); err != nil || len(ports)+len(subnets)+len(interfaces) == 0 {
		return nil, err
	}
	return func(name string) error {
		return &recorded.InUse{Text: fmt.Sprintf("the network %s is in use: it has %s. Delete them first", name,
			recorded.Inventory(subnets, ports, interfaces...)), Ports: ports}
	}, nil
}

// OlderPorts returns the ports of a segment of NSX that were recorded on one of its portgroups, while each of those was a network of its
// own. Their addresses and MACs are taken.
func (b *Backend) OlderPorts(ctx context.Context, segment openstack.Network) (out []openstack.Port, err error) {
	for _, p := range segment.Portgroups {
		on, err := b.Ports(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, on...)
	}
	return out, nil
}
