// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// Rule is the body of a rule in a security policy (NSX API, Rule).
type Rule struct {
	ResourceType      string         `json:"resource_type"`
	ID                string         `json:"id"`
	DisplayName       string         `json:"display_name"`
	Description       string         `json:"description,omitempty"`
	Action            string         `json:"action"`                // ALLOW or DROP
	Direction         string         `json:"direction"`             // IN, OUT or IN_OUT, seen from the port
	IPProtocol        string         `json:"ip_protocol,omitempty"` // IPV4 or IPV6; empty: both
	SourceGroups      []string       `json:"source_groups"`         // paths of groups, ranges, or ANY
	DestinationGroups []string       `json:"destination_groups"`
	Services          []string       `json:"services"` // ANY, although the entries narrow it
	ServiceEntries    []ServiceEntry `json:"service_entries,omitempty"`
	Scope             []string       `json:"scope"`           // ANY: the policy's counts
	SequenceNumber    int64          `json:"sequence_number"` // the lowest first; equal numbers have no order
	Logged            bool           `json:"logged"`
	Disabled          bool           `json:"disabled"`
	Tag               string         `json:"tag,omitempty"` // in the firewall's log
}

// ruleFields are the fields of Rule that a change sets, besides the entries. Its place, and whether it is logged, stay.
var ruleFields = []string{"display_name", "description", "action", "direction", "ip_protocol", "source_groups", "destination_groups",
	"services", "scope", "disabled"}

// The words of NSX for directions and IP versions.
var (
	directions = map[string]string{openstack.Ingress: "IN", openstack.Egress: "OUT"}
	versions   = map[string]string{openstack.IPv4: "IPV4", openstack.IPv6: "IPV6"}
)

const (
	maxTagLog   = 32 // characters of Rule.Tag
	step        = 10 // between the sequence numbers of rules
	replySuffix = "-reply"
)

// ephemeral is the range of ports that Linux chooses for clients (net.ipv4.ip_local_port_range), to which answers go.
const ephemeral = "32768-60999"

func anything() []string { return []string{"ANY"} }

// rulesOf returns what a rule of a security group is in NSX: one rule, and another one for the answers where the group asks for that.
func rulesOf(root policy.Root, g openstack.SecurityGroup, r openstack.SecurityGroupRule) ([]Rule, error) {
	read, err := sdn.ReadRule(r)
	if err == nil {
		err = CheckRule(read)
	}
	if err != nil {
		return nil, fmt.Errorf("the rule %s of the group %s: %w", r.ID, g.Name, err)
	}
	remote := remoteOf(root, read)
	body := Rule{ResourceType: "Rule", ID: r.ID, DisplayName: r.ID, Description: r.Description, Action: "ALLOW",
		Direction: directions[r.Direction], IPProtocol: versions[r.EtherType], SourceGroups: remote, DestinationGroups: anything(),
		Services: anything(), ServiceEntries: entries(read), Scope: anything(), Tag: g.ID[:min(len(g.ID), maxTagLog)]}
	if r.Direction == openstack.Egress {
		body.SourceGroups, body.DestinationGroups = body.DestinationGroups, body.SourceGroups
	}
	if g.Stateful || g.Replies != openstack.RepliesEphemeral || r.PortMin == nil || portProtocols[read.Number] == "" {
		return []Rule{body}, nil
	}
	return []Rule{body, reply(body)}, nil
}

// reply returns the rule for the answers to a rule with ports.
func reply(r Rule) Rule {
	r.ID += replySuffix
	r.DisplayName = r.ID
	r.SourceGroups, r.DestinationGroups = r.DestinationGroups, r.SourceGroups
	r.Direction = map[string]string{"IN": "OUT", "OUT": "IN"}[r.Direction]
	entry := r.ServiceEntries[0]
	entry.SourcePorts, entry.DestinationPorts = entry.DestinationPorts, []string{ephemeral}
	r.ServiceEntries = []ServiceEntry{entry}
	return r
}

// remoteOf returns the other side of a rule: a group's path, a range, or ANY.
func remoteOf(root policy.Root, r sdn.Rule) []string {
	switch {
	case r.Remote() != "":
		return []string{GroupPath(root, r.Remote())}
	case r.RemotePrefix == "" || r.Prefix.Bits() == 0: // the rule has an IP version besides
		return anything()
	case fromZero(r.Prefix):
		return []string{GroupPath(root, rangeGroupID(r.Prefix))}
	}
	return []string{address(r.Prefix)}
}

// fromZero reports whether a range begins with the address 0.0.0.0 or ::, which NSX does not take in a rule, and takes in a group.
func fromZero(p netip.Prefix) bool { return p.Addr().IsUnspecified() && p.Bits() > 0 }

// rangeGroupID returns the id of the group for a range that NSX does not take in a rule.
func rangeGroupID(p netip.Prefix) string {
	at := "ipv6"
	if p.Addr().Is4() {
		at = strings.ReplaceAll(p.Addr().String(), ".", "-")
	}
	return fmt.Sprintf("%s%s-%d", rangePrefix, at, p.Bits())
}

// rangePrefix is how the ids of groups for ranges begin.
const rangePrefix = "novasphere-cidr-"

// IsRangeGroup reports whether a group of NSX stands for a range that NSX does not take in a rule, of whoever's rules.
func IsRangeGroup(o policy.Object) bool { return strings.HasPrefix(o.ID(), rangePrefix) }

// RangeGroups returns the groups that stand for ranges of a security group's rules, and that must exist before its policy: those from
// 0.0.0.0 or :: on, which NSX does not take in a rule.
func RangeGroups(root policy.Root, g openstack.SecurityGroup) (out []Shared) {
	var ids []string
	for _, r := range g.Rules {
		prefix, err := sdn.NormalPrefix(r.RemotePrefix)
		if err != nil || !fromZero(prefix) || slices.Contains(ids, rangeGroupID(prefix)) { // PolicyOf refuses what is no range
			continue
		}
		ids = append(ids, rangeGroupID(prefix))
		out = append(out, Shared{GroupPath(root, rangeGroupID(prefix)), Group{DisplayName: rangeGroupID(prefix),
			Expression: []Expression{{ResourceType: "IPAddressExpression", IPAddresses: []string{prefix.String()}}}}})
	}
	return out
}
