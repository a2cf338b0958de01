package dvs

import (
	"context"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
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
	origins         sync.Map // ids of networks of this vCenter by their ids in OpenStack, and the reverse
	reached         sync.Map // switches with members among the hosts of zones
}

var _ sdn.Backend = &Backend{}

// New prepares a backend without calling the vCenter.
func New(c *vcenter.Client) *Backend {
	b := &Backend{c: c}
	b.Backend = l3.New(c, b, lawOf(c))
	b.enforceGathered = wire.Gather(b.enforceChanges)
	return b
}

// Standings tells what is connected to the switch ports that were booked for ports.
func (b *Backend) Standings(ctx context.Context, on string, ports []openstack.Port) ([]network.Standing, error) {
	return b.c.Networks.Standings(ctx, on, ports)
}
