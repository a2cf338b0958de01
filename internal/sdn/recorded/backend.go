// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// Backend keeps subnets, ports, security groups and routers as records. A network backend embeds it, and is its Place.
type Backend struct {
	c       *vcenter.Client
	place   Place
	law     Law
	planned *planned.Memory
	// Part has drop remove the records of ports after what leads to them. Who embeds the backend sets it.
	Part func(ctx context.Context, ports []openstack.Port, drop func() error) error

	mu       sync.Mutex
	known    *traffic.Policy
	knownAge int // of the records, for which known is valid

	made    sync.Map   // ids of records that this process has made, where an equal one may be left of a killed process
	cutting sync.Mutex // held while a prefix is chosen
	cuts    sync.Map   // the subnets of pools that this process is making, by their ids
}

// Place is what a network backend does beside the records: its networks, and the ports that are plugged into them.
type Place interface {
	// Network finds a network by id, name, or both.
	Network(ctx context.Context, id, name string) (openstack.Network, error)
	// Networks returns all networks.
	Networks(ctx context.Context) ([]openstack.Network, error)
	// CheckPort refuses a port that its network cannot have.
	CheckPort(ctx context.Context, p openstack.Port) error
	// Standings tells what is connected to the places that were booked for ports of a network, in their order.
	Standings(ctx context.Context, network string, ports []openstack.Port) ([]network.Standing, error)
	// Unbook frees the place of a port whose NIC is gone, or was never connected.
	Unbook(ctx context.Context, p openstack.Port) error
	// ForeignPorts returns the ports of a network that have no record, because somebody else made them on the network itself: their
	// addresses and MACs are taken. now is false for a plan, for which a look of a moment ago is good enough.
	ForeignPorts(ctx context.Context, network string, now bool) ([]openstack.Port, error)
	// RemovePort removes what the network itself has of a port, before the port's record goes.
	RemovePort(ctx context.Context, p openstack.Port) error
	// RemoveGroup removes what the network itself has of a group that no port has, before the group's record goes.
	RemoveGroup(ctx context.Context, g openstack.SecurityGroup) error
	// Follow brings a plugged port in line with its changed record, and the ports that admit the members of its groups.
	Follow(ctx context.Context, before, now openstack.Port) error
	// CheckTrunkPorts refuses a trunk whose parent cannot carry the traffic of its sub ports. The caveat is for the user of the trunk.
	CheckTrunkPorts(ctx context.Context, t openstack.Trunk, ports []openstack.Port) (caveat string, err error)
	// AllowTrunk prepares a parent's network for the trunk.
	AllowTrunk(ctx context.Context, t openstack.Trunk) error
	// CarryOut brings the plugged ports that a change concerns in line with the records.
	CarryOut(ctx context.Context, c traffic.Change) error
	// FreeQoS removes what networks themselves have of a QoS policy that no record has, before its own record goes.
	FreeQoS(ctx context.Context, id string) error
}

// Law is what security groups may ask for where they are enforced.
type Law interface {
	// CheckGroup refuses a group that cannot be enforced as written. Its rules may be those it starts with.
	CheckGroup(g openstack.SecurityGroup) error
	// CheckRule refuses a rule that cannot be matched, whatever its group.
	CheckRule(r sdn.Rule) error
	// CheckRuleOf refuses a rule that its group cannot have. The group's name may be empty, where it can be any of several.
	CheckRuleOf(g openstack.SecurityGroup, r sdn.Rule) error
	// CheckMember refuses a port for which groups cannot be enforced, before it has addresses.
	CheckMember(p openstack.Port) error
	// CheckClaimed is CheckMember for a port that has its addresses.
	CheckClaimed(p openstack.Port) error
}

// New prepares a backend without calling the vCenter.
func New(c *vcenter.Client, place Place, law Law) *Backend {
	return &Backend{c: c, place: place, law: law, planned: c.Planned}
}

// Resolvers returns the provider's DNS servers.
func (b *Backend) Resolvers() []string { return b.c.Config.Resolvers }

// Planned returns what this process has planned.
func (b *Backend) Planned() *planned.Memory { return b.planned }

// The kinds of records of a network's own.
const (
	SubnetKind = "subnet"
	PortKind   = "port"
)

// View returns the records of a network that must have some. If the network itself is gone, the error is ErrNotFound: its records went
// with it. If the network exists, missing records are another error, because Terraform would otherwise make all of them again with new
// addresses.
func (b *Backend) View(ctx context.Context, kind, network, id string) (records.Set, error) {
	all, err := b.c.Records.OfNetwork(network).View(ctx)
	return all, b.Lost(ctx, kind, network, id, err)
}

// Lost explains the error of missing records for an object that is in the state.
func (b *Backend) Lost(ctx context.Context, kind, network, id string, err error) error {
	switch {
	case !errors.Is(err, records.ErrNoStore):
		return err
	case errors.Is(err, records.ErrClosed):
		return openstack.NotFound("no %s %s: %s", kind, id, err)
	}
	if _, failed := b.place.Network(ctx, network, ""); errors.Is(failed, openstack.ErrNotFound) {
		return openstack.NotFound("the %s %s is gone with its network %s", kind, id, network)
	}
	return fmt.Errorf("the %s %s is in the state, but %w: bring the VM back (restore or register it, or correct the provider's "+
		"datacenter); if its records are really gone, remove them from the state", kind, id, err)
}

// Retire removes a network's records VM after its last record, unless this provider made the network: then the VM is removed with the
// network. Otherwise, after a process was killed before its state was written, nothing could tell the subnets of that state from subnets
// whose VM was lost.
func (b *Backend) Retire(ctx context.Context, network string) error {
	if !b.c.Records.OfNetwork(network).Empty() { // first, because each port that is removed calls retire, and this makes no call
		return nil
	}
	if n, err := b.place.Network(ctx, network, ""); err == nil && n.Mark != nil {
		return nil
	}
	return b.c.Records.OfNetwork(network).Retire(ctx)
}

// On returns the records of one kind, of one network or, if network is empty, of all.
func On[T any](ctx context.Context, b *Backend, kind, network string) (out []T, err error) {
	networks := []string{network}
	if network == "" {
		if networks, err = b.c.Records.Networks(ctx); err != nil {
			return nil, err
		}
	}
	for _, one := range networks {
		all, has, err := b.RecordsOn(ctx, one)
		if err != nil {
			return nil, err
		}
		if !has {
			continue
		}
		found, err := records.All[T](all, kind)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// RecordsOn returns the records of a network; has is false if it has none.
func (b *Backend) RecordsOn(ctx context.Context, network string) (all records.Set, has bool, err error) {
	if has, err := b.c.Records.HasNetwork(ctx, network); err != nil || !has {
		return all, false, err
	}
	all, err = b.c.Records.OfNetwork(network).View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return all, false, nil
	}
	return all, err == nil, err
}

// Find reads the record with an id, whichever network it is on. It looks the id up in each network's records, and decodes no other
// record.
func Find[T any](ctx context.Context, b *Backend, kind, id string) (out T, found bool, err error) {
	networks, err := b.c.Records.Networks(ctx)
	if err != nil {
		return out, false, err
	}
	for _, network := range networks {
		all, has, err := b.RecordsOn(ctx, network)
		if err != nil {
			return out, false, err
		}
		if !has {
			continue
		}
		if err = all.Get(kind, id, &out); !errors.Is(err, openstack.ErrNotFound) {
			return out, err == nil, err
		}
	}
	return out, false, nil
}

// checkNetworkID refuses a network that does not exist, or that is written as anything but its id.
func (b *Backend) checkNetworkID(ctx context.Context, network string) error {
	n, err := b.place.Network(ctx, network, "")
	if err != nil {
		return openstack.AttributeErrorf("network_id", "%w", err)
	}
	if n.ID != network {
		return openstack.AttributeErrorf("network_id", "%s is a portgroup of the network %s: write the id of that, %q", network, n.Name, n.ID)
	}
	return nil
}
