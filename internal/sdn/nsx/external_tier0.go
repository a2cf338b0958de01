package nsx

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// ExternalTier0 returns the path of the tier-0 gateway that is an external network.
func (b *Backend) ExternalTier0(ctx context.Context, network string) (string, error) {
	all, err := api.List[policy.Object](ctx, b.api, b.api.SharedPath("tier-0s"), nil)
	if err != nil {
		return "", err
	}
	n, _ := b.c.Networks.Network(ctx, network, "")
	for _, o := range all {
		if o.ID() == network || o.Text("display_name") == n.Name {
			return o.Path(), nil
		}
	}
	return "", openstack.AttributeErrorf("external_network_id", "the network %s is no tier-0 gateway of NSX", network)
}
