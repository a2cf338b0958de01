// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// tier0s returns the tier-0 gateways of NSX, which are listed once.
func (b *Backend) tier0s(ctx context.Context) ([]policy.Tier0, error) {
	return b.gateways.Get(func() ([]policy.Tier0, error) {
		return api.List[policy.Tier0](ctx, b.api, b.api.SharedPath("tier-0s"), nil)
	})
}

// HasTier0 reports whether NSX has a tier-0 gateway with an id, path or name.
func (b *Backend) HasTier0(ctx context.Context, text string) (bool, error) {
	all, err := b.tier0s(ctx)
	return slices.ContainsFunc(all, func(t policy.Tier0) bool { return t.Called(text) }), err
}

// ExternalTier0 returns the policy path of the tier-0 gateway that is an external network. An error is at external_network_id.
func (b *Backend) ExternalTier0(ctx context.Context, network string) (path string, err error) {
	n, err := b.External().Find(ctx, network, "")
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return "", openstack.AttributeErrorf("external_network_id", "the network %s is no tier-0 gateway of NSX, and a router of NSX reaches "+
			"the outside by one: name a novasphere_networking_network with external = true whose physical_network is a tier-0, or the tier-0 itself",
			network)
	case err != nil:
		return "", err
	}
	return n.Gateway, nil
}

// edgeOfTier0 is the network that a tier-0 gateway is by itself, which nobody has made here.
func edgeOfTier0(t policy.Tier0) openstack.Network {
	name := t.Name
	if name == "" {
		name = t.ID
	}
	return openstack.Network{ID: t.ID, Name: name, Kind: openstack.NetworkExternal, AdminUp: true, External: true, Zone: name,
		Gateway: t.Path}
}
