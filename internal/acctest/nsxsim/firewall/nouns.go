// SPDX-License-Identifier: MPL-2.0

// Package firewall is the distributed firewall of an embedded NSX Manager: groups and their members, services, security policies, and
// which packets these let pass at a segment port. It refuses what no public source says that NSX takes, and expressions of groups and
// properties of rules that it could not evaluate.
package firewall

import (
	"regexp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// Version says what a version of NSX takes.
type Version struct {
	// LogicalPorts is whether LogicalPort may be the member type of a condition, as it could be before 9.0.
	LogicalPorts bool
}

// Nouns are the types of the firewall's objects.
func (v Version) Nouns() []*policy.Noun {
	groups, services := []string{"Group"}, []string{"Service"}
	return []*policy.Noun{
		{Pattern: "domains/*/groups/*", Type: "Group", Schema: "Group", Entity: "RealizedGroup", Check: v.checkGroup,
			Views: map[string]func(*policy.Objects, *policy.Object) any{
				"members/segment-ports": portsView, "members/ip-addresses": addressesView}},
		{Pattern: "domains/*/security-policies/*", Type: "SecurityPolicy", Schema: "SecurityPolicy", Entity: "RealizedSecurityPolicy",
			References: map[string][]string{"scope": groups, "rules.scope": groups, "rules.source_groups": groups,
				"rules.destination_groups": groups, "rules.services": services},
			IsLiteral: isLiteral, Defaults: map[string]any{"sequence_number": float64(0)}, Check: checkPolicy},
		{Pattern: "services/*", Type: "Service", Schema: "Service", Entity: "RealizedService", Check: checkService},
	}
}

// concerns matches the paths below a root that are the distributed firewall's alone. Services are not: NAT rules name them as well.
var concerns = regexp.MustCompile(`/infra/(domains/[^/]+/(groups|security-policies)|settings/firewall)(/|$)`)

// Concerns says whether a path is of an object that only a licence of the distributed firewall gives.
func Concerns(path string) bool { return concerns.MatchString(path) }

// DefaultPolicy is the id of the policy whose one rule decides about packets that no other rule matches.
const DefaultPolicy = "default-layer3-section"

// Furnish makes the default policy of the domain default of a root. As in a new manager, it lets everything pass.
func Furnish(o *policy.Objects, root string) {
	o.Put(root+"/domains/default/security-policies/"+DefaultPolicy, map[string]any{
		"category": "Application", "is_default": true, "stateful": true, "sequence_number": float64(1<<31 - 1),
		"rules": []any{map[string]any{"id": "default-layer3-rule", "action": "ALLOW", "direction": "IN_OUT", "ip_protocol": "IPV4_IPV6",
			"source_groups": []any{wildcard}, "destination_groups": []any{wildcard}, "services": []any{wildcard}, "scope": []any{wildcard},
			"is_default": true}}}).System = true
}
