package gateway

import (
	"net/netip"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// outside are the fields of NAT rules that hold external addresses, by the rule's action.
var outside = map[string]string{"SNAT": "translated_network", "REFLEXIVE": "translated_network", "DNAT": "destination_network"}

// ForeignAddresses returns the external addresses that NAT rules of others use, so that no router or floating IP gets one: what their SNAT
// translates to, and what their DNAT is for. rules may be of any gateway.
func ForeignAddresses(w policy.Owner, rules []policy.Object) (out []netip.Prefix) {
	for _, o := range rules {
		field := outside[o.Text("action")]
		if field == "" || w.Owns(o) {
			continue
		}
		for text := range strings.SplitSeq(o.Text(field), ",") {
			if prefix, err := sdn.NormalPrefix(strings.TrimSpace(text)); err == nil {
				out = append(out, prefix)
			}
		}
	}
	return out
}

// UplinkAddresses returns the addresses that a tier-0 has on its own interfaces, which no router or floating IP may have.
func UplinkAddresses(interfaces []policy.Object) (out []netip.Prefix) {
	for _, o := range interfaces {
		for _, s := range policy.As[Interface](o).Subnets {
			for _, text := range s.IPAddresses {
				if at, err := netip.ParseAddr(text); err == nil {
					out = append(out, netip.PrefixFrom(at, at.BitLen()))
				}
			}
		}
	}
	return out
}
