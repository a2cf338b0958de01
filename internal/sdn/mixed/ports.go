// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"cmp"
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// part is what depends on who has a network. Both backends do it.
type part interface {
	UpdateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error)
	DeleteNetwork(ctx context.Context, id string) (ours bool, err error)
	CheckSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error)
	Subnet(ctx context.Context, network, id string) (openstack.Subnet, error)
	CreateSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error)
	CutSubnet(ctx context.Context, s openstack.Subnet, complete func(openstack.Subnet) (openstack.Subnet, error)) (openstack.Subnet, error)
	UpdateSubnet(ctx context.Context, network, id string, change func(*openstack.Subnet) error) (openstack.Subnet, error)
	DeleteSubnet(ctx context.Context, network, id string) error
	CheckPort(ctx context.Context, p openstack.Port) error
	CreatePort(ctx context.Context, w sdn.PortRequest) (openstack.Port, error)
	Book(ctx context.Context, p openstack.Port) (openstack.Port, error)
	Unbook(ctx context.Context, p openstack.Port) error
	Socket(ctx context.Context, p openstack.Port, cluster string) (openstack.Network, error)
	Answers(ctx context.Context, network string) error
	Released(ctx context.Context, p openstack.Port) error
	ForeignPorts(ctx context.Context, network string, now bool) ([]openstack.Port, error)
	RemovePort(ctx context.Context, p openstack.Port) error
	Standings(ctx context.Context, network string, ports []openstack.Port) ([]network.Standing, error)
	Follow(ctx context.Context, before, now openstack.Port) error
	EffectiveRules(ctx context.Context, p openstack.Port) (is, want []string, err error)
	Enforce(ctx context.Context, p openstack.Port) error
}

// with calls do with the part that has a network.
func with[T any](ctx context.Context, b *Backend, network string, do func(part) (T, error)) (T, error) {
	at, err := b.of(ctx, network)
	if err != nil {
		var none T
		return none, err
	}
	return do(at)
}

// CheckPort refuses a port that its network cannot have.
func (b *Backend) CheckPort(ctx context.Context, p openstack.Port) error {
	at, err := b.of(ctx, p.NetworkID)
	if err != nil {
		return openstack.AttributeErrorf("network_id", "%w", err)
	}
	if err := at.CheckPort(ctx, p); err != nil {
		return err
	}
	return b.checkFiltered(ctx, p)
}

// CheckPlug refuses a port that no instance can have.
func (b *Backend) CheckPlug(ctx context.Context, p openstack.Port) error {
	if out, err := b.leadsOut(ctx, p.NetworkID); out || err != nil {
		if err != nil {
			return err
		}
		return b.external.CheckPlug(ctx, p)
	}
	return b.Backend.CheckPlug(ctx, p)
}

// CreatePort claims a port's addresses and MAC, and makes what its network has of it.
func (b *Backend) CreatePort(ctx context.Context, w sdn.PortRequest) (openstack.Port, error) {
	return with(ctx, b, w.NetworkID, func(at part) (openstack.Port, error) { return at.CreatePort(ctx, w) })
}

// PortFirst is true for a segment of this NSX: its port must be there before the NIC that names it.
func (b *Backend) PortFirst(n openstack.Network) bool {
	return n.Kind == openstack.NetworkSegment && b.segments.Has(n)
}

// Book prepares the place where a port's NIC will be connected.
func (b *Backend) Book(ctx context.Context, p openstack.Port) (openstack.Port, error) {
	return with(ctx, b, p.NetworkID, func(at part) (openstack.Port, error) { return at.Book(ctx, p) })
}

// Unbook undoes Book.
func (b *Backend) Unbook(ctx context.Context, p openstack.Port) error {
	at, err := b.of(ctx, p.NetworkID)
	if err != nil {
		return err
	}
	return cmp.Or(at.Unbook(ctx, p), b.left(ctx, p.Groups, nil))
}

// Socket returns the network that the NIC of a port is connected to.
func (b *Backend) Socket(ctx context.Context, p openstack.Port, cluster string) (openstack.Network, error) {
	return with(ctx, b, p.NetworkID, func(at part) (openstack.Network, error) { return at.Socket(ctx, p, cluster) })
}

// Answers returns an error where who has a network cannot be asked now.
func (b *Backend) Answers(ctx context.Context, network string) error {
	at, err := b.of(ctx, network)
	if err != nil {
		return err
	}
	return at.Answers(ctx, network)
}

// Released waits until the network has let go of a port whose NIC is gone.
func (b *Backend) Released(ctx context.Context, p openstack.Port) error {
	at, err := b.of(ctx, p.NetworkID)
	if err != nil {
		return err
	}
	return at.Released(ctx, p)
}

// ForeignPorts returns the ports of a network that have no record.
func (b *Backend) ForeignPorts(ctx context.Context, network string, now bool) ([]openstack.Port, error) {
	return with(ctx, b, network, func(at part) ([]openstack.Port, error) { return at.ForeignPorts(ctx, network, now) })
}

// RemovePort removes what the network itself has of a port.
func (b *Backend) RemovePort(ctx context.Context, p openstack.Port) error {
	at, err := b.of(ctx, p.NetworkID)
	if err != nil {
		return err
	}
	if err := at.RemovePort(ctx, p); err != nil || b.groups == nil {
		return err
	}
	return b.groups.Leaving(ctx, p)
}

// Standings tells what is connected to the places that were booked for ports of a network.
func (b *Backend) Standings(ctx context.Context, on string, ports []openstack.Port) ([]network.Standing, error) {
	return with(ctx, b, on, func(at part) ([]network.Standing, error) { return at.Standings(ctx, on, ports) })
}

// Follow brings a port in line with its changed record.
func (b *Backend) Follow(ctx context.Context, before, now openstack.Port) error {
	at, err := b.of(ctx, now.NetworkID)
	if err != nil {
		return err
	}
	lag := at.Follow(ctx, before, now)
	if lag != nil && !openstack.IsPartialEnforcement(lag) {
		return lag
	}
	return cmp.Or(b.left(ctx, before.Groups, now.Groups), lag)
}

// CheckTrunkPorts refuses a trunk with ports of segments.
func (b *Backend) CheckTrunkPorts(ctx context.Context, t openstack.Trunk, ports []openstack.Port) (caveat string, err error) {
	for _, p := range ports {
		if out, err := b.leadsOut(ctx, p.NetworkID); err != nil {
			return "", err
		} else if out {
			return "", openstack.AttributeErrorf("port_id", "%w", b.external.CheckPlug(ctx, p))
		}
		is, err := b.onNSX(ctx, p.NetworkID)
		if err != nil {
			return "", err
		}
		if is {
			return "", openstack.AttributeErrorf("port_id", "the port %s is on a network of NSX, where trunks are not in this version: use ports "+
				"of a distributed switch", p.ID)
		}
	}
	return b.Backend.CheckTrunkPorts(ctx, t, ports)
}

// EffectiveRules returns what the network does with a port's packets, and what it should. On NSX that is how the port differs from its
// record, besides the recorded rules.
func (b *Backend) EffectiveRules(ctx context.Context, p openstack.Port) (is, want []string, err error) {
	is, want, lag := b.Backend.EffectiveRules(ctx, p)
	if lag != nil && !openstack.IsPartialEnforcement(lag) {
		return is, want, lag
	}
	out, err := b.leadsOut(ctx, p.NetworkID)
	if err != nil || out {
		return is, want, cmp.Or(err, lag)
	}
	onNSX, err := b.onNSX(ctx, p.NetworkID)
	if err == nil && !onNSX && len(b.OnNSX(p.Groups)) > 0 {
		is = []string{"nothing filters the ports of this network by security groups of NSX"}
	}
	if err != nil || !onNSX {
		return is, want, cmp.Or(err, lag)
	}
	if is, err = b.inForce(ctx, p, is); err != nil {
		return is, want, cmp.Or(lag, err)
	}
	differences, _, err := b.segments.EffectiveRules(ctx, p)
	return append(is, differences...), want, cmp.Or(err, lag)
}

// Enforce brings a port in line with its record and its groups.
func (b *Backend) Enforce(ctx context.Context, p openstack.Port) error {
	at, err := b.of(ctx, p.NetworkID)
	if err != nil {
		return err
	}
	var lag error
	if onNSX := at != part(b.Backend); b.groups != nil && onNSX { // first, so that a port is never filtered by what is not there
		if lag = b.groups.Enforce(ctx, p.Groups); lag != nil && !openstack.IsPartialEnforcement(lag) {
			return lag
		}
	}
	return cmp.Or(at.Enforce(ctx, p), lag)
}
