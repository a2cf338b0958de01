package dvs

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Backend keeps networks as portgroups of a distributed switch, and subnets, ports, security groups and routers as records.
type Backend struct {
	c               *vcenter.Client
	enforceGathered func(ctx context.Context, c change) error
	planned         *planned.Memory
	origins         sync.Map // ids of networks here, by those they had in OpenStack, and the other way round

	mu    sync.Mutex
	known *policySnapshot // as of its age
}

var _ sdn.Backend = &Backend{}

// New prepares a backend without asking the vCenter anything.
func New(c *vcenter.Client) *Backend {
	b := &Backend{c: c, planned: c.Planned}
	b.enforceGathered = wire.Gather(b.enforceChanges)
	return b
}

// Resolvers are the provider's.
func (b *Backend) Resolvers() []string { return b.c.Config.Resolvers }

// Planned is what this process has planned.
func (b *Backend) Planned() *planned.Memory { return b.planned }

const (
	subnetKind = "subnet"
	portKind   = "port"

	routerInterfaceKind = "router-interface"
)

// view are the records of a network that is known to have some. Where the network itself is gone they are gone with it; where it is
// there, records that vanished are an error: they would all be made anew, with other addresses.
func (b *Backend) view(ctx context.Context, kind, network, id string) (records.Set, error) {
	all, err := b.c.Records.OfNetwork(network).View(ctx)
	return all, b.lost(ctx, kind, network, id, err)
}

func (b *Backend) lost(ctx context.Context, kind, network, id string, err error) error {
	switch {
	case !errors.Is(err, records.ErrNoStore):
		return err
	case errors.Is(err, records.ErrClosed):
		return openstack.NotFound("no %s %s: %s", kind, id, err)
	}
	if _, failed := b.c.Networks.Network(ctx, network, ""); errors.Is(failed, openstack.ErrNotFound) {
		return openstack.NotFound("the %s %s is gone with its network %s", kind, id, network)
	}
	return fmt.Errorf("the %s %s is in the state, but %w: bring the VM back (restore or register it, or correct the provider's "+
		"datacenter); if its records are really gone, remove them from the state", kind, id, err)
}

// retire removes a network's records VM with its last record. That of a network which this provider made goes with the network instead:
// where a process is killed before its state is written, nobody could tell subnets of that state from those whose VM was lost.
func (b *Backend) retire(ctx context.Context, network string) error {
	if !b.c.Records.OfNetwork(network).Empty() { // each port that goes asks, and a network is not looked at for any but the last
		return nil
	}
	if n, err := b.c.Networks.Network(ctx, network, ""); err == nil && n.Mark != nil {
		return nil
	}
	return b.c.Records.OfNetwork(network).Retire(ctx)
}

// recordsOf are those of one kind, of one network or of all.
func recordsOf[T any](ctx context.Context, b *Backend, kind, network string) (out []T, err error) {
	networks := []string{network}
	if network == "" {
		if networks, err = b.c.Records.Networks(ctx); err != nil {
			return nil, err
		}
	}
	for _, one := range networks {
		all, has, err := b.recordsOn(ctx, one)
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

// recordsOn are those of a network, as far as it has some.
func (b *Backend) recordsOn(ctx context.Context, network string) (all records.Set, has bool, err error) {
	if has, err := b.c.Records.HasNetwork(ctx, network); err != nil || !has {
		return all, false, err
	}
	all, err = b.c.Records.OfNetwork(network).View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return all, false, nil
	}
	return all, err == nil, err
}

// find reads the record of an id, on whichever network: one look at what each is known to have, and no other record is decoded.
func find[T any](ctx context.Context, b *Backend, kind, id string) (out T, found bool, err error) {
	networks, err := b.c.Records.Networks(ctx)
	if err != nil {
		return out, false, err
	}
	for _, network := range networks {
		all, has, err := b.recordsOn(ctx, network)
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

// checkNetworkID refuses a network that is not there, or that is not written as its id.
func (b *Backend) checkNetworkID(ctx context.Context, network string) error {
	n, err := b.c.Networks.Network(ctx, network, "")
	if err != nil {
		return openstack.AttributeErrorf("network_id", "%w", err)
	}
	if n.ID != network {
		return openstack.AttributeErrorf("network_id", "%s is the key of the portgroup %s: write its id, %q", network, n.Name, n.ID)
	}
	return nil
}
