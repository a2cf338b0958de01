// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// ServiceEntry is the traffic of a rule: ports (NSX API, L4PortSetServiceEntry), types of ICMP (ICMPTypeServiceEntry) or a protocol
// (IPProtocolServiceEntry).
type ServiceEntry struct {
	ResourceType string `json:"resource_type"`

	L4Protocol       string   `json:"l4_protocol,omitempty"` // TCP or UDP
	SourcePorts      []string `json:"source_ports,omitempty"`
	DestinationPorts []string `json:"destination_ports,omitempty"`

	Protocol string `json:"protocol,omitempty"` // ICMPv4 or ICMPv6
	ICMPType *int64 `json:"icmp_type,omitempty"`
	ICMPCode *int64 `json:"icmp_code,omitempty"`

	ProtocolNumber *int64 `json:"protocol_number,omitempty"`
}

// portProtocols are the protocols of which NSX tells ports apart.
var portProtocols = map[int64]string{sdn.TCP: "TCP", sdn.UDP: "UDP"}

// icmpNames are the protocols of which NSX tells types apart.
var icmpNames = map[int64]string{sdn.ICMP: "ICMPv4", sdn.ICMPv6: "ICMPv6"}

// icmpCodes are the types of ICMP that NSX takes and their codes, by the protocol. A type without codes is taken with none; its only code 0
// needs no mention.
var icmpCodes = map[int64]map[int64][]int64{
	sdn.ICMP: {0: {0}, 3: numbers(0, 15), 4: {0}, 5: numbers(0, 3), 8: {0}, 9: {0}, 10: {0}, 11: {0, 1}, 12: numbers(0, 2), 13: {0}, 14: {0}},
	sdn.ICMPv6: withoutCodes(map[int64][]int64{1: {0, 2, 3, 4, 5, 6, 7}, 3: {0, 1}, 4: numbers(0, 2), 2: nil, 157: nil, 158: nil},
		numbers(128, 147)),
}

func numbers(first, last int64) (out []int64) {
	for n := first; n <= last; n++ {
		out = append(out, n)
	}
	return out
}

func withoutCodes(types map[int64][]int64, more []int64) map[int64][]int64 {
	for _, kind := range more {
		types[kind] = nil
	}
	return types
}

// CheckRule refuses a rule of a security group that Neutron takes, and that NSX cannot enforce.
func CheckRule(r sdn.Rule) error {
	_, isICMP := icmpNames[r.Number]
	switch {
	case r.Number == sdn.ICMP && r.EtherType == openstack.IPv6, r.Number == sdn.ICMPv6 && r.EtherType == openstack.IPv4:
		return openstack.AttributeErrorf("protocol", "%s is not a protocol of %s, and NSX takes no such rule: write protocol = \"icmp\", which "+
			"is that of either IP version", sdn.ProtocolName(r.Number), r.EtherType)
	case isICMP:
		return checkICMP(r)
	case r.PortMin != nil && portProtocols[r.Number] == "":
		return openstack.AttributeErrorf("port_range_min", "NSX knows ports of tcp and udp only, and the protocol is %s: leave port_range_min "+
			"and port_range_max out to allow all of it", sdn.ProtocolName(r.Number))
	}
	return nil
}

// checkICMP refuses a type or a code of ICMP that NSX does not have.
func checkICMP(r sdn.Rule) error {
	if r.PortMin == nil {
		return nil
	}
	codes, known := icmpCodes[r.Number][*r.PortMin]
	switch {
	case !known:
		return openstack.AttributeErrorf("port_range_min", "NSX has no type %d of %s: leave the type out to allow all of them", *r.PortMin,
			sdn.ProtocolName(r.Number))
	case r.PortMax == nil || slices.Contains(codes, *r.PortMax) || len(codes) == 0 && *r.PortMax == 0:
		return nil
	}
	return openstack.AttributeErrorf("port_range_max", "NSX has no code %d of the type %d of %s: leave the code out to allow all of them",
		*r.PortMax, *r.PortMin, sdn.ProtocolName(r.Number))
}

// entries returns the traffic of a rule, nil for any.
func entries(r sdn.Rule) []ServiceEntry {
	switch {
	case r.Number < 0:
		return nil
	case portProtocols[r.Number] != "":
		return []ServiceEntry{{ResourceType: "L4PortSetServiceEntry", L4Protocol: portProtocols[r.Number], DestinationPorts: ports(r)}}
	case icmpNames[r.Number] != "":
		entry := ServiceEntry{ResourceType: "ICMPTypeServiceEntry", Protocol: icmpNames[r.Number], ICMPType: r.PortMin}
		if r.PortMin != nil && len(icmpCodes[r.Number][*r.PortMin]) > 0 {
			entry.ICMPCode = r.PortMax
		}
		return []ServiceEntry{entry}
	}
	return []ServiceEntry{{ResourceType: "IPProtocolServiceEntry", ProtocolNumber: &r.Number}}
}

// ports returns the ports of a rule as NSX writes them, nil for any.
func ports(r sdn.Rule) []string {
	switch {
	case r.PortMin == nil:
		return nil
	case r.PortMax == nil || *r.PortMax == *r.PortMin:
		return []string{strconv.FormatInt(*r.PortMin, 10)}
	}
	return []string{fmt.Sprintf("%d-%d", *r.PortMin, *r.PortMax)}
}
