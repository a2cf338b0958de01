// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// nameNetworks fills in the names of the NICs' networks, which a VM does not hold. A network that cannot be looked up gets none.
func (r instance) nameNetworks(ctx context.Context, s *openstack.Server) { r.nameUnknown(ctx, s, nil) }

// nameUnknown fills in the names that the blocks do not hold.
func (r instance) nameUnknown(ctx context.Context, s *openstack.Server, blocks []model.Network) {
	for i := range s.NICs {
		known := slices.ContainsFunc(blocks, func(b model.Network) bool {
			return strings.EqualFold(b.MAC.ValueString(), s.NICs[i].MAC) && (b.UUID.ValueString() == s.NICs[i].NetworkID ||
				crud.WrittenEmpty(b.UUID))
		})
		if known || s.NICs[i].Attached {
			continue
		}
		if network, err := r.Client.Networks.Network(ctx, s.NICs[i].NetworkID, ""); err == nil {
			s.NICs[i].NetworkName = network.Name
		}
	}
}
