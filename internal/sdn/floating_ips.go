// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Awaited is the error of a change that another object is in the way of, which the same apply may be about to remove.
type Awaited struct{ Err error }

// Error says what is in the way.
func (a *Awaited) Error() string { return a.Err.Error() }

// Unwrap returns the error itself.
func (a *Awaited) Unwrap() error { return a.Err }

// FloatingIPBackend stores floating IPs and what they lead to. Claiming an external address is atomic with making the floating IP, and
// ports of the external network never share it. The law is Neutron's: a floating IP reaches a port by the router that has an interface on
// the port's subnet and is on the floating IP's network, an address of a port has one floating IP of a network, and a floating IP with
// forwardings has no port itself. What leads to a port, or an address of it, that is gone is returned as leading nowhere.
type FloatingIPBackend interface {
	// CheckFloatingIPs refuses floating IPs where nothing translates addresses.
	CheckFloatingIPs() error
	// CheckFloatingIP completes a planned floating IP, and refuses one that cannot be made, before anything exists. Unknown values are
	// empty; an existing one has its id.
	CheckFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error)
	// CreateFloatingIP claims or chooses an address of the external network, and chooses the id where it has none. If it leads to a port, it
	// waits for the router interface that the same apply may make.
	CreateFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error)
	// IdleFloatingIPs returns the floating IPs equal to a new one that other processes have made and that lead nowhere: what a killed
	// process has left is among them.
	IdleFloatingIPs(ctx context.Context, f openstack.FloatingIP) ([]openstack.FloatingIP, error)
	// FloatingIP finds a floating IP by its id on any network.
	FloatingIP(ctx context.Context, id string) (openstack.FloatingIP, error)
	// FloatingIPOn reads a floating IP that is known to exist on an external network.
	FloatingIPOn(ctx context.Context, network, id string) (openstack.FloatingIP, error)
	// FloatingIPs returns the floating IPs of an external network, or of all where network is empty.
	FloatingIPs(ctx context.Context, network string) ([]openstack.FloatingIP, error)
	// UpdateFloatingIP changes a floating IP with change, which may be called several times. Its address stays. It waits as
	// CreateFloatingIP does, and as long as change returns an Awaited.
	UpdateFloatingIP(ctx context.Context, id string, change func(*openstack.FloatingIP) error) (openstack.FloatingIP, error)
	// DeleteFloatingIP removes a floating IP without forwardings, and frees its address.
	DeleteFloatingIP(ctx context.Context, id string) error

	// CheckForwarding refuses a forwarding that cannot be made, before anything exists. Unknown values are empty; an existing one has its
	// id.
	CheckForwarding(ctx context.Context, f openstack.Forwarding) error
	// CreateForwarding makes a forwarding, and chooses its id where it has none. A floating IP has one for each protocol and number.
	CreateForwarding(ctx context.Context, f openstack.Forwarding) (openstack.Forwarding, error)
	// Forwarding reads a forwarding of a floating IP.
	Forwarding(ctx context.Context, floatingIP, id string) (openstack.Forwarding, error)
	// Forwardings returns the forwardings of a floating IP.
	Forwardings(ctx context.Context, floatingIP string) ([]openstack.Forwarding, error)
	// ForwardingRouter returns the id of the router that carries out a forwarding; empty where forwardings are only recorded.
	ForwardingRouter(ctx context.Context, f openstack.Forwarding) (string, error)
	// UpdateForwarding changes a forwarding with change, which may be called several times.
	UpdateForwarding(ctx context.Context, floatingIP, id string, change func(*openstack.Forwarding) error) (openstack.Forwarding, error)
	// DeleteForwarding removes a forwarding.
	DeleteForwarding(ctx context.Context, floatingIP, id string) error
}
