// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// ServiceCluster returns the path of the edge cluster on which the service parts of routers behind a tier-0 gateway run: the provider's,
// else the tier-0's own. Empty: there is none.
func (b *Backend) ServiceCluster(ctx context.Context, tier0 string) (string, error) {
	if b.cfg.EdgeCluster != "" {
		return b.edgeCluster(ctx)
	}
	if tier0 == "" {
		return "", nil
	}
	known, _ := b.serviceClusters.LoadOrStore(tier0, &wire.Lookup[string]{})
	once, _ := known.(*wire.Lookup[string])
	return once.Get(func() (string, error) {
		all, err := api.List[struct {
			EdgeCluster string `json:"edge_cluster_path"`
		}](ctx, b.api, tier0+"/locale-services", nil)
		for _, one := range all {
			if one.EdgeCluster != "" {
				return one.EdgeCluster, err
			}
		}
		return "", err
	})
}
