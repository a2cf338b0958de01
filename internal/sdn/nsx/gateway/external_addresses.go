// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"net/netip"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// outside are the fields of NAT rules that hold external addresses, by the rule's action.
var outside = map[string]string{"SNAT": "translated_network", "REFLEXIVE": "translated_network", "DNAT": "destination_network"}

// ForeignAddresses returns the NAT rules of others, as ports that have the external addresses and ranges which the rules use, so that no
// router or floating IP gets one: what their SNAT translates to, and what their DNAT is for. rules may be of any gateway.
func ForeignAddresses(w policy.Owner, rules []policy.Object) (out []openstack.Port) {
	for _, o := range rules {
		field := outside[o.Text("action")]
		if field == "" || w.Owns(o) {
			continue
		}
		rule := openstack.Port{ID: o.Path(), Name: o.Name(), Owner: openstack.OwnerNATRule, Foreign: true}
		for text := range strings.SplitSeq(o.Text(field), ",") {
			prefix, err := sdn.NormalPrefix(strings.TrimSpace(text))
			switch {
			case err != nil: // ANY
				continue
			case prefix.IsSingleIP():
				rule.FixedIPs = append(rule.FixedIPs, openstack.FixedIP{Address: prefix.Addr().String()})
			default:
				rule.FixedIPs = append(rule.FixedIPs, openstack.FixedIP{Address: prefix.String()})
			}
		}
		if len(rule.FixedIPs) > 0 {
			out = append(out, rule)
		}
	}
	return out
}

// UplinkAddresses returns the interfaces of a tier-0, as ports that have their addresses, which no router or floating IP may have.
func UplinkAddresses(interfaces []policy.Object) (out []openstack.Port) {
	for _, o := range interfaces {
		uplink := openstack.Port{ID: o.Path(), Name: o.Name(), Owner: openstack.OwnerUplink, Foreign: true}
		for _, s := range policy.As[Interface](o).Subnets {
			for _, text := range s.IPAddresses {
				if at, err := netip.ParseAddr(text); err == nil {
					uplink.FixedIPs = append(uplink.FixedIPs, openstack.FixedIP{Address: at.String()})
				}
			}
		}
		out = append(out, uplink)
	}
	return out
}
