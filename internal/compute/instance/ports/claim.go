package ports

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// CheckClaim refuses addresses that another port has, or is to have. It gives the port that is to be; nothing where none is claimed.
func (r Plugger) CheckClaim(ctx context.Context, s Plug) (openstack.Port, error) {
	port := openstack.Port{NetworkID: s.Network.ID, FixedIPs: s.Addresses}
	if s.Port != "" || len(port.FixedIPs) == 0 {
		return openstack.Port{}, nil
	}
	return port, r.Network.CheckClaim(ctx, sdn.PortRequest{Port: port})
}
