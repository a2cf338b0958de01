package sdn

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// FloatingIPBackend stores floating IPs and what they lead to. Claiming an external address is atomic with making the floating IP, and
// ports of the external network never share it.
type FloatingIPBackend interface {
	// CheckFloatingIPs refuses floating IPs where nothing translates addresses.
	CheckFloatingIPs() error
	// CheckFloatingIP completes a planned floating IP, and refuses one that cannot be made, before anything exists. Unknown values are
	// empty; an existing one has its id.
	CheckFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error)
	// CreateFloatingIP claims or chooses an address of the external network, and chooses the id where it has none. If it leads to a port, it
	// waits for the router interface that the same apply may make.
	CreateFloatingIP(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error)
	// FloatingIP finds a floating IP by its id on any network.
	FloatingIP(ctx context.Context, id string) (openstack.FloatingIP, error)
	// FloatingIPs returns the floating IPs of an external network, or of all where network is empty.
	FloatingIPs(ctx context.Context, network string) ([]openstack.FloatingIP, error)
	// UpdateFloatingIP changes a floating IP with change, which may be called several times. Its address stays. It waits as
	// CreateFloatingIP does.
	UpdateFloatingIP(ctx context.Context, id string, change func(*openstack.FloatingIP) error) (openstack.FloatingIP, error)
	// DeleteFloatingIP removes a floating IP without forwardings, and frees its address.
	DeleteFloatingIP(ctx context.Context, id string) error

	// CheckForwarding refuses a forwarding that cannot be made, before anything exists. Unknown values are empty.
	CheckForwarding(ctx context.Context, f openstack.Forwarding) error
	// CreateForwarding makes a forwarding, and chooses its id where it has none. A floating IP has one for each protocol and number.
	CreateForwarding(ctx context.Context, f openstack.Forwarding) (openstack.Forwarding, error)
	// Forwarding reads a forwarding of a floating IP.
	Forwarding(ctx context.Context, floatingIP, id string) (openstack.Forwarding, error)
	// Forwardings returns the forwardings of a floating IP.
	Forwardings(ctx context.Context, floatingIP string) ([]openstack.Forwarding, error)
	// UpdateForwarding changes a forwarding with change, which may be called several times.
	UpdateForwarding(ctx context.Context, floatingIP, id string, change func(*openstack.Forwarding) error) (openstack.Forwarding, error)
	// DeleteForwarding removes a forwarding.
	DeleteForwarding(ctx context.Context, floatingIP, id string) error
}
