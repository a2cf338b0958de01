// SPDX-License-Identifier: MPL-2.0

package traffic

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// ephemeral is the range of ports that Linux chooses for clients (net.ipv4.ip_local_port_range), to which answers go.
var ephemeral = [2]int64{32768, 60999}

// Rule is traffic that may pass one port, in both directions. Local is always the port's own side.
type Rule struct {
	Source   string // where it comes from: "sg:<group>/<rule>", or the name of a built-in rule
	Protocol int64  // -1: any
	Local    netip.Prefix
	Remote   netip.Prefix // invalid: any address

	LocalPorts  *[2]int64 // first and last, or type and code of ICMP; nil: any
	RemotePorts *[2]int64
	Way         string // openstack.Ingress or openstack.Egress; empty for a built-in rule
}

// Addresses returns a port's fixed addresses and its allowed pairs.
func Addresses(p openstack.Port) (out []netip.Prefix, err error) {
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

// Expand returns the rules of a port's groups, each once, with the port's addresses on the local side and remote groups replaced by the
// addresses of their members.
func Expand(p openstack.Port, groups []openstack.SecurityGroup, members map[string][]string) ([]Rule, error) {
	own, err := Addresses(p)
	if err != nil {
		return nil, err
	}
	var rules []Rule
	for _, g := range groups {
		for _, r := range g.Rules {
			more, err := expand(g, r, own, members)
			if err != nil {
				return nil, err
			}
			rules = append(rules, more...)
		}
	}
	return distinct(rules), nil
}

// expand returns a rule for each pair of one of the port's addresses and one of the other side's.
func expand(g openstack.SecurityGroup, r openstack.SecurityGroupRule, own []netip.Prefix, members map[string][]string) (out []Rule,
	err error) {
	read, err := sdn.ReadRule(r)
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
			if rule.LocalPorts = portsOf(read); r.Direction == openstack.Egress {
				rule.LocalPorts, rule.RemotePorts = nil, rule.LocalPorts
			}
			out = append(out, rule)
			if g.Replies == openstack.RepliesEphemeral && r.PortMin != nil && !isICMP(read.Number) {
				out = append(out, reply(rule))
			}
		}
	}
	return out, nil
}

// portsOf returns the first and last port of a rule, or the type and code of ICMP, with -1 for any code. It is nil for any port or type.
func portsOf(r sdn.Rule) *[2]int64 {
	if r.PortMin == nil {
		return nil
	}
	last := int64(-1)
	if r.PortMax != nil {
		last = *r.PortMax
	}
	return &[2]int64{*r.PortMin, last}
}

func isICMP(protocol int64) bool { return protocol == sdn.ICMP || protocol == sdn.ICMPv6 }

// remotesOf returns the addresses on a rule's other side; an invalid one means any address.
func remotesOf(r sdn.Rule, members map[string][]string) (out []netip.Prefix, err error) {
	switch {
	case r.RemotePrefix != "" && r.Prefix.Bits() > 0:
		return []netip.Prefix{r.Prefix}, nil
	case r.RemotePrefix != "" || r.Remote() == "":
		return []netip.Prefix{{}}, nil
	}
	for _, address := range members[r.Remote()] {
		prefix, err := sdn.NormalPrefix(address)
		if err != nil {
			return nil, fmt.Errorf("a member of the group %s: %w", r.Remote(), err)
		}
		switch {
		case prefix.Addr().Is6() != (r.EtherType == openstack.IPv6):
		case prefix.Bits() == 0:
			return []netip.Prefix{{}}, nil
		default:
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
