// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/gateways"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// checkSegment refuses what a segment may not say, and completes its transport zone by the default one.
func checkSegment(o *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	if body["transport_zone_path"] == nil {
		body["transport_zone_path"] = cmp.Or(x.String("transport_zone_path"), OverlayZone)
	}
	if was := x.String("transport_zone_path"); was != "" && was != body["transport_zone_path"] {
		return policy.Invalid("the transport zone of path=[%s] cannot be changed", x.Path)
	}
	vlans := texts(body["vlan_ids"])
	if !isVLAN(o, body["transport_zone_path"]) {
		if len(vlans) > 0 {
			return policy.Invalid("vlan_ids are not for a segment of an overlay transport zone")
		}
		if refusal := gateways.CheckConnection(o, x, body); refusal != nil {
			return refusal
		}
		return checkSubnets(o, x, body)
	}
	if body["connectivity_path"] != nil {
		return policy.Invalid("connectivity_path is not for a segment of a VLAN transport zone")
	}
	if len(vlans) == 0 {
		return policy.Invalid("a segment of a VLAN transport zone has to have vlan_ids")
	}
	if i := slices.IndexFunc(vlans, func(s string) bool { return !isVLANRange(s) }); i >= 0 {
		return policy.Invalid("vlan_ids has %q, which is no VLAN id from 0 to 4094 and no range of them", vlans[i])
	}
	return checkSubnets(o, x, body)
}

func isVLAN(o *policy.Objects, zone any) bool {
	path, _ := zone.(string)
	x := o.Get(path)
	return x != nil && x.String("tz_type") == "VLAN_BACKED"
}

func isVLANRange(s string) bool {
	first, last, ranged := strings.Cut(s, "-")
	a, err1 := strconv.ParseUint(first, 10, 16)
	b, err2 := strconv.ParseUint(last, 10, 16)
	if !ranged {
		return err1 == nil && a <= 4094
	}
	return err1 == nil && err2 == nil && a <= b && b <= 4094
}

// checkSubnets refuses more than one gateway of a version, one that cannot be, and an overlap with another segment of the same gateway.
func checkSubnets(o *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	seen := map[bool]bool{}
	for _, subnet := range objects(body["subnets"]) {
		text, _ := subnet["gateway_address"].(string)
		gateway, err := netip.ParsePrefix(text)
		if err != nil {
			return policy.Invalid("gateway_address %q is no address with the length of a prefix", text)
		}
		if gateway.Addr() == gateway.Masked().Addr() && !gateway.IsSingleIP() {
			return policy.Invalid("gateway_address %s is the address of the subnet itself", text)
		}
		if seen[gateway.Addr().Is4()] {
			return policy.Invalid("a segment has at most one IPv4 and one IPv6 subnet")
		}
		seen[gateway.Addr().Is4()] = true
		for _, other := range connected(o, body["connectivity_path"]) {
			if other.Path == x.Path {
				continue
			}
			for _, theirs := range gateways.SegmentSubnets(other.Body) {
				if theirs.Overlaps(gateway) {
					return policy.Overlap("subnet %s overlaps with %s of path=[%s]", gateway.Masked(), theirs.Masked(), other.Path)
				}
			}
		}
		if refusal := checkDHCP(body, subnet, gateway); refusal != nil {
			return refusal
		}
	}
	return nil
}

// connected are the segments of a gateway.
func connected(o *policy.Objects, gateway any) []*policy.Object {
	path, _ := gateway.(string)
	if path == "" {
		return nil
	}
	return slices.DeleteFunc(o.Each("Segment"), func(x *policy.Object) bool { return x.String("connectivity_path") != path })
}

// checkSegmentDeletion refuses to delete a segment with ports. A port whose deletion is not over is still there for NSX.
func checkSegmentDeletion(o *policy.Objects, x *policy.Object) *policy.Refusal {
	for _, below := range o.Below(x.Path) {
		if below.Type == "SegmentPort" {
			return policy.HasPorts("the segment path=[%s] has VMs or ports connected to it", x.Path)
		}
	}
	return nil
}

func segmentState(o *policy.Objects, x *policy.Object) any {
	state := "in_progress"
	if o.IsRealized(x) {
		state = "success"
	}
	return map[string]any{"segment_path": x.Path, "state": state, "details": []any{}}
}

// objects are those of a list, as package json decodes it; none where it is no list.
func objects(value any) []map[string]any {
	list, _ := value.([]any)
	var all []map[string]any
	for _, element := range list {
		if object, ok := element.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

// texts are those of a list, as package json decodes it.
func texts(value any) []string {
	list, _ := value.([]any)
	var all []string
	for _, element := range list {
		if text, ok := element.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
