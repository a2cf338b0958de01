// SPDX-License-Identifier: MPL-2.0

package gateways

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// Packet is the first one of a connection. Protocol is the number of an IP protocol (IANA); only TCP and UDP have ports.
type Packet struct {
	Protocol                    int
	Source, Destination         netip.Addr
	SourcePort, DestinationPort int
}

// reflexive is the action of a rule that translates both ways and keeps no state. Nobody makes one by this API here, but an operator may.
const reflexive = "REFLEXIVE"

// protocols are the numbers of those that entries of services have by name (IANA).
var protocols = map[string]int{"TCP": 6, "UDP": 17}

// Translate is what becomes of a packet that comes to a tier-1 gateway: its destination is translated first, and then the source of what
// leaves the gateway's own subnets. Of the rules that are realized, the one with the lowest sequence_number that a packet is of decides;
// equal ones have no order in NSX, and that of their ids here.
func Translate(o *policy.Objects, router string, p Packet) Packet {
	rules := inForce(o, router)
	for _, x := range rules {
		if to, ok := inbound(o, x, p); ok {
			p = to
			break
		}
	}
	if slices.ContainsFunc(subnets(o, router), func(s subnet) bool { return s.prefix.Contains(p.Destination) }) {
		return p
	}
	for _, x := range rules {
		if to, ok := outbound(o, x, p); ok {
			return to
		}
	}
	return p
}

// inForce are the rules of a gateway that are realized and are not about some interfaces only, in the order of their numbers.
func inForce(o *policy.Objects, router string) []*policy.Object {
	rules := slices.DeleteFunc(o.Each("PolicyNatRule"), func(x *policy.Object) bool {
		if x.String("action") == "NAT64" && routerOf(x.Path) == router {
			o.Misuse("path=[%s] has the action NAT64, which Translate does not know: its answers may be wrong", x.Path)
			return true
		}
		return routerOf(x.Path) != router || !o.IsRealized(x) || x.Body["enabled"] == false || len(policy.Strings(x.Body, "scope")) > 0
	})
	slices.SortStableFunc(rules, func(a, b *policy.Object) int { return cmp.Compare(sequence(a), sequence(b)) })
	return rules
}

func sequence(x *policy.Object) float64 {
	number, _ := x.Body["sequence_number"].(float64)
	return number
}

// concerns says whether a rule is about the addresses of a packet.
func concerns(x *policy.Object, p Packet) bool {
	for property, address := range map[string]netip.Addr{"source_network": p.Source, "destination_network": p.Destination} {
		prefixes, _ := parseNetworks(x.String(property))
		if len(prefixes) > 0 && !slices.ContainsFunc(prefixes, func(of netip.Prefix) bool { return of.Contains(address) }) {
			return false
		}
	}
	return true
}

// reflected is the address that has the same place in one network of a REFLEXIVE rule as an address has in the other, where it is in that
// (API of NSX 4.1, PolicyNatRule: as many original networks as translated ones).
func reflected(address netip.Addr, from, to string) (netip.Addr, bool) {
	originals, _ := parseNetworks(from)
	translated, _ := parseNetworks(to)
	if len(originals) != 1 || len(translated) != 1 || originals[0].Bits() != translated[0].Bits() || !originals[0].Contains(address) {
		return address, false
	}
	bytes, network, host := translated[0].Addr().AsSlice(), translated[0].Bits(), address.AsSlice()
	for i := range bytes {
		for bit := range 8 {
			if i*8+bit >= network {
				bytes[i] |= host[i] & (1 << (7 - bit))
			}
		}
	}
	out, _ := netip.AddrFromSlice(bytes)
	return out, true
}

// inbound is a packet with another destination, where a rule is about it. With a service, the rule's translated_ports are those that the
// packet comes to, and the service's ports those that it goes on to; without one, translated_ports mean nothing (API of NSX 4.1,
// PolicyNatRule).
func inbound(o *policy.Objects, x *policy.Object, p Packet) (Packet, bool) {
	if x.String("action") == reflexive {
		to, ok := reflected(p.Destination, x.String("translated_network"), x.String("source_network"))
		p.Destination = to
		return p, ok
	}
	if !actions[x.String("action")].inbound || !concerns(x, p) {
		return p, false
	}
	from := p.DestinationPort
	if path := x.String("service"); path != "" {
		port, ok := servedPort(o.Get(path), x.String("translated_ports"), p)
		if !ok {
			return p, false
		}
		from = port
	}
	if to, _ := parseNetworks(x.String("translated_network")); len(to) > 0 {
		p.Destination, p.DestinationPort = to[0].Addr(), from
	}
	return p, true
}

// servedPort is the port that a packet goes on to, where a service and the ports before it are about the packet.
func servedPort(service *policy.Object, before string, p Packet) (int, bool) {
	for _, entry := range entriesFor(service, p) {
		for _, text := range policy.Strings(entry, "destination_ports") {
			after, _ := parsePorts(text)
			outer, ok := parsePorts(before)
			if !ok {
				outer = after
			}
			if outer.contains(p.DestinationPort) {
				return after.first + p.DestinationPort - outer.first, true
			}
		}
	}
	return 0, false
}

// entriesFor are the entries of a service that are about the protocol and the source port of a packet.
func entriesFor(service *policy.Object, p Packet) []map[string]any {
	if service == nil {
		return nil
	}
	return slices.DeleteFunc(elements(service.Body["service_entries"]), func(entry map[string]any) bool {
		protocol, _ := entry["l4_protocol"].(string)
		sources := policy.Strings(entry, "source_ports")
		return protocols[protocol] != p.Protocol || len(sources) > 0 && !slices.ContainsFunc(sources, func(text string) bool {
			of, _ := parsePorts(text)
			return of.contains(p.SourcePort)
		})
	})
}

// outbound is a packet with another source, where a rule is about it. The ports of a service mean nothing then, only its protocol.
func outbound(o *policy.Objects, x *policy.Object, p Packet) (Packet, bool) {
	if x.String("action") == reflexive {
		from, ok := reflected(p.Source, x.String("source_network"), x.String("translated_network"))
		p.Source = from
		return p, ok
	}
	if actions[x.String("action")].inbound || !concerns(x, p) {
		return p, false
	}
	if path := x.String("service"); path != "" && len(entriesFor(o.Get(path), p)) == 0 {
		return p, false
	}
	if to, _ := parseNetworks(x.String("translated_network")); len(to) > 0 {
		p.Source = to[0].Addr()
	}
	return p, true
}
