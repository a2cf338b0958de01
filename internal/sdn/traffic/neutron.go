// SPDX-License-Identifier: MPL-2.0

package traffic

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// Neutron is the law of groups that are only recorded: what Neutron takes, because a firewall of which nothing is known enforces them.
type Neutron struct{}

// CheckGroup refuses rules for replies where answers pass by themselves.
func (Neutron) CheckGroup(g openstack.SecurityGroup) error {
	if g.Stateful && g.Replies != "" {
		return openstack.AttributeErrorf("reply_rules", "the group %s is stateful, so answers to what it allows pass by themselves: leave "+
			"reply_rules out, or write stateful = false for a firewall without connection state", g.Name)
	}
	return nil
}

// withPorts are the protocols for which Neutron takes ports, by their numbers: tcp, udp, dccp, sctp and udplite.
var withPorts = []int64{sdn.TCP, sdn.UDP, 33, 132, 136}

// CheckRule refuses ports, types and codes as Neutron does.
func (Neutron) CheckRule(r sdn.Rule) error {
	switch {
	case r.PortMin == nil && r.PortMax == nil:
		return nil
	case isICMP(r.Number):
		return checkICMP(r)
	case !slices.Contains(withPorts, r.Number):
		return openstack.AttributeErrorf("port_range_min", "%s has no ports: leave port_range_min and port_range_max out, or write a protocol "+
			"that has (tcp, udp, dccp, sctp, udplite)", sdn.ProtocolName(r.Number))
	case r.PortMin == nil || r.PortMax == nil:
		return openstack.AttributeErrorf("port_range_min", "a range has two ends: write port_range_min and port_range_max, the same number "+
			"twice for one port")
	case *r.PortMin < 1 || *r.PortMax > 65535 || *r.PortMin > *r.PortMax:
		return openstack.AttributeErrorf("port_range_min", "%d to %d is no range of ports: they go from 1 to 65535, the smaller first",
			*r.PortMin, *r.PortMax)
	}
	return nil
}

// checkICMP refuses a code without a type, and numbers that do not fit their octet.
func checkICMP(r sdn.Rule) error {
	if r.PortMin == nil {
		return openstack.AttributeErrorf("port_range_min", "port_range_max is a code of ICMP, and a code belongs to a type: write the type in "+
			"port_range_min")
	}
	for attribute, number := range map[string]*int64{"port_range_min": r.PortMin, "port_range_max": r.PortMax} {
		if number != nil && (*number < 0 || *number > 255) {
			return openstack.AttributeErrorf(attribute, "%d is no type or code of ICMP: these go from 0 to 255", *number)
		}
	}
	return nil
}

// CheckRuleOf accepts every rule in every group.
func (Neutron) CheckRuleOf(openstack.SecurityGroup, sdn.Rule) error { return nil }

// CheckMember accepts every port.
func (Neutron) CheckMember(openstack.Port) error { return nil }

// CheckClaimed accepts every port.
func (Neutron) CheckClaimed(openstack.Port) error { return nil }
