// SPDX-License-Identifier: MPL-2.0

package dvs

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
)

// filterAgent is the agent name of vSphere's own traffic filter.
const filterAgent = "dvfilter-generic-vmware"

// ours is the prefix of the description of each of our rules.
const ours = "novasphere "

// FilterPolicy returns a port's rules in the form that the switch keeps: accepts in order, then a drop of all other IP traffic. Every
// rule is for both directions and names the port's own address on one side, so that a packet's addresses alone decide: the API does not
// document from whose view "incoming" is. Traffic other than IP passes, above all ARP. Without rules it returns nil.
func FilterPolicy(rules []traffic.Rule) *types.DvsFilterPolicy {
	if len(rules) == 0 {
		return nil
	}
	var set []types.DvsTrafficRule
	add := func(description string, action types.BaseDvsNetworkRuleAction, q types.DvsIpNetworkRuleQualifier) {
		set = append(set, types.DvsTrafficRule{Sequence: int32(10 * (len(set) + 1)), Description: ours + description, Action: action,
			Direction: string(types.DvsNetworkRuleDirectionTypeBoth), Qualifier: []types.BaseDvsNetworkRuleQualifier{&q}})
	}
	for _, r := range rules {
		if r.Way != openstack.Egress {
			add(r.Source, &types.DvsAcceptNetworkRuleAction{}, qualifier(r.Protocol, r.Remote, r.RemotePorts, r.Local, r.LocalPorts))
		}
		if r.Way != openstack.Ingress && !symmetric(r) {
			add(r.Source, &types.DvsAcceptNetworkRuleAction{}, qualifier(r.Protocol, r.Local, r.LocalPorts, r.Remote, r.RemotePorts))
		}
	}
	for _, half := range everything {
		add("the rest", &types.DvsDropNetworkRuleAction{}, qualifier(-1, half, nil, netip.Prefix{}, nil))
	}
	return &types.DvsFilterPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: false},
		FilterConfig: []types.BaseDvsFilterConfig{&types.DvsTrafficFilterConfig{
			DvsFilterConfig: types.DvsFilterConfig{AgentName: filterAgent},
			TrafficRuleset:  &types.DvsTrafficRuleset{Enabled: types.NewBool(true), Rules: set}}}}
}

// symmetric reports whether a rule is the same with both sides exchanged.
func symmetric(r traffic.Rule) bool {
	return r.Way == "" && r.Local == r.Remote && r.LocalPorts == nil && r.RemotePorts == nil
}

// everything is all addresses of both IP versions, in halves, because a prefix length of 0 is omitted on the wire.
var everything = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/1"), netip.MustParsePrefix("128.0.0.0/1"), netip.MustParsePrefix("::/1"),
	netip.MustParsePrefix("8000::/1")}

func qualifier(protocol int64, from netip.Prefix, fromPorts *[2]int64, to netip.Prefix, toPorts *[2]int64) types.DvsIpNetworkRuleQualifier {
	q := types.DvsIpNetworkRuleQualifier{SourceAddress: addressOf(from), DestinationAddress: addressOf(to), SourceIpPort: portsOf(fromPorts),
		DestinationIpPort: portsOf(toPorts)}
	if protocol >= 0 {
		q.Protocol = &types.IntExpression{Value: int32(protocol)}
	}
	return q
}

// addressOf returns nil for any address.
func addressOf(p netip.Prefix) types.BaseIpAddress {
	switch {
	case !p.IsValid():
		return nil
	case p.IsSingleIP():
		return &types.SingleIp{Address: p.Addr().String()}
	}
	return &types.IpRange{AddressPrefix: p.Addr().String(), PrefixLength: int32(p.Bits())}
}

// portsOf returns nil for any port.
func portsOf(p *[2]int64) types.BaseDvsIpPort {
	switch {
	case p == nil:
		return nil
	case p[0] == p[1]:
		return &types.DvsSingleIpPort{PortNumber: int32(p[0])}
	}
	return &types.DvsIpPortRange{StartPortNumber: int32(p[0]), EndPortNumber: int32(p[1])}
}

// Foreign reports whether a ruleset has rules that this provider did not write.
func Foreign(policy *types.DvsFilterPolicy) bool {
	return slices.ContainsFunc(rulesOf(policy), func(r types.DvsTrafficRule) bool { return !strings.HasPrefix(r.Description, ours) })
}

func rulesOf(policy *types.DvsFilterPolicy) (out []types.DvsTrafficRule) {
	if policy == nil {
		return nil
	}
	for _, config := range policy.FilterConfig {
		if traffic, ok := config.(*types.DvsTrafficFilterConfig); ok && traffic.TrafficRuleset != nil {
			out = append(out, traffic.TrafficRuleset.Rules...)
		}
	}
	return out
}

// Lines describes the rules of a filter, in the order in which the switch evaluates them. Filters with equal lines pass the same packets.
func Lines(policy *types.DvsFilterPolicy) []string {
	rules := rulesOf(policy)
	slices.SortStableFunc(rules, func(a, b types.DvsTrafficRule) int { return cmp.Compare(a.Sequence, b.Sequence) })
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = line(r)
	}
	return out
}

func line(r types.DvsTrafficRule) string {
	text := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", r.Action), "*types.Dvs"), "NetworkRuleAction"))
	if r.Direction != string(types.DvsNetworkRuleDirectionTypeBoth) {
		text += " " + r.Direction
	}
	if len(r.Qualifier) == 0 {
		return text + " everything"
	}
	for _, one := range r.Qualifier {
		q, ok := one.(*types.DvsIpNetworkRuleQualifier)
		if !ok { // a kind that this provider does not write
			text += fmt.Sprintf(" %+v", one)
			continue
		}
		protocol := int64(-1)
		if q.Protocol != nil {
			if protocol = int64(q.Protocol.Value); q.Protocol.Negate != nil && *q.Protocol.Negate {
				text += " not"
			}
		}
		text += fmt.Sprintf(" %s from %s to %s", sdn.ProtocolName(protocol), side(q.SourceAddress, q.SourceIpPort),
			side(q.DestinationAddress, q.DestinationIpPort))
	}
	return text
}

func side(address types.BaseIpAddress, port types.BaseDvsIpPort) string {
	text := "anybody"
	switch a := address.(type) {
	case nil:
	case *types.SingleIp:
		text = canonical(a.Address)
	case *types.IpRange:
		text = fmt.Sprintf("%s/%d", canonical(a.AddressPrefix), a.PrefixLength)
	default:
		text = fmt.Sprintf("%+v", a)
	}
	if address != nil {
		if n := address.GetIpAddress().GetNegatableExpression().Negate; n != nil && *n {
			text = "not " + text
		}
	}
	switch p := port.(type) {
	case nil:
		return text
	case *types.DvsSingleIpPort:
		return fmt.Sprintf("%s port %d", text, p.PortNumber)
	case *types.DvsIpPortRange:
		return fmt.Sprintf("%s ports %d to %d", text, p.StartPortNumber, p.EndPortNumber)
	}
	return fmt.Sprintf("%s %+v", text, port)
}

// canonical returns an address in its canonical form, because a server may return it in another form than it got.
func canonical(address string) string {
	if at, err := netip.ParseAddr(address); err == nil {
		return at.String()
	}
	return address
}
