package instance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// warnOtherAddresses says where a guest reports other addresses than those that its ports have claimed.
func warnOtherAddresses(ctx context.Context, s openstack.Server) {
	for _, nic := range s.NICs {
		for _, claimed := range nic.Claimed {
			reported := nic.IPv4
			if strings.Contains(claimed, ":") {
				reported = nic.IPv6
			}
			if len(reported) > 0 && !slices.Contains(reported, claimed) {
				crud.WarnAt(ctx, path.Root("network"), "The guest has another address", fmt.Sprintf("The port of the NIC %s of %s has claimed %s, "+
					"and the guest reports %s: on that subnet (enable_dhcp = true) another server gives out the addresses. "+
					"Have it give that address to that MAC; until then the claimed address stays here and in fixed_ip_v4 or fixed_ip_v6, "+
					"access_ip_v4 and access_ip_v6 show what is reported, and security groups filter by the claimed one",
					nic.MAC, s.Name, claimed, strings.Join(reported, ", ")))
			}
		}
	}
}
