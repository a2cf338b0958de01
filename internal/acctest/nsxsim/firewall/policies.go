// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// wildcard stands for all groups, all services, or everywhere, in any case of letters.
const wildcard = "ANY"

// The largest sequence numbers of a policy (schema of SecurityPolicy) and of a rule (int32).
const (
	lastPolicy = 999_999
	lastRule   = 1<<31 - 1
)

// categories are those of rules of layer 3, in the order in which they are asked. A policy without one comes last.
var categories = []string{"Emergency", "Infrastructure", "Environment", "Application", ""}

// securityPolicy is what a SecurityPolicy says.
type securityPolicy struct {
	Category  string   `json:"category"`
	Default   bool     `json:"is_default"`
	Sequence  int      `json:"sequence_number"`
	Stateful  *bool    `json:"stateful"`
	TCPStrict *bool    `json:"tcp_strict"`
	Scope     []string `json:"scope"`
	Rules     []rule   `json:"rules"`
}

// rule is what a Rule of a policy says.
type rule struct {
	ID                   string   `json:"id"`
	Action               string   `json:"action"`
	Direction            string   `json:"direction"`
	IPProtocol           string   `json:"ip_protocol"`
	Sequence             int      `json:"sequence_number"`
	Disabled             bool     `json:"disabled"`
	Scope                []string `json:"scope"`
	Sources              []string `json:"source_groups"`
	Destinations         []string `json:"destination_groups"`
	SourcesExcluded      bool     `json:"sources_excluded"`
	DestinationsExcluded bool     `json:"destinations_excluded"`
	Services             []string `json:"services"`
	Entries              []entry  `json:"service_entries"`
}

func (p securityPolicy) stateful() bool { return p.Stateful == nil || *p.Stateful }

// isLiteral says whether a value that stands where a path can stand is none: all of them, or addresses.
func isLiteral(value string) bool {
	return strings.EqualFold(value, wildcard) || addressesOf(value) != nil
}

// checkPolicy refuses what a policy and its rules may not say, and completes what they leave out.
func checkPolicy(_ *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	p := decode[securityPolicy](body)
	switch {
	case !slices.Contains(categories, p.Category):
		return policy.Invalid("category %q is none of rules of layer 3", p.Category)
	case p.Sequence < 0 || p.Sequence > lastPolicy:
		return policy.Invalid("sequence_number %d is not from 0 to %d", p.Sequence, lastPolicy)
	case !p.stateful() && p.TCPStrict != nil && *p.TCPStrict:
		return policy.Invalid("tcp_strict is for stateful policies only")
	}
	if refusal := checkPlaces("scope", p.Scope, false); refusal != nil {
		return refusal
	}
	ids := map[string]bool{}
	for i, r := range p.Rules {
		if r.ID == "" || ids[r.ID] {
			return policy.Invalid("rules[%d] has to have an id that no other rule of the policy has, and not %q", i, r.ID)
		}
		ids[r.ID] = true
		if refusal := r.check(p.Category); refusal != nil {
			refusal.Text = "the rule " + r.ID + ": " + refusal.Text
			return refusal
		}
	}
	complete(x, body)
	return nil
}

// check refuses what a rule may not say.
func (r rule) check(category string) *policy.Refusal {
	switch {
	case len(r.Services) == 0:
		return policy.Invalid("services has to name services, or ANY")
	case len(r.Scope) == 0:
		return policy.Invalid("scope has to name groups, or ANY")
	case r.Sequence < 0 || r.Sequence > lastRule:
		return policy.Invalid("sequence_number %d is not from 0 to %d", r.Sequence, lastRule)
	case r.Action == "JUMP_TO_APPLICATION" && category != "Environment":
		return policy.Invalid("the action JUMP_TO_APPLICATION is of the category Environment only")
	}
	for _, list := range []struct {
		property string
		values   []string
		listed   bool
	}{{"services", r.Services, false}, {"scope", r.Scope, false}, {"source_groups", r.Sources, true},
		{"destination_groups", r.Destinations, true}} {
		if refusal := checkPlaces(list.property, list.values, list.listed); refusal != nil {
			return refusal
		}
	}
	for _, e := range r.Entries {
		if e.Protocol == "ICMPv4" && r.IPProtocol == "IPV6" || e.Protocol == "ICMPv6" && r.IPProtocol == "IPV4" {
			return policy.Invalid("%s cannot be in a rule with the ip_protocol %s", e.Protocol, r.IPProtocol)
		}
	}
	return checkEntries(r.Entries)
}

// checkPlaces refuses ANY beside something else, addresses where only paths can stand, and subnets of all addresses: a rule has ANY for
// these.
func checkPlaces(property string, values []string, addresses bool) *policy.Refusal {
	for _, value := range values {
		everything := strings.EqualFold(value, wildcard)
		switch {
		case everything && len(values) > 1:
			return policy.Invalid("%s has ANY and something besides", property)
		case !everything && isLiteral(value) && !addresses:
			return policy.Invalid("%s has %s, and can only have paths", property, value)
		case strings.HasPrefix(value, "0.0.0.0/") || strings.HasPrefix(value, "::/"):
			return policy.Invalid("%s has %s, which a rule cannot have", property, value)
		}
	}
	return nil
}

// defaults are what a rule says that does not say it.
var defaults = map[string]any{"resource_type": "Rule", "direction": "IN_OUT", "ip_protocol": "IPV4_IPV6", "sequence_number": float64(0),
	"disabled": false, "logged": false, "source_groups": []any{wildcard}, "destination_groups": []any{wildcard}}

// complete gives a policy and its rules what they do not say.
func complete(x *policy.Object, body map[string]any) {
	if body["stateful"] == nil {
		body["stateful"] = true
	}
	if body["tcp_strict"] == nil {
		body["tcp_strict"] = body["stateful"]
	}
	rules, _ := body["rules"].([]any)
	for _, value := range rules {
		r, _ := value.(map[string]any)
		for property, usual := range defaults {
			if r[property] == nil {
				r[property] = usual
			}
		}
		id, _ := r["id"].(string)
		r["path"], r["relative_path"], r["parent_path"] = x.Path+"/rules/"+id, id, x.Path
		if r["display_name"] == nil {
			r["display_name"] = id
		}
	}
}
