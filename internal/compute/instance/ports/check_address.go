// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// CheckClaim refuses addresses that another port has or is planned to have. It returns the port that is to have them, or the zero value
// where none is claimed.
func (r Plugger) CheckClaim(ctx context.Context, s Request) (openstack.Port, error) {
	port := openstack.Port{NetworkID: s.Network.ID, FixedIPs: s.Addresses, Implicit: true}
	if s.Port != "" || len(port.FixedIPs) == 0 {
		return openstack.Port{}, nil
	}
	return port, r.Network.CheckClaim(ctx, sdn.PortRequest{Port: port})
}
