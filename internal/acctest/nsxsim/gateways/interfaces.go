// SPDX-License-Identifier: MPL-2.0

package gateways

import (
	"net/netip"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// subnet is one that a gateway has an address in, and the segment or the interface that says so.
type subnet struct {
	path   string
	prefix netip.Prefix
}

// subnets are those of a gateway: of the segments that are connected to it, and of its interfaces.
func subnets(o *policy.Objects, router string) []subnet {
	var all []subnet
	for _, x := range o.Each("Segment") {
		if x.String("connectivity_path") == router {
			for _, prefix := range SegmentSubnets(x.Body) {
				all = append(all, subnet{x.Path, prefix})
			}
		}
	}
	for _, x := range o.Each("Tier1Interface") {
		if routerOf(x.Path) == router {
			prefixes, _ := interfaceSubnets(x.Body)
			for _, prefix := range prefixes {
				all = append(all, subnet{x.Path, prefix})
			}
		}
	}
	return all
}

// SegmentSubnets are the gateway addresses of a segment with the lengths of their prefixes.
func SegmentSubnets(segment map[string]any) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range policy.Strings(segment, "subnets.gateway_address") {
		if gateway, err := netip.ParsePrefix(text); err == nil {
			all = append(all, gateway)
		}
	}
	return all
}

// interfaceSubnets are an interface's addresses with the lengths of their prefixes.
func interfaceSubnets(body map[string]any) ([]netip.Prefix, *policy.Refusal) {
	var all []netip.Prefix
	for _, one := range elements(body["subnets"]) {
		texts := policy.Strings(one, "ip_addresses")
		if len(texts) != 1 {
			return nil, policy.Invalid("a subnet of an interface has one of ip_addresses, not %d", len(texts))
		}
		address, err := netip.ParseAddr(texts[0])
		length, _ := one["prefix_len"].(float64)
		prefix := netip.PrefixFrom(address, int(length))
		if err != nil || length < 1 || !prefix.IsValid() {
			return nil, policy.Invalid("%q is no address, or %v no length of its prefix", texts[0], one["prefix_len"])
		}
		if prefix.Addr() == prefix.Masked().Addr() && !prefix.IsSingleIP() {
			return nil, policy.Invalid("%s is the address of the subnet itself", prefix)
		}
		all = append(all, prefix)
	}
	if len(all) == 0 {
		return nil, policy.Invalid("an interface has to have subnets")
	}
	return all, nil
}

// occupied refuses a second way to a gateway for a segment (an issue of github.com/vmware/terraform-provider-nsxt has the code).
func occupied(o *policy.Objects, segment, except string) *policy.Refusal {
	for _, x := range o.Each("Tier1Interface") {
		if x.Path != except && x.String("segment_path") == segment {
			return policy.HasRouter("the segment path=[%s] has a router interface already: path=[%s]", segment, x.Path)
		}
	}
	return nil
}

// CheckConnection refuses to connect a segment to a gateway where it has another one, or whose interfaces have an address in its subnets.
func CheckConnection(o *policy.Objects, segment *policy.Object, body map[string]any) *policy.Refusal {
	router, _ := body["connectivity_path"].(string)
	if router == "" {
		return nil
	}
	if was := segment.String("connectivity_path"); was != "" && was != router {
		return policy.HasRouter("the segment path=[%s] is connected to path=[%s] already", segment.Path, was)
	}
	if refusal := occupied(o, segment.Path, ""); refusal != nil {
		return refusal
	}
	return overlap(o, router, segment.Path, SegmentSubnets(body))
}

// checkInterface refuses an interface without addresses, on a segment that has a gateway, or in a subnet that its own gateway has.
func checkInterface(o *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	path, _ := body["segment_path"].(string)
	segment := o.Get(path)
	if segment == nil {
		return policy.Invalid("an interface has to have segment_path")
	}
	if router := segment.String("connectivity_path"); router != "" {
		return policy.HasRouter("the segment path=[%s] is connected to path=[%s] already", path, router)
	}
	if refusal := occupied(o, path, x.Path); refusal != nil {
		return refusal
	}
	prefixes, refusal := interfaceSubnets(body)
	if refusal != nil {
		return refusal
	}
	return overlap(o, routerOf(x.Path), x.Path, prefixes)
}

// overlap refuses subnets of a segment or an interface that another one of the same gateway has addresses in.
func overlap(o *policy.Objects, router, path string, prefixes []netip.Prefix) *policy.Refusal {
	for _, theirs := range subnets(o, router) {
		for _, prefix := range prefixes {
			if theirs.path != path && theirs.prefix.Overlaps(prefix) {
				return policy.Overlap("subnet %s overlaps with %s of path=[%s]", prefix.Masked(), theirs.prefix.Masked(), theirs.path)
			}
		}
	}
	return nil
}

// elements are the objects of a list, as package json decodes it.
func elements(value any) []map[string]any {
	list, _ := value.([]any)
	var all []map[string]any
	for _, element := range list {
		if object, ok := element.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}
