// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3"
)

// API returns the client of NSX, for what carries out other nouns than networks, subnets and ports.
func (b *Backend) API() *api.Client { return b.api }

// Root returns the path below which objects are made.
func (b *Backend) Root() policy.Root { return b.root }

// Records returns the records of all networks.
func (b *Backend) Records() *l3.Backend { return b.records }

// Relist has the segments listed again when they are asked for next.
func (b *Backend) Relist() { b.list.Forget() }

// Owner returns what tells this provider's objects from others.
func (b *Backend) Owner(ctx context.Context) (policy.Owner, error) { return b.owner(ctx) }

// ServesDHCP reports whether NSX serves DHCP on a subnet, as far as its record says so.
func (b *Backend) ServesDHCP(ctx context.Context, s openstack.Subnet) (bool, error) {
	return b.hasServer(ctx, s)
}
