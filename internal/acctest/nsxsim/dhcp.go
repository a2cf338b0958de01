// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"net/netip"
	"path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// checkDHCP refuses what the DHCP configuration of a subnet may not say: it needs a server, whose address has to lie in the subnet and be
// free.
func checkDHCP(segment, subnet map[string]any, gateway netip.Prefix) *policy.Refusal {
	config, _ := subnet["dhcp_config"].(map[string]any)
	if config == nil {
		return nil
	}
	text, _ := config["server_address"].(string)
	server, err := netip.ParsePrefix(text)
	switch {
	case segment["dhcp_config_path"] == nil:
		return policy.Invalid("a subnet has a dhcp_config, and its segment no dhcp_config_path")
	case err != nil || server.Masked() != gateway.Masked():
		return policy.Invalid("server_address %q does not lie in the subnet %s", text, gateway.Masked())
	case server.Addr() == gateway.Addr() || server.Addr() == gateway.Masked().Addr():
		return policy.Invalid("server_address %s is not free", text)
	case gateway.Addr().Is4() != (config["resource_type"] == "SegmentDhcpV4Config"):
		return policy.Invalid("%v is not for the subnet %s", config["resource_type"], gateway.Masked())
	}
	return nil
}

// checkStaticBinding refuses an address that the segment's DHCP server of that version does not give, or gives to somebody else.
func checkStaticBinding(o *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	segment := o.Get(path.Dir(path.Dir(x.Path)))
	for _, address := range boundAddresses(body) {
		if !serves(segment, address) {
			return policy.Invalid("no subnet with DHCP of path=[%s] has the address %s to give", segment.Path, address)
		}
		for _, other := range o.Below(segment.Path) {
			if other.Path == x.Path || path.Base(path.Dir(other.Path)) != path.Base(path.Dir(x.Path)) || o.Get(other.Path) == nil {
				continue
			}
			for _, theirs := range boundAddresses(other.Body) {
				if theirs == address {
					return policy.Overlap("the address %s is bound by path=[%s] already", address, other.Path)
				}
			}
		}
	}
	return nil
}

// boundAddresses are those of a static binding, of either version.
func boundAddresses(body map[string]any) []netip.Addr {
	var all []netip.Addr
	single, _ := body["ip_address"].(string)
	for _, text := range append(texts(body["ip_addresses"]), single) {
		if address, err := netip.ParseAddr(text); err == nil {
			all = append(all, address)
		}
	}
	return all
}

// serves says whether a segment's DHCP server can give an address: one of its subnet that is neither the gateway's nor the server's own.
func serves(segment *policy.Object, address netip.Addr) bool {
	for _, subnet := range objects(segment.Body["subnets"]) {
		config, _ := subnet["dhcp_config"].(map[string]any)
		own, _ := config["server_address"].(string)
		theirs, _ := subnet["gateway_address"].(string)
		server, err1 := netip.ParsePrefix(own)
		gateway, err2 := netip.ParsePrefix(theirs)
		if err1 == nil && err2 == nil && gateway.Contains(address) && address != server.Addr() && address != gateway.Addr() {
			return true
		}
	}
	return false
}
