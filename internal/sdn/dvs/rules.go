package dvs

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// ported are the protocols whose ports the switch can match: the vSphere API documents TCP and UDP only (DvsIpNetworkRuleQualifier).
var ported = []int64{sdn.TCP, sdn.UDP}

// mostRules is the limit of rules for a port. vSphere documents none, but the switch evaluates each rule for every packet.
const mostRules = 200

// ephemeral is the range of ports that Linux chooses for clients (net.ipv4.ip_local_port_range), to which answers go.
var ephemeral = [2]int64{32768, 60999}

// Rule is traffic that the switch lets pass for one port, in both directions. Local is always the port's own side.
type Rule struct {
	Source   string // where it comes from: "sg:<group>/<rule>", or the name of a built-in rule
	Protocol int64  // -1: any
	Local    netip.Prefix
	Remote   netip.Prefix // invalid: any address

	LocalPorts  *[2]int64 // first and last; nil: any
	RemotePorts *[2]int64
	Way         string // openstack.Ingress or openstack.Egress; empty for a built-in rule
}

// symmetric reports whether the rule is the same with both sides exchanged.
func (r Rule) symmetric() bool {
	return r.Way == "" && r.Local == r.Remote && r.LocalPorts == nil && r.RemotePorts == nil
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
			"port_range_max out, which allows all of them, or use a backend that does (NSX)")
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
func Effective(p openstack.Port, groups []openstack.SecurityGroup, members map[string][]string) ([]Rule, error) {
	own, err := ownAddresses(p)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	if len(own) == 0 {
		return nil, noAddress(p)
	}
	if err := checkPairs(p); err != nil {
		return nil, err
	}
	rules := needed()
	for _, g := range groups {
		if g.Stateful {
			return nil, Stateful(g.Name)
		}
		for _, r := range g.Rules {
			more, err := expand(g, r, own, members)
			if err != nil {
				return nil, err
			}
			rules = append(rules, more...)
		}
	}
	rules = distinct(rules)
	if len(rules) > mostRules {
		return nil, openstack.AttributeErrorf("security_group_ids", "the groups of the port %s come to %d rules once the members of remote "+
			"groups and its %d addresses are counted, and %d are the most here: write wider prefixes instead of remote groups, or fewer rules",
			p.ID, len(rules), len(own), mostRules)
	}
	return rules, nil
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

// ownAddresses returns a port's fixed addresses and its allowed pairs.
func ownAddresses(p openstack.Port) (out []netip.Prefix, err error) {
	texts := make([]string, 0, len(p.FixedIPs)+len(p.AllowedPairs))
	for _, ip := range p.FixedIPs {
		texts = append(texts, ip.Address)
	}
	for _, pair := range p.AllowedPairs {
		texts = append(texts, pair.Address)
	}
	for _, text := range texts {
		prefix, err := sdn.NormalPrefix(text)
		if err != nil {
			return nil, openstack.AttributeErrorf("allowed_address_pairs", "%w", err)
		}
		out = append(out, prefix)
	}
	return out, nil
}

// needed returns what Neutron allows every port too: DHCP and neighbour discovery. The switch cannot match types of ICMP, so all of
// ICMPv6 passes: without it a guest finds no IPv6 neighbour.
func needed() []Rule {
	port := func(n int64) *[2]int64 { return &[2]int64{n, n} }
	return []Rule{
		{Source: "dhcp", Protocol: sdn.UDP, LocalPorts: port(68), RemotePorts: port(67)},
		{Source: "dhcpv6", Protocol: sdn.UDP, LocalPorts: port(546), RemotePorts: port(547)},
		{Source: "neighbours", Protocol: sdn.ICMPv6},
	}
}

// expand returns a rule for each pair of one of the port's addresses and one of the other side's.
func expand(g openstack.SecurityGroup, r openstack.SecurityGroupRule, own []netip.Prefix, members map[string][]string) (out []Rule,
	err error) {
	read, err := readRule(r)
	if err == nil {
		err = CheckReplies(g, read)
	}
	if err != nil {
		return nil, fmt.Errorf("the rule %s of the group %s: %w", r.ID, g.Name, err)
	}
	remotes, err := remotesOf(read, members)
	if err != nil {
		return nil, err
	}
	for _, local := range own {
		if local.Addr().Is6() != (r.EtherType == openstack.IPv6) {
			continue
		}
		for _, remote := range remotes {
			if remote == local {
				continue // a member does not talk to itself through the switch
			}
			rule := Rule{Source: "sg:" + g.ID + "/" + r.ID, Protocol: read.Number, Local: local, Remote: remote, Way: r.Direction}
			if r.PortMin != nil {
				ports := &[2]int64{*r.PortMin, *r.PortMax}
				if rule.LocalPorts = ports; r.Direction == openstack.Egress {
					rule.LocalPorts, rule.RemotePorts = nil, ports
				}
			}
			out = append(out, rule)
			if g.Replies == openstack.RepliesEphemeral && r.PortMin != nil {
				out = append(out, reply(rule))
			}
		}
	}
	return out, nil
}

// remotesOf returns the addresses on a rule's other side; an invalid one means any address.
func remotesOf(r sdn.Rule, members map[string][]string) (out []netip.Prefix, err error) {
	switch {
	case r.RemotePrefix != "" && r.Prefix.Bits() > 0:
		return []netip.Prefix{r.Prefix}, nil
	case r.RemotePrefix != "" || r.RemoteGroupID == "":
		return []netip.Prefix{{}}, nil
	}
	for _, address := range members[r.RemoteGroupID] {
		prefix, err := sdn.NormalPrefix(address)
		if err != nil {
			return nil, fmt.Errorf("a member of the group %s: %w", r.RemoteGroupID, err)
		}
		if prefix.Addr().Is6() == (r.EtherType == openstack.IPv6) {
			out = append(out, prefix)
		}
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	return out, nil
}

// reply returns the rule for the answers to a rule with ports: from the local port to the other side's clients, or from the other side's
// port to the local clients.
func reply(r Rule) Rule {
	r.Source += "/reply"
	clients := ephemeral
	if r.Way == openstack.Ingress {
		r.Way, r.RemotePorts = openstack.Egress, &clients
	} else {
		r.Way, r.LocalPorts = openstack.Ingress, &clients
	}
	return r
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

// checkRecorded is CheckReplies for a recorded rule.
func checkRecorded(g openstack.SecurityGroup, r openstack.SecurityGroupRule) error {
	read, err := sdn.ReadRule(r)
	if err != nil {
		return err
	}
	return CheckReplies(g, read)
}

// distinct removes duplicates: of rules that let the same packets pass it keeps the first.
func distinct(rules []Rule) []Rule {
	seen := map[string]bool{}
	var out []Rule
	for _, r := range rules {
		key := fmt.Sprint(r.Way, r.Protocol, r.Local, r.Remote, text(r.LocalPorts), text(r.RemotePorts))
		if !seen[key] {
			seen[key] = true
			out = append(out, r)
		}
	}
	return out
}

func text(ports *[2]int64) string {
	if ports == nil {
		return "any"
	}
	return fmt.Sprint(*ports)
}
