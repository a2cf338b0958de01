// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// mostPorts is how many ports an entry may have on each side; a range counts as two (schema of L4PortSetServiceEntry).
const mostPorts = 15

// protocols are the numbers of the protocols that entries have by name (IANA protocol numbers).
var protocols = map[string]int{"TCP": TCP, "UDP": UDP, "ICMPv4": ICMP4, "ICMPv6": ICMP6}

// entry is one of a service's, or of a rule's own.
type entry struct {
	Type             string   `json:"resource_type"`
	L4Protocol       string   `json:"l4_protocol"`
	SourcePorts      []string `json:"source_ports"`
	DestinationPorts []string `json:"destination_ports"`
	Protocol         string   `json:"protocol"`
	ICMPType         *int     `json:"icmp_type"`
	ICMPCode         *int     `json:"icmp_code"`
	Number           *int     `json:"protocol_number"`
}

type service struct {
	Entries []entry `json:"service_entries"`
}

func checkService(_ *policy.Objects, _ *policy.Object, body map[string]any) *policy.Refusal {
	entries := decode[service](body).Entries
	if len(entries) == 0 {
		return policy.Invalid("a Service has to have service_entries")
	}
	return checkEntries(entries)
}

func checkEntries(entries []entry) *policy.Refusal {
	for _, e := range entries {
		refusal := checkPorts("source_ports", e.SourcePorts)
		if refusal == nil {
			refusal = checkPorts("destination_ports", e.DestinationPorts)
		}
		if refusal == nil && e.Type == "ICMPTypeServiceEntry" {
			refusal = e.checkICMP()
		}
		if refusal != nil {
			return refusal
		}
		if e.Type == "IPProtocolServiceEntry" && (e.Number == nil || *e.Number < 0 || *e.Number > 255) {
			return policy.Invalid("protocol_number has to be from 0 to 255")
		}
	}
	return nil
}

func checkPorts(property string, ports []string) *policy.Refusal {
	count := 0
	for _, text := range ports {
		first, last, ok := portRange(text)
		if !ok {
			return policy.Invalid("%s has %q, which is no port and no range of ports", property, text)
		}
		count++
		if first != last {
			count++
		}
	}
	if count > mostPorts {
		return policy.Invalid("%s has more than %d values, and a range counts as two", property, mostPorts)
	}
	return nil
}

// portRange reads a port or a range of ports. A range of one port is none: it has to be the port alone.
func portRange(text string) (first, last int, ok bool) {
	from, to, ranged := strings.Cut(text, "-")
	a, err := strconv.ParseUint(from, 10, 16)
	if !ranged || err != nil {
		return int(a), int(a), err == nil
	}
	b, err := strconv.ParseUint(to, 10, 16)
	return int(a), int(b), err == nil && a < b
}

// codes are the ICMP codes that NSX takes by type; nil stands for any. Types that are not here are refused (VALID_ICMP_RANGES of
// github.com/sapcc/networking-nsx-t, the strict lists of github.com/vmware/vmware-nsxlib).
var codes = map[string]map[int]func(code int) bool{
	"ICMPv4": {0: nil, 3: upTo(15), 4: nil, 5: upTo(3), 8: nil, 9: nil, 10: nil, 11: upTo(1), 12: upTo(2), 13: nil, 14: nil},
	"ICMPv6": icmp6(1, 4, 128, 147, 157, 158),
}

func upTo(last int) func(int) bool { return func(code int) bool { return code <= last } }

// icmp6 has the types of some ranges, each by its first and its last one.
func icmp6(bounds ...int) map[int]func(int) bool {
	all := map[int]func(int) bool{}
	for pair := range slices.Chunk(bounds, 2) {
		for typ := pair[0]; typ <= pair[1]; typ++ {
			all[typ] = nil
		}
	}
	return all
}

func (e entry) checkICMP() *policy.Refusal {
	if e.ICMPType == nil {
		if e.ICMPCode != nil {
			return policy.Invalid("icmp_code needs an icmp_type")
		}
		return nil
	}
	allowed, known := codes[e.Protocol][*e.ICMPType]
	if !known {
		return policy.Invalid("icmp_type %d is none of %s", *e.ICMPType, e.Protocol)
	}
	if e.ICMPCode != nil && (*e.ICMPCode < 0 || *e.ICMPCode > 255 || allowed != nil && !allowed(*e.ICMPCode)) {
		return policy.Invalid("icmp_code %d is none of the icmp_type %d of %s", *e.ICMPCode, *e.ICMPType, e.Protocol)
	}
	return nil
}

// matches says whether a packet is of the entry.
func (e entry) matches(p Packet) bool {
	switch e.Type {
	case "L4PortSetServiceEntry":
		return p.Protocol == protocols[e.L4Protocol] && among(e.SourcePorts, p.SourcePort) && among(e.DestinationPorts, p.DestinationPort)
	case "ICMPTypeServiceEntry":
		return p.Protocol == protocols[e.Protocol] && (e.ICMPType == nil || *e.ICMPType == p.ICMPType) &&
			(e.ICMPCode == nil || *e.ICMPCode == p.ICMPCode)
	}
	return e.Number != nil && *e.Number == p.Protocol
}

// among says whether a port is one of some; no list has all of them.
func among(ports []string, port int) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(text string) bool {
		first, last, ok := portRange(text)
		return ok && first <= port && port <= last
	})
}
