// SPDX-License-Identifier: MPL-2.0

package firewall

import (
	"encoding/json"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// The most of what a group's expression has (schema of Group).
const (
	mostConditions = 5
	mostAddresses  = 500
)

// group is what a Group says of its members: expressions, and between two of them a conjunction.
type group struct {
	Expression []expression `json:"expression"`
}

// expression is a condition, a list of addresses, or a conjunction.
type expression struct {
	Type        string   `json:"resource_type"`
	Conjunction string   `json:"conjunction_operator"`
	MemberType  string   `json:"member_type"`
	Key         string   `json:"key"`
	Operator    string   `json:"operator"`
	Value       string   `json:"value"`
	Addresses   []string `json:"ip_addresses"`
}

// decode reads an object. What is of another kind than it has to be is as if it were not there: whoever uses the API cannot write it.
func decode[T any](body map[string]any) T {
	var value T
	if text, err := json.Marshal(body); err == nil {
		_ = json.Unmarshal(text, &value)
	}
	return value
}

// checkGroup refuses an expression that NSX does not take, or whose members cannot be told here.
func (v Version) checkGroup(_ *policy.Objects, _ *policy.Object, body map[string]any) *policy.Refusal {
	all := decode[group](body).Expression
	if len(all) > 0 && len(all)%2 == 0 {
		return policy.Invalid("expression has to have an odd number of entries: a conjunction stands between each two others")
	}
	conditions, addresses := 0, 0
	for i, e := range all {
		if conjunction := e.Type == "ConjunctionOperator"; conjunction != (i%2 == 1) {
			return policy.Invalid("expression[%d] is a %s: conjunctions stand at the odd places and nowhere else", i, e.Type)
		}
		var refusal *policy.Refusal
		switch e.Type {
		case "Condition":
			conditions++
			refusal = v.checkCondition(e)
		case "IPAddressExpression":
			addresses += len(e.Addresses)
			refusal = checkAddresses(e)
		default:
			refusal = checkConjunction(e, all[i-1], all[i+1])
		}
		if refusal != nil {
			return refusal
		}
	}
	if conditions > mostConditions || addresses > mostAddresses {
		return policy.Invalid("expression has more than %d conditions or %d addresses", mostConditions, mostAddresses)
	}
	return nil
}

func (v Version) checkCondition(e expression) *policy.Refusal {
	scope, tag, parts := strings.Cut(e.Value, "|")
	switch {
	case e.MemberType == "LogicalPort" && !v.LogicalPorts:
		return policy.Invalid("member_type LogicalPort is no longer supported: it is SegmentPort")
	case e.MemberType != "LogicalPort" && e.MemberType != "SegmentPort":
		return policy.Invalid("member_type %q is none that the members of a group can be told by", e.MemberType)
	case e.Key != "Tag" || e.Operator != "EQUALS":
		return policy.Invalid("a condition about a %s has the key Tag and the operator EQUALS", e.MemberType)
	case !parts || scope == "" && tag == "":
		return policy.Invalid("value %q is no scope|tag, of which one may be empty", e.Value)
	}
	return nil
}

func checkAddresses(e expression) *policy.Refusal {
	if len(e.Addresses) == 0 {
		return policy.Invalid("IPAddressExpression has to have ip_addresses")
	}
	for _, text := range e.Addresses {
		if addressesOf(text) == nil {
			return policy.Invalid("ip_addresses has %q, which is no address, no CIDR and no range", text)
		}
	}
	return nil
}

// checkConjunction refuses to join by AND what is not both about the same type of members.
func checkConjunction(e, before, after expression) *policy.Refusal {
	if e.Conjunction == "AND" && (before.Type != "Condition" || before.MemberType != after.MemberType) {
		return policy.Invalid("AND joins conditions of one member_type only")
	}
	return nil
}
