// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"net/netip"

	"github.com/vmware/govmomi/vim25/types"
)

// TrafficAgent is the only filter that a switch has rules for.
const TrafficAgent = "dvfilter-generic-vmware"

// wrongFilter is the first part of a setting's traffic rules that no switch takes; empty where there is none.
func wrongFilter(setting types.BaseDVPortSetting) string {
	s, ok := setting.(*types.VMwareDVSPortSetting)
	if !ok || s.FilterPolicy == nil {
		return ""
	}
	if s.FilterPolicy.Inherited && len(s.FilterPolicy.FilterConfig) > 0 {
		return "inherited"
	}
	for _, config := range s.FilterPolicy.FilterConfig {
		traffic, ok := config.(*types.DvsTrafficFilterConfig)
		switch {
		case !ok || traffic.AgentName != TrafficAgent:
			return "filterConfig.agentName"
		case traffic.TrafficRuleset == nil:
			continue
		}
		seen := map[int32]bool{}
		for _, r := range traffic.TrafficRuleset.Rules {
			if seen[r.Sequence] {
				return "filterConfig.trafficRuleset.rules.sequence"
			}
			seen[r.Sequence] = true
			if property := wrongRule(r); property != "" {
				return "filterConfig.trafficRuleset.rules." + property
			}
		}
	}
	return ""
}

// wrongRule: an action, a direction, and of each kind of qualifier at most one.
func wrongRule(r types.DvsTrafficRule) string {
	switch r.Direction {
	case "both", "incomingPackets", "outgoingPackets":
	default:
		return "direction"
	}
	if r.Action == nil {
		return "action"
	}
	ip := 0
	for _, one := range r.Qualifier {
		q, ok := one.(*types.DvsIpNetworkRuleQualifier)
		if !ok {
			continue
		}
		if ip++; ip > 1 {
			return "qualifier"
		}
		if property := wrongQualifier(q); property != "" {
			return "qualifier." + property
		}
	}
	return ""
}

// wrongQualifier: addresses are addresses, both of one version, and ports are of TCP and UDP.
func wrongQualifier(q *types.DvsIpNetworkRuleQualifier) string {
	from, ok1 := familyOf(q.SourceAddress)
	to, ok2 := familyOf(q.DestinationAddress)
	switch {
	case !ok1:
		return "sourceAddress"
	case !ok2 || from != 0 && to != 0 && from != to:
		return "destinationAddress"
	case (q.SourceIpPort != nil || q.DestinationIpPort != nil) && (q.Protocol == nil || q.Protocol.Value != 6 && q.Protocol.Value != 17):
		return "protocol"
	}
	for _, port := range []types.BaseDvsIpPort{q.SourceIpPort, q.DestinationIpPort} {
		switch p := port.(type) {
		case *types.DvsSingleIpPort:
			if p.PortNumber < 0 || p.PortNumber > 65535 {
				return "port"
			}
		case *types.DvsIpPortRange:
			if p.StartPortNumber < 0 || p.EndPortNumber > 65535 || p.StartPortNumber > p.EndPortNumber {
				return "port"
			}
		}
	}
	return ""
}

// familyOf is how many bits an address has, 0 for any address. ok is false where it is none.
func familyOf(address types.BaseIpAddress) (bits int, ok bool) {
	switch a := address.(type) {
	case nil:
		return 0, true
	case *types.SingleIp:
		at, err := netip.ParseAddr(a.Address)
		return at.BitLen(), err == nil
	case *types.IpRange:
		at, err := netip.ParseAddr(a.AddressPrefix)
		if err != nil || a.PrefixLength < 1 || int(a.PrefixLength) > at.BitLen() {
			return 0, false
		}
		return at.BitLen(), netip.PrefixFrom(at, int(a.PrefixLength)).Masked().Addr() == at
	}
	return 0, false
}
