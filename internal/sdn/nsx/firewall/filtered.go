// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// The ids of the group of all ports with security groups, and of the policy that drops what these do not allow.
const (
	filteredID = "novasphere-filtered"
	defaultID  = "novasphere-default"
)

// lastSequence is the last place of a policy in its category (NSX API, SecurityPolicy).
const lastSequence = 999999

// listeners are the types of ICMPv6 that a guest needs to find routers and neighbours and to say which groups it listens to: 130 to 136,
// and 143 for the second version of that (RFC 3810). Neutron allows them in every group.
var listeners = append(numbers(130, 136), 143)

// Filtered returns the objects that drop what no security group of a port allows, in the order in which they are made. They are for ports
// with security groups only, so that NSX's own last rule stays for all others.
func Filtered(root policy.Root) []Shared {
	group := GroupPath(root, filteredID)
	return []Shared{
		{group, Group{DisplayName: filteredID, Expression: taggedPorts(scopeFiltered, filtered)}},
		{PolicyPath(root, defaultID), SecurityPolicy{DisplayName: defaultID, Category: "Application", Stateful: true,
			SequenceNumber: lastSequence, Scope: []string{group}, Rules: filteredRules()}},
	}
}

// FilteredPath returns the path of the group of all ports with security groups.
func FilteredPath(root policy.Root) string { return GroupPath(root, filteredID) }

// MergeFiltered changes the group of all ports with security groups as it was read back to what it is made as, and reports whether it
// differed: without its members nothing would be dropped.
func MergeFiltered(o policy.Object) (changed bool) {
	want := taggedPorts(scopeFiltered, filtered)
	return !same(policy.As[Group](o).Expression, want) && o.Set(Group{Expression: want}, "expression")
}

// bothVersions are the ways in which a rule is for both IP versions: NSX answers the second where none is written.
var bothVersions = []string{"", "IPV4_IPV6"}

// MergeDefault changes the policy that drops what no security group allows as it was read, where it would not: its scope, or its last rule.
// It reports whether it differed. Rules that others have put before stay.
func MergeDefault(root policy.Root, o policy.Object) (changed bool) {
	want := filteredRules()
	last, scope := want[len(want)-1], []string{GroupPath(root, filteredID)}
	have := policy.As[SecurityPolicy](o)
	drops := slices.ContainsFunc(have.Rules, func(r Rule) bool {
		return r.ID == last.ID && r.Action == last.Action && r.Direction == last.Direction && !r.Disabled &&
			slices.Contains(bothVersions, r.IPProtocol) && len(r.ServiceEntries) == 0 &&
			same(r.SourceGroups, last.SourceGroups) && same(r.DestinationGroups, last.DestinationGroups)
	})
	if drops && same(have.Scope, scope) {
		return false
	}
	return o.Set(SecurityPolicy{Scope: scope, Rules: want}, "scope", "rules")
}

// DefaultPath returns the path of the policy that drops what no security group allows.
func DefaultPath(root policy.Root) string { return PolicyPath(root, defaultID) }

// filteredRules let a guest get its addresses, and drop everything else.
func filteredRules() []Rule {
	var neighbours []ServiceEntry
	for _, kind := range listeners {
		neighbours = append(neighbours, ServiceEntry{ResourceType: "ICMPTypeServiceEntry", Protocol: "ICMPv6", ICMPType: &kind})
	}
	return []Rule{
		builtIn("dhcp-out", "ALLOW", "OUT", "IPV4", 10, udp("68", "67")),
		builtIn("dhcp-in", "ALLOW", "IN", "IPV4", 11, udp("67", "68")),
		builtIn("dhcpv6-out", "ALLOW", "OUT", "IPV6", 20, udp("546", "547")),
		builtIn("dhcpv6-in", "ALLOW", "IN", "IPV6", 21, udp("547", "546")),
		builtIn("neighbours", "ALLOW", "IN_OUT", "IPV6", 30, neighbours),
		builtIn("drop", "DROP", "IN_OUT", "", 99, nil),
	}
}

func builtIn(id, action, direction, version string, sequence int64, traffic []ServiceEntry) Rule {
	return Rule{ResourceType: "Rule", ID: id, DisplayName: id, Action: action, Direction: direction, IPProtocol: version,
		SourceGroups: anything(), DestinationGroups: anything(), Services: anything(), ServiceEntries: traffic, Scope: anything(),
		SequenceNumber: sequence}
}

func udp(from, to string) []ServiceEntry {
	return []ServiceEntry{{ResourceType: "L4PortSetServiceEntry", L4Protocol: "UDP", SourcePorts: []string{from},
		DestinationPorts: []string{to}}}
}
