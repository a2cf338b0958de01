// SPDX-License-Identifier: MPL-2.0

package gateways

import (
	"net/netip"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// checkStaticRoute refuses a route that leads nowhere, or whose next hop is of the other version of IP.
func checkStaticRoute(_ *policy.Objects, _ *policy.Object, body map[string]any) *policy.Refusal {
	text, _ := body["network"].(string)
	network, err := netip.ParsePrefix(text)
	if err != nil || network != network.Masked() {
		return policy.Invalid("network %q is no network", text)
	}
	hops := elements(body["next_hops"])
	if len(hops) == 0 {
		return policy.Invalid("a static route has to have next_hops")
	}
	for _, hop := range hops {
		text, _ := hop["ip_address"].(string)
		address, err := netip.ParseAddr(text)
		if err != nil || address.Is4() != network.Addr().Is4() {
			return policy.Invalid("next_hops has %q, which is no address of the version of %s", text, network)
		}
		if distance, ok := hop["admin_distance"].(float64); ok && (distance < 1 || distance > 255) {
			return policy.Invalid("admin_distance %v is not from 1 to 255", distance)
		}
	}
	return nil
}
