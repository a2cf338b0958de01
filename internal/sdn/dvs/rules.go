// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
)

// ported are the protocols whose ports the switch can match: the vSphere API documents TCP and UDP only (DvsIpNetworkRuleQualifier).
var ported = []int64{sdn.TCP, sdn.UDP}

// mostRules is the limit of rules for a port. vSphere documents none, but the switch evaluates each rule for every packet.
const mostRules = 200

// stateless is the law of groups on a switch: it filters packets without connection state, by addresses and ports.
type stateless struct{}

// CheckGroup refuses a group with state, and one whose first rules allow all egress while answers pass.
func (stateless) CheckGroup(g openstack.SecurityGroup) error {
	if g.Stateful {
		return Stateful(g.Name)
	}
	for _, r := range g.Rules {
		if read, err := sdn.ReadRule(r); err != nil || CheckReplies(g, read) != nil {
			return openstack.AttributeErrorf("reply_rules", "the group starts with rules that let everything out, and the answers to everything "+
				"would be everything: write delete_default_rules = true, and rules with ports of your own")
		}
	}
	return nil
}

// CheckRule refuses ports where the switch cannot match them.
func (stateless) CheckRule(r sdn.Rule) error { return checkPorts(r) }

// CheckRuleOf refuses a rule without ports in a group that lets answers pass.
func (stateless) CheckRuleOf(g openstack.SecurityGroup, r sdn.Rule) error { return CheckReplies(g, r) }

// CheckMember refuses a port that may use every address.
func (stateless) CheckMember(p openstack.Port) error { return checkPairs(p) }

// CheckClaimed refuses a port without an address, and one in a trunk.
func (stateless) CheckClaimed(p openstack.Port) error {
	if len(p.FixedIPs) == 0 {
		return noAddress(p)
	}
	if p.TrunkID != "" {
		return openstack.AttributeErrorf("security_group_ids", "the port %s is in the trunk %s, and the switch would filter all ports of the "+
			"trunk at one place, by the addresses of its parent: write no_security_groups = true", p.ID, p.TrunkID)
	}
	return nil
}

// CheckRule refuses, at its attribute, a rule that the switch cannot express.
func CheckRule(r openstack.SecurityGroupRule) error {
	_, err := readRule(r)
	return err
}

// readRule parses a rule, and refuses what CheckRule refuses.
func readRule(r openstack.SecurityGroupRule) (sdn.Rule, error) {
	read, err := sdn.ReadRule(r)
	if err == nil {
		err = checkPorts(read)
	}
	return read, err
}

func checkPorts(r sdn.Rule) error {
	switch {
	case r.PortMin == nil && r.PortMax == nil:
		return nil
	case r.Number == sdn.ICMP || r.Number == sdn.ICMPv6:
		return openstack.AttributeErrorf("port_range_min", "the switch does not look at types and codes of ICMP: leave port_range_min and "+
			"port_range_max out, which allows all of them")
	case !slices.Contains(ported, r.Number):
		return openstack.AttributeErrorf("port_range_min", "the switch looks at ports of tcp and udp only, not of %s: leave port_range_min and "+
			"port_range_max out", sdn.ProtocolName(r.Number))
	case r.PortMin == nil || r.PortMax == nil:
		return openstack.AttributeErrorf("port_range_min", "a range has two ends: write port_range_min and port_range_max, the same number "+
			"twice for one port")
	case *r.PortMin < 1 || *r.PortMax > 65535 || *r.PortMin > *r.PortMax:
		return openstack.AttributeErrorf("port_range_min", "%d to %d is no range of ports: they go from 1 to 65535, the smaller first",
			*r.PortMin,
			*r.PortMax)
	}
	return nil
}

// Effective returns the rules of a port: those of its groups, with the port's addresses on the local side and remote groups replaced by
// the addresses of their members, and those that every port needs to obtain an address and find its neighbours. A port without groups has
// none.
func Effective(p openstack.Port, groups []openstack.SecurityGroup, members map[string][]string) ([]traffic.Rule, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	if len(p.FixedIPs)+len(p.AllowedPairs) == 0 {
		return nil, noAddress(p)
	}
	if err := checkPairs(p); err != nil {
		return nil, err
	}
	for _, g := range groups {
		if err := checkMatched(g); err != nil {
			return nil, err
		}
	}
	rules, err := traffic.Expand(p, groups, members)
	if err != nil {
		return nil, err
	}
	rules = append(needed(), rules...)
	if len(rules) > mostRules {
		return nil, openstack.AttributeErrorf("security_group_ids", "the groups of the port %s come to %d rules once the members of remote "+
			"groups and its %d addresses are counted, and %d are the most here: write wider prefixes instead of remote groups, or fewer rules",
			p.ID, len(rules), len(p.FixedIPs)+len(p.AllowedPairs), mostRules)
	}
	return rules, nil
}

// checkMatched refuses a group with rules that the switch cannot match.
func checkMatched(g openstack.SecurityGroup) error {
	if g.Stateful {
		return Stateful(g.Name)
	}
	for _, r := range g.Rules {
		read, err := readRule(r)
		if err == nil {
			err = CheckReplies(g, read)
		}
		if err != nil {
			return fmt.Errorf("the rule %s of the group %s: %w", r.ID, g.Name, err)
		}
	}
	return nil
}

// checkPairs refuses a port that may use every address, because only the port's own addresses tell the switch a packet's direction.
func checkPairs(p openstack.Port) error {
	for _, pair := range p.AllowedPairs {
		if prefix, err := sdn.NormalPrefix(pair.Address); err == nil && prefix.Bits() == 0 {
			return openstack.AttributeErrorf("allowed_address_pairs", "%s is every address, and the switch tells what comes in from what goes out "+
				"by the port's own addresses, so that its groups would mean nothing: write the ranges that are behind the port, or no_security_groups "+
				"= true, with which it may use any address", pair.Address)
		}
	}
	return nil
}

func noAddress(p openstack.Port) error {
	return openstack.AttributeErrorf("security_group_ids", "the port %s has no address, and the switch filters by addresses: give it a "+
		"fixed_ip on a subnet, or no_security_groups = true", p.ID)
}

// Stateful returns the error for a group that expects answers to pass by themselves, with what to do about it.
func Stateful(name string) error {
	return openstack.AttributeErrorf("stateful", "the distributed switch filters packets without connection state, so answers to what the "+
		"group %q allows would not pass by themselves: write stateful = false and rules for both directions (or, beside it, "+
		"delete_default_rules = true, reply_rules = \"ephemeral\" and egress rules of tcp and udp with ports, so that answers pass), or delete "+
		"the group, if nothing is to be filtered, and set the provider's security_groups to \"none\"", name)
}

// needed returns what Neutron allows every port too: DHCP and neighbour discovery. The switch cannot match types of ICMP, so all of
// ICMPv6 passes: without it a guest finds no IPv6 neighbour.
func needed() []traffic.Rule {
	port := func(n int64) *[2]int64 { return &[2]int64{n, n} }
	return []traffic.Rule{
		{Source: "dhcp", Protocol: sdn.UDP, LocalPorts: port(68), RemotePorts: port(67)},
		{Source: "dhcpv6", Protocol: sdn.UDP, LocalPorts: port(546), RemotePorts: port(547)},
		{Source: "neighbours", Protocol: sdn.ICMPv6},
	}
}

// CheckReplies refuses a rule without ports in a group that lets answers pass, because answers to it would be all traffic. Protocols that
// have no ports are allowed: they have no such answers.
func CheckReplies(g openstack.SecurityGroup, r sdn.Rule) error {
	if g.Replies != openstack.RepliesEphemeral || r.PortMin != nil || r.Number >= 0 && !slices.Contains(ported, r.Number) {
		return nil
	}
	group := "its group"
	if g.Name != "" {
		group = fmt.Sprintf("the group %q", g.Name)
	}
	return openstack.AttributeErrorf("port_range_min", "%s has reply_rules = %q, and the answers to %s without ports would be everything: "+
		"write port_range_min and port_range_max (1 to 65535 for all), and tcp or udp, or explicit rules for both directions in a group without "+
		"reply_rules",
		group, openstack.RepliesEphemeral, sdn.ProtocolName(r.Number))
}
