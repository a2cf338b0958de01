// SPDX-License-Identifier: MPL-2.0

package mixed

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// CheckSubnet completes a planned subnet, or refuses one that its network cannot have.
func (b *Backend) CheckSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error) {
	return with(ctx, b, s.NetworkID, func(at part) (openstack.Subnet, error) { return at.CheckSubnet(ctx, s) })
}

// Subnet returns a subnet.
func (b *Backend) Subnet(ctx context.Context, network, id string) (openstack.Subnet, error) {
	return with(ctx, b, network, func(at part) (openstack.Subnet, error) { return at.Subnet(ctx, network, id) })
}

// CreateSubnet makes a subnet, and has NSX serve DHCP on it where it says so.
func (b *Backend) CreateSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error) {
	return with(ctx, b, s.NetworkID, func(at part) (openstack.Subnet, error) { return at.CreateSubnet(ctx, s) })
}

// CutSubnet is CreateSubnet for a subnet whose range a pool gives.
func (b *Backend) CutSubnet(ctx context.Context, s openstack.Subnet, complete func(openstack.Subnet) (openstack.Subnet, error)) (
	openstack.Subnet, error) {
	return with(ctx, b, s.NetworkID, func(at part) (openstack.Subnet, error) { return at.CutSubnet(ctx, s, complete) })
}

// UpdateSubnet changes a subnet.
func (b *Backend) UpdateSubnet(ctx context.Context, network, id string, change func(*openstack.Subnet) error) (openstack.Subnet, error) {
	return with(ctx, b, network, func(at part) (openstack.Subnet, error) { return at.UpdateSubnet(ctx, network, id, change) })
}

// DeleteSubnet removes a subnet on which no port has an address.
func (b *Backend) DeleteSubnet(ctx context.Context, network, id string) error {
	at, err := b.of(ctx, network)
	if err != nil {
		return err
	}
	return at.DeleteSubnet(ctx, network, id)
}
