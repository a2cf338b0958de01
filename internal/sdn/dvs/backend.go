// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"context"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Backend keeps networks as portgroups of a distributed switch, and has the switch filter the traffic of ports.
type Backend struct {
	*l3.Backend
	c               *vcenter.Client
	enforceGathered func(ctx context.Context, c traffic.Change) error
	place           recorded.Place // that the records ask: the backend itself, or what has other networks besides
	origins         sync.Map       // ids of networks of this vCenter by their ids in OpenStack, and the reverse
	reached         sync.Map       // switches with members among the hosts of zones
}

var _ sdn.Backend = &Backend{}

// New prepares a backend without calling the vCenter.
func New(c *vcenter.Client) *Backend {
	b := &Backend{}
	b.init(c, b, LawOf(c))
	return b
}

// NewBeside prepares a backend for the networks of distributed switches where there are others besides, all of which place knows. law is
// what groups may ask for there.
func NewBeside(c *vcenter.Client, place recorded.Place, law recorded.Law) *Backend {
	b := &Backend{}
	b.init(c, place, law)
	return b
}

func (b *Backend) init(c *vcenter.Client, place recorded.Place, law recorded.Law) {
	b.c, b.place = c, place
	b.Backend = l3.New(c, place, law)
	b.enforceGathered = wire.Gather(b.enforceChanges)
}

// Standings tells what is connected to the switch ports that were booked for ports.
func (b *Backend) Standings(ctx context.Context, on string, ports []openstack.Port) ([]network.Standing, error) {
	return b.c.Networks.Standings(ctx, on, ports)
}

// RemoveGroup does nothing: what the switch has of a group are the filters of its ports.
func (*Backend) RemoveGroup(context.Context, openstack.SecurityGroup) error { return nil }
