// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// protocols maps the names that Neutron accepts for IP protocols (neutron_lib.constants) to their numbers.
var protocols = map[string]int64{
	"ah": 51, "dccp": 33, "egp": 8, "esp": 50, "gre": 47, "icmp": ICMP, "icmpv6": ICMPv6, "igmp": 2, "ipip": 4, "ipv6-encap": 41,
	"ipv6-frag": 44, "ipv6-icmp": ICMPv6,
	"ipv6-nonxt": 59, "ipv6-opts": 60, "ipv6-route": 43, "ospf": 89, "pgm": 113, "rsvp": 46, "sctp": 132, "tcp": TCP, "udp": UDP,
	"udplite": 136, "vrrp": 112,
}

// The numbers of the IP protocols whose packets are matched by ports or types.
const (
	ICMP   = 1
	TCP    = 6
	UDP    = 17
	ICMPv6 = 58
)

// onlyIPv6 are the protocols that Neutron refuses in rules of IPv4.
var onlyIPv6 = []int64{41, 43, 44, ICMPv6, 59, 60}

// ProtocolName returns the name of an IP protocol, or its number where it has none; -1 is any.
func ProtocolName(number int64) string {
	if number < 0 {
		return "any"
	}
	for _, name := range slices.Sorted(maps.Keys(protocols)) {
		if protocols[name] == number {
			return name
		}
	}
	return strconv.FormatInt(number, 10)
}

// protocolNumber parses a name or a number as Neutron does: -1 is any protocol, and icmp in IPv6 is ICMPv6.
func protocolNumber(text, ethertype string) (int64, error) {
	text = strings.ToLower(text)
	if text == "" || text == "any" {
		return -1, nil
	}
	if number, ok := protocols[text]; ok {
		if number == ICMP && ethertype == openstack.IPv6 {
			return ICMPv6, nil
		}
		return number, nil
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || number > 255 {
		return 0, fmt.Errorf("%q is no IP protocol: write one of %s, or a number from 0 to 255", text,
			strings.Join(slices.Sorted(maps.Keys(protocols)), ", "))
	}
	return number, nil
}

// Rule is a rule of a security group with its texts parsed.
type Rule struct {
	openstack.SecurityGroupRule
	Number int64        // of the protocol; -1 is any
	Prefix netip.Prefix // of the remote addresses; invalid where none is written
}

// clients is the range of ports that Linux chooses for clients (net.ipv4.ip_local_port_range), to which answers go.
var clients = [2]int64{32768, 60999}

// Asks reports whether a rule lets a guest ask servers anywhere by tcp or udp. One with the ports of clients alone lets its answers out.
func (r Rule) Asks() bool {
	return r.Direction == openstack.Egress && (r.Number < 0 || r.Number == TCP || r.Number == UDP) && r.toAnybody() &&
		(r.PortMin == nil || *r.PortMin < clients[0])
}

// Answers reports whether a rule lets the answers in to what another rule lets out, to the ports of clients.
func (r Rule) Answers(asks Rule) bool {
	return r.Direction == openstack.Ingress && r.EtherType == asks.EtherType && r.toAnybody() && (r.Number < 0 || r.Number == asks.Number ||
		asks.Number < 0 && (r.Number == TCP || r.Number == UDP)) &&
		(r.PortMin == nil || r.PortMax != nil && *r.PortMin <= clients[0] && *r.PortMax >= clients[1])
}

// toAnybody reports whether a rule is for every address.
func (r Rule) toAnybody() bool {
	return r.Remote() == "" && (r.RemotePrefix == "" || r.Prefix.IsValid() && r.Prefix.Bits() == 0)
}

// ReadRule parses a rule, and refuses one that Neutron would refuse, at its attribute. An unknown value is empty.
func ReadRule(r openstack.SecurityGroupRule) (read Rule, err error) {
	read.SecurityGroupRule = r
	var noProtocol, noPrefix error
	read.Number, noProtocol = protocolNumber(r.Protocol, r.EtherType)
	if r.RemotePrefix != "" {
		read.Prefix, noPrefix = NormalPrefix(r.RemotePrefix)
	}
	switch {
	case r.Direction != openstack.Ingress && r.Direction != openstack.Egress:
		err = openstack.AttributeErrorf("direction", "%q is no direction: write ingress or egress", r.Direction)
	case r.EtherType != openstack.IPv4 && r.EtherType != openstack.IPv6:
		err = openstack.AttributeErrorf("ethertype", "%q is no IP version: write IPv4 or IPv6", r.EtherType)
	case noProtocol != nil:
		err = openstack.AttributeErrorf("protocol", "%w", noProtocol)
	case r.RemotePrefix != "" && r.RemoteGroupID != "":
		err = openstack.AttributeErrorf("remote_group_id", "it contradicts remote_ip_prefix: write only one of them")
	case r.AddressGroupID != "" && (r.RemotePrefix != "" || r.RemoteGroupID != ""):
		err = openstack.AttributeErrorf("remote_address_group_id", "it contradicts remote_ip_prefix and remote_group_id: write only one of them")
	case noPrefix != nil:
		err = openstack.AttributeErrorf("remote_ip_prefix", "%w", noPrefix)
	case r.RemotePrefix != "" && read.Prefix.Addr().Is6() != (r.EtherType == openstack.IPv6):
		err = openstack.AttributeErrorf("remote_ip_prefix", "%s is not %s: write the other ethertype, or another prefix", read.Prefix,
			r.EtherType)
	}
	return read, err
}

// CheckNewRule refuses what ReadRule refuses, and also rules that match no packet. Such rules may be recorded already, and do no harm.
func CheckNewRule(r openstack.SecurityGroupRule) error {
	read, err := ReadRule(r)
	if err == nil && r.EtherType == openstack.IPv4 && slices.Contains(onlyIPv6, read.Number) {
		err = openstack.AttributeErrorf("protocol", "%s is a protocol of IPv6, and the ethertype is IPv4: write ethertype = \"IPv6\", or "+
			"protocol = \"icmp\" for ICMP of IPv4", r.Protocol)
	}
	return err
}
